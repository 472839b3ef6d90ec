/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_JSONP_H
#define RTCIO_ENGINE_JSONP_H

/* Payloads as scripts, for pages that cannot make requests (Socket.IO spec 1.12). */

#include "base/buf.h"

/* Appends `___eio[index]("payload");`, the payload as a JSON string. */
void rtcio__jsonp_wrap(struct rtcio__buf *b, const char *index, const char *body, size_t len);
/* Field `d` of a form, with the escapes of such clients undone, in place; body has room for one
 * byte more. Returns the length, -1 if there is no such field. */
long rtcio__jsonp_field(char *body, size_t len);

#endif
