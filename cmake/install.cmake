# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the rtcio authors
#
# What `cmake --install` puts where: libraries, headers, the program, the pkg-config file and
# the CMake package.
include(CMakePackageConfigHelpers)

set(RTCIO_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/rtcio)

# Two sets, so that a user of the shared library need not have what only static links need.
install(TARGETS rtcio_shared EXPORT rtcio-shared
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS rtcio_static EXPORT rtcio-static
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT rtcio-shared NAMESPACE rtcio:: DESTINATION ${RTCIO_PACKAGE_DIR})
install(EXPORT rtcio-static NAMESPACE rtcio:: DESTINATION ${RTCIO_PACKAGE_DIR})
if(TARGET rtcio_program)
  install(TARGETS rtcio_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # Made by the program itself, from the table that it parses with.
  add_custom_command(TARGET rtcio_program POST_BUILD
    COMMAND rtcio_program config --manual > rtcio-serve.1
    COMMAND rtcio_program config --defaults > rtcio.yaml)
  install(FILES ${PROJECT_BINARY_DIR}/rtcio-serve.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${PROJECT_BINARY_DIR}/rtcio.yaml ${PROJECT_SOURCE_DIR}/docs/openapi.yaml
    DESTINATION ${CMAKE_INSTALL_DOCDIR})
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/grafana/rtcio.json
    DESTINATION ${CMAKE_INSTALL_DATADIR}/rtcio/grafana)
  # With the path of the prefix that was configured: systemd takes absolute ones only.
  set(RTCIO_PROGRAM_PATH ${CMAKE_INSTALL_FULL_BINDIR}/rtcio)
  configure_file(${PROJECT_SOURCE_DIR}/packaging/rtcio.service.in
    ${PROJECT_BINARY_DIR}/package/rtcio.service @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/rtcio.service
    DESTINATION lib/systemd/system)
endif()

# The video room, where it has been built (./run does it, or npm run build in web/).
if(TARGET rtcio_program)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/web/room/dist/ OPTIONAL
    DESTINATION ${CMAKE_INSTALL_DATADIR}/rtcio/room)
endif()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/rtcio DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN *.h)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/rtcio-config.cmake.in
  ${PROJECT_BINARY_DIR}/package/rtcio-config.cmake INSTALL_DESTINATION ${RTCIO_PACKAGE_DIR})
# Before 1.0 a minor release may change the API.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/rtcio-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/package/rtcio-config.cmake
  ${PROJECT_BINARY_DIR}/package/rtcio-config-version.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindJansson.cmake
  DESTINATION ${RTCIO_PACKAGE_DIR})

# rtcio.pc names the prefix relative to itself, so that an installed tree can be moved
# (cmake --install --prefix decides later than this does). Absolute library or header
# directories, which a distributor may set, are taken as they are.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(PC_PREFIX ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(PC_PREFIX "\${pcfiledir}/${up}")
endif()
foreach(dir LIBDIR INCLUDEDIR)
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${dir}}")
    set(PC_${dir} "${CMAKE_INSTALL_${dir}}")
  else()
    set(PC_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
  endif()
endforeach()
configure_file(${PROJECT_SOURCE_DIR}/cmake/rtcio.pc.in ${PROJECT_BINARY_DIR}/package/rtcio.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/rtcio.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
