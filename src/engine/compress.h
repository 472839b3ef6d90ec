/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_COMPRESS_H
#define RTCIO_ENGINE_COMPRESS_H

/* Compression of poll responses (Socket.IO spec 1.11). */

#include "base/buf.h"

struct rtcio__http_head;

enum rtcio__encoding {
    RTCIO__IDENTITY,
    RTCIO__GZIP,
    RTCIO__DEFLATE, /* zlib's format (RFC 9110 section 8.4.1.2) */
};

/* What the client likes best of these; the one named first on a tie, identity if it accepts
 * neither. */
enum rtcio__encoding rtcio__accepted_encoding(const struct rtcio__http_head *head);
/* The name of GZIP or DEFLATE. */
const char *rtcio__encoding_name(enum rtcio__encoding encoding);
/* Appends the compressed bytes. 0 or RTCIO_E_NO_MEMORY. */
int rtcio__compress(struct rtcio__buf *out, enum rtcio__encoding encoding, const char *data,
                    size_t len);

#endif
