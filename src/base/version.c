/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The version this library was built as. Knows only the header it was built with. */

#include <rtcio/version.h>

const char *rtcio_version(void)
{
    return RTCIO_VERSION;
}
