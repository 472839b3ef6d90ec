/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Engine.IO packets and polling payloads: cuts text where it lies. Knows nothing of sessions or of
 * what a message means. */

#include "codec/eio.h"

#include <string.h>

#include "base/base64.h"

bool rtcio__eio_parse(char *text, size_t len, struct rtcio__eio_packet *packet)
{
    /* Socket.IO spec 1.5: first char not 0-6 or b, or empty string, is a bad packet. */
    if (len == 0)
        return false;
    char type = text[0];
    if ((type < '0' || type > '6') && type != 'b')
        return false;

    packet->type = (enum rtcio__eio_type)type;
    packet->data = text + 1;
    packet->len = len - 1;
    if (type == 'b')
        packet->len = rtcio__base64_decode(packet->data, packet->data, packet->len);
    return true;
}

int rtcio__eio_payload_next(char *body, size_t len, size_t *pos, struct rtcio__eio_packet *packet)
{
    /* Packets are joined, not terminated, by separators. The end is therefore one step behind the
     * last byte, as if a separator stood there, and an empty body or one that ends in a separator
     * still has an empty packet to offer. */
    if (*pos > len)
        return 0;

    char *text = body + *pos;
    size_t left = len - *pos;
    char *separator = left > 0 ? memchr(text, RTCIO__EIO_SEPARATOR, left) : NULL;
    size_t text_len = separator != NULL ? (size_t)(separator - text) : left;
    *pos += text_len + 1;
    return rtcio__eio_parse(text, text_len, packet) ? 1 : -1;
}
