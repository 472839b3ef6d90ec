/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_COOKIE_H
#define RTCIO_ENGINE_COOKIE_H

/* The cookie of a handshake (Socket.IO spec 4.4, RFC 6265). */

#include "base/buf.h"

#include <rtcio/options.h>

/* Is every part of it one that a header can hold? Otherwise the option's name is told. */
const char *rtcio__cookie_fault(const rtcio_server_options *opt);
/* Appends the Set-Cookie line. */
void rtcio__cookie_append(struct rtcio__buf *b, const rtcio_server_options *opt, const char *sid);

#endif
