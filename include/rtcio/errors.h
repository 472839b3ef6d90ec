/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ERRORS_H
#define RTCIO_ERRORS_H

/**
 * @file
 * One table gives every error its number, its name and its text.
 *
 * A function that can fail returns a negative ::rtcio_error. An error return means
 * that nothing happened and that no callback will run for the call. Functions that
 * send return 0 (queued), ::RTCIO_BUSY (queued, but the receiver is slow) or a
 * negative error (refused).
 */

#include <rtcio/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/** X(name, number, text) for every error. The numbers never change. */
#define RTCIO_ERROR_MAP(X)                                              \
    X(INVALID, -1, "invalid argument")                                  \
    X(NO_MEMORY, -2, "out of memory")                                   \
    X(SYSTEM, -3, "system call failed, see errno")                      \
    X(LIMIT, -4, "a configured limit was reached")                      \
    X(RESERVED, -5, "reserved event name")                              \
    X(FORMAT, -6, "values do not match the format")                     \
    X(CLOSED, -7, "closed")                                             \
    X(TIMEOUT, -8, "operation has timed out")                           \
    X(NOT_FOUND, -9, "not found")                                       \
    X(UNSUPPORTED, -10, "not supported by this version of the library") \
    X(QUEUE_FULL, -11, "the receiver's queue is full")                  \
    X(ADDRESS, -12, "the address cannot be resolved or bound")          \
    X(DROPPED, -13, "volatile event dropped, the receiver was not writable")

/** Error numbers, see ::RTCIO_ERROR_MAP. */
typedef enum rtcio_error {
    RTCIO_OK = 0,
    /** Not an error: queued, but the receiver's queue is more than half full. */
    RTCIO_BUSY = 1,
#define RTCIO_ERROR_ENUM(name, number, text) RTCIO_E_##name = (number),
    RTCIO_ERROR_MAP(RTCIO_ERROR_ENUM)
#undef RTCIO_ERROR_ENUM
} rtcio_error;

/** The text of an error, "unknown error" for a number outside the table. Static string. */
RTCIO_API const char *rtcio_strerror(int error);

/** The name of an error without prefix, such as "TIMEOUT"; "UNKNOWN" outside the table. */
RTCIO_API const char *rtcio_errname(int error);

#ifdef __cplusplus
}
#endif

#endif
