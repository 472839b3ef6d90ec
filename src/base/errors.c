/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The texts and names of the errors, straight from the table in <rtcio/errors.h>. Knows nothing
 * of where they come from. */

#include <rtcio/errors.h>

const char *rtcio_strerror(int error)
{
    switch (error) {
    case RTCIO_OK:
        return "success";
    case RTCIO_BUSY:
        return "queued, but the receiver is slow";
#define RTCIO_ERROR_TEXT(name, number, text) \
    case RTCIO_E_##name:                     \
        return text;
        RTCIO_ERROR_MAP(RTCIO_ERROR_TEXT)
#undef RTCIO_ERROR_TEXT
    default:
        return "unknown error";
    }
}

const char *rtcio_errname(int error)
{
    switch (error) {
    case RTCIO_OK:
        return "OK";
    case RTCIO_BUSY:
        return "BUSY";
#define RTCIO_ERROR_NAME(name, number, text) \
    case RTCIO_E_##name:                     \
        return #name;
        RTCIO_ERROR_MAP(RTCIO_ERROR_NAME)
#undef RTCIO_ERROR_NAME
    default:
        return "UNKNOWN";
    }
}
