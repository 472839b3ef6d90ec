/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_BASE64_H
#define RTCIO_BASE_BASE64_H

/* Base64 (RFC 4648): strict output, input as lenient as Node's Buffer.from. */

#include <stddef.h>
#include <stdint.h>

/* Length of the padded encoding of n bytes. */
static inline size_t rtcio__base64_encoded_len(size_t n)
{
    return (n + 2) / 3 * 4;
}

/* Writes the padded standard encoding; returns its length. No NUL. */
size_t rtcio__base64_encode(char *out, const void *data, size_t len);

/* Decodes: characters outside both alphabets are skipped, '-' and '_' accepted, '=' ends it,
 * padding may be missing. out may be the input itself (the result is never longer than
 * 3 * len / 4). Returns the decoded length. */
size_t rtcio__base64_decode(void *out, const char *text, size_t len);

#endif
