/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_VERSION_H
#define RTCIO_VERSION_H

/**
 * @file
 * The version of these headers, and how a function of the library is marked.
 *
 * Versions follow semver. Before 1.0 a minor release may change the API; the
 * shared library's soname then changes with it.
 */

#define RTCIO_VERSION_MAJOR 0
#define RTCIO_VERSION_MINOR 1
#define RTCIO_VERSION_PATCH 0
#define RTCIO_VERSION       "0.1.0"

#if defined(RTCIO_STATIC)
#define RTCIO_API
#elif defined(__GNUC__)
#define RTCIO_API __attribute__((visibility("default")))
#else
#define RTCIO_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The version of the library that is loaded, "major.minor.patch". Differs from
 * ::RTCIO_VERSION when a program runs with another build than it was compiled with.
 * Any thread. The string is static. Since 0.1.
 */
RTCIO_API const char *rtcio_version(void);

#ifdef __cplusplus
}
#endif

#endif
