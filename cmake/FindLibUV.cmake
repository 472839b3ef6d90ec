# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the rtcio authors
#
# LibUV::LibUV, the loop of the program rtcio.
find_path(LibUV_INCLUDE_DIR uv.h)
find_library(LibUV_LIBRARY uv)
mark_as_advanced(LibUV_INCLUDE_DIR LibUV_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibUV REQUIRED_VARS LibUV_LIBRARY LibUV_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "Debian's package is libuv1-dev.")

if(LibUV_FOUND AND NOT TARGET LibUV::LibUV)
  add_library(LibUV::LibUV UNKNOWN IMPORTED)
  set_target_properties(LibUV::LibUV PROPERTIES
    IMPORTED_LOCATION "${LibUV_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibUV_INCLUDE_DIR}")
endif()
