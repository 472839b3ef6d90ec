/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CODEC_WS_H
#define RTCIO_CODEC_WS_H

/* WebSocket frames, server side (RFC 6455): bytes in, events out; no I/O.
 *
 * The caller keeps received bytes in one place and offers them from the first byte not consumed. A
 * frame is handled once it is there as a whole: unmasked where it lies and, unless it is a
 * fragment, handed out without a copy. */

#include "base/buf.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCIO__WS_MAX_HEADER    10    /* of a frame sent (unmasked) */
#define RTCIO__WS_RSV1          0x40  /* of a header's first byte: the message is compressed */
#define RTCIO__WS_MAX_FRAGMENTS 16384 /* of one message; more: 1008 (Socket.IO spec 2.3) */

enum rtcio__ws_opcode {
    RTCIO__WS_CONTINUATION = 0,
    RTCIO__WS_TEXT = 1,
    RTCIO__WS_BINARY = 2,
    RTCIO__WS_CLOSE = 8,
    RTCIO__WS_PING = 9,
    RTCIO__WS_PONG = 10,
};

enum rtcio__ws_kind {
    RTCIO__WS_MORE,    /* nothing complete; event.need says how many bytes at least */
    RTCIO__WS_SKIPPED, /* a fragment was taken; go on */
    RTCIO__WS_EVENT,   /* event.opcode: TEXT, BINARY (whole messages), CLOSE, PING, PONG */
    RTCIO__WS_ERROR,   /* event.close_code says how to close; the connection is over */
};

struct rtcio__ws_event {
    enum rtcio__ws_opcode opcode;
    uint16_t close_code; /* ERROR: 1002, 1007, 1008, 1009 or 1011 (out of memory); CLOSE: the
                            peer's, 1005 if none was given */
    uint8_t *data;       /* payload, unmasked, mutable, valid until the next call; for CLOSE the
                            whole body (code and reason). Never NULL with an EVENT. The byte behind
                            a message that came in fragments is writable; behind one that did not
                            stands what followed it on the wire */
    size_t len;
    size_t need; /* MORE: total bytes from the first unconsumed one that are needed */
    bool
        compressed; /* TEXT and BINARY: data is as the peer compressed it, text not yet looked at */
};

struct rtcio__ws {
    struct rtcio__buf message; /* fragments so far; freed by the next call after delivery */
    uint32_t n_fragments;
    rtcio__utf8_state utf8;
    uint8_t opcode;   /* of the fragmented message, 0: none */
    bool compressed;  /* that message is */
    bool delivered;   /* message was handed out: release it at the next call */
    bool compression; /* set by the caller: permessage-deflate was negotiated (RFC 7692) */
};

/* Takes one frame from [data, data + len). *consumed is the number of bytes to drop (0 for MORE).
 * Frames must be masked. max_message limits the sum of a message's payloads and is checked
 * against the declared length, before the payload is there (1009); compressed ones may have some
 * bytes more, which incompressible data needs. Text that is not compressed is valid UTF-8 when
 * handed out (1007 otherwise, for fragments as early as the fragment that breaks it).
 * Close codes from peers: 1000-1003, 1007-1014, 3000-4999 and none; others, a body of one byte
 * and a reason that is not UTF-8 are errors (1002; the reason 1007). */
enum rtcio__ws_kind rtcio__ws_next(struct rtcio__ws *ws, uint8_t *data, size_t len,
                                   size_t max_message, size_t *consumed,
                                   struct rtcio__ws_event *event);

/* Frees the unfinished message. */
void rtcio__ws_fini(struct rtcio__ws *ws);

static inline size_t rtcio__ws_header_len(size_t payload_len)
{
    return payload_len < 126 ? 2 : payload_len <= 0xffff ? 4 : 10;
}
/* Writes the header of an unmasked, unfragmented frame; returns its length, 2, 4 or 10. */
size_t rtcio__ws_header(uint8_t out[RTCIO__WS_MAX_HEADER], enum rtcio__ws_opcode opcode,
                        size_t payload_len);

/* XORs data with the 4 byte key, by words or vectors. True if the result is ASCII throughout: it
 * has passed by, and most text needs no other look. */
bool rtcio__ws_unmask(uint8_t *data, size_t len, const uint8_t key[4]);

#endif
