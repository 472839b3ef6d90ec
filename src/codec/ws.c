/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* WebSocket frames, server side (RFC 6455). Owns the fragments of an unfinished message; knows
 * nothing of sockets or what a message means, and of compression only the bit that tells of it. */

#include "codec/ws.h"

#include <string.h>

#define FIN         0x80
#define RSV         0x70
#define OPCODE      0x0f
#define MASK        0x80
#define LENGTH      0x7f
#define KEY_LEN     4
#define MAX_CONTROL 125 /* payload */
#define MAX_HEADER  14  /* of a frame received */

enum {
    CLOSE_PROTOCOL_ERROR = 1002,
    CLOSE_NO_STATUS = 1005,
    CLOSE_INVALID_DATA = 1007,
    CLOSE_POLICY = 1008,
    CLOSE_TOO_BIG = 1009,
    CLOSE_INTERNAL = 1011,
};

/* What a frame's header says. */
struct frame {
    bool fin;
    uint8_t opcode;
    size_t header_len;
    size_t payload_len;
    uint8_t *payload;
    bool ascii;      /* the payload, once it is unmasked */
    bool compressed; /* the message of a data frame */
};

static enum rtcio__ws_kind fail(struct rtcio__ws_event *event, uint16_t close_code)
{
    event->close_code = close_code;
    return RTCIO__WS_ERROR;
}

static enum rtcio__ws_kind more(struct rtcio__ws_event *event, size_t need)
{
    event->need = need;
    return RTCIO__WS_MORE;
}

/* Whether the first two bytes may stand where the connection is; 0 or a close code. */
static uint16_t check_start(const struct rtcio__ws *ws, uint8_t first, uint8_t second)
{
    /* RFC 6455 5.2: RSV1-3 MUST be 0 unless an extension is negotiated that defines meanings for
     * non-zero values. RFC 7692 6: RSV1 is of the first frame of a data message only. */
    if ((first & RSV) != 0 &&
        (!ws->compression || (first & RSV) != RTCIO__WS_RSV1 ||
         ((first & OPCODE) != RTCIO__WS_TEXT && (first & OPCODE) != RTCIO__WS_BINARY)))
        return CLOSE_PROTOCOL_ERROR;
    /* 5.1: a server MUST close the connection upon receiving a frame that is not masked. */
    if ((second & MASK) == 0)
        return CLOSE_PROTOCOL_ERROR;

    switch (first & OPCODE) {
    case RTCIO__WS_CONTINUATION:
        return ws->opcode == 0 ? CLOSE_PROTOCOL_ERROR : 0;
    case RTCIO__WS_TEXT:
    case RTCIO__WS_BINARY:
        /* 5.4: the fragments of one message MUST NOT be interleaved with another's. */
        return ws->opcode != 0 ? CLOSE_PROTOCOL_ERROR : 0;
    case RTCIO__WS_CLOSE:
    case RTCIO__WS_PING:
    case RTCIO__WS_PONG:
        /* 5.5: all control frames MUST have a payload length of 125 bytes or less and MUST NOT be
         * fragmented. */
        return (first & FIN) == 0 || (second & LENGTH) > MAX_CONTROL ? CLOSE_PROTOCOL_ERROR : 0;
    default:
        /* 5.2: if an unknown opcode is received, fail the connection. */
        return CLOSE_PROTOCOL_ERROR;
    }
}

/* Whether a data frame of this length still fits its message; 0 or a close code. */
static uint16_t check_limits(const struct rtcio__ws *ws, uint64_t payload_len, size_t max_message,
                             bool compressed)
{
    /* What DEFLATE adds at most to data that it cannot compress, in blocks of a kilobyte. */
    if (compressed && max_message < SIZE_MAX / 2)
        max_message += max_message / 128 + 64;
    /* Socket.IO spec 2.3: checked on the cumulative declared length, before payload arrives; equal
     * is fine; fragments summed. */
    size_t held = ws->message.len;
    if (held > max_message || payload_len > max_message - held)
        return CLOSE_TOO_BIG;
    if (payload_len > SIZE_MAX - MAX_HEADER)
        return CLOSE_TOO_BIG;
    /* Empty fragments cost nothing to hold but must not go on for ever. */
    if (ws->n_fragments >= RTCIO__WS_MAX_FRAGMENTS)
        return CLOSE_POLICY;
    return 0;
}

/* Reads the header at data. WS_EVENT: frame is filled and wholly there. */
static enum rtcio__ws_kind read_frame(const struct rtcio__ws *ws, uint8_t *data, size_t len,
                                      size_t max_message, struct frame *frame,
                                      struct rtcio__ws_event *event)
{
    if (len < 2)
        return more(event, 2);
    uint16_t code = check_start(ws, data[0], data[1]);
    if (code != 0)
        return fail(event, code);

    /* 5.2: 0-125 is the length itself; 126: the following 2 bytes, 127: the following 8. */
    uint64_t payload_len = data[1] & LENGTH;
    size_t n_length = payload_len == 126 ? 2 : payload_len == 127 ? 8 : 0;
    if (len < 2 + n_length)
        return more(event, 2 + n_length);
    if (n_length > 0) {
        payload_len = 0;
        for (size_t i = 0; i < n_length; i++)
            payload_len = payload_len << 8 | data[2 + i];
        if (payload_len >> 63 != 0) /* 5.2: the most significant bit MUST be 0 */
            return fail(event, CLOSE_PROTOCOL_ERROR);
    }

    frame->fin = (data[0] & FIN) != 0;
    frame->opcode = data[0] & OPCODE;
    frame->compressed = (data[0] & RTCIO__WS_RSV1) != 0 || ws->compressed;
    if (frame->opcode < RTCIO__WS_CLOSE) {
        code = check_limits(ws, payload_len, max_message, frame->compressed);
        if (code != 0)
            return fail(event, code);
    }

    frame->header_len = 2 + n_length + KEY_LEN;
    frame->payload_len = (size_t)payload_len;
    if (len < frame->header_len || len - frame->header_len < frame->payload_len)
        return more(event, frame->header_len + frame->payload_len);
    frame->payload = data + frame->header_len;
    return RTCIO__WS_EVENT;
}

/* RFC 6455 7.4 and the IANA registry: what a peer may send. 1004 to 1006 and 1015 never appear on
 * the wire. */
static bool close_code_valid(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static enum rtcio__ws_kind take_close(const struct frame *frame, struct rtcio__ws_event *event)
{
    if (frame->payload_len == 0) {
        event->close_code = CLOSE_NO_STATUS;
        return RTCIO__WS_EVENT;
    }
    /* 5.5.1: if there is a body, the first two bytes of the body MUST be a 2-byte unsigned
     * integer. */
    if (frame->payload_len == 1)
        return fail(event, CLOSE_PROTOCOL_ERROR);
    uint16_t code = (uint16_t)(frame->payload[0] << 8 | frame->payload[1]);
    if (!close_code_valid(code))
        return fail(event, CLOSE_PROTOCOL_ERROR);
    if (!rtcio__utf8_valid(frame->payload + 2, frame->payload_len - 2))
        return fail(event, CLOSE_INVALID_DATA);
    event->close_code = code;
    return RTCIO__WS_EVENT;
}

/* Adds a fragment to its message and hands the message out behind the last one. */
static enum rtcio__ws_kind take_fragment(struct rtcio__ws *ws, const struct frame *frame,
                                         struct rtcio__ws_event *event)
{
    if (frame->opcode != RTCIO__WS_CONTINUATION)
        ws->opcode = frame->opcode;
    ws->compressed = frame->compressed;
    ws->n_fragments++;

    if (ws->opcode == RTCIO__WS_TEXT && !frame->compressed && !(frame->ascii && ws->utf8 == 0)) {
        ws->utf8 = rtcio__utf8_next(ws->utf8, frame->payload, frame->payload_len);
        /* A character may be split between fragments, but not beyond the last. */
        if (ws->utf8 == RTCIO__UTF8_INVALID || (frame->fin && ws->utf8 != 0))
            return fail(event, CLOSE_INVALID_DATA);
    }
    /* One byte more than is counted: a reader may put a NUL behind the message. */
    if (rtcio__buf_reserve(&ws->message, frame->payload_len + 1) != 0 ||
        rtcio__buf_append(&ws->message, frame->payload, frame->payload_len) != 0)
        return fail(event, CLOSE_INTERNAL);
    if (!frame->fin)
        return RTCIO__WS_SKIPPED;

    event->opcode = (enum rtcio__ws_opcode)ws->opcode;
    event->data = (uint8_t *)ws->message.data;
    event->len = ws->message.len;
    ws->opcode = 0;
    ws->compressed = false;
    ws->n_fragments = 0;
    ws->delivered = true;
    return RTCIO__WS_EVENT;
}

static enum rtcio__ws_kind take_frame(struct rtcio__ws *ws, const struct frame *frame,
                                      struct rtcio__ws_event *event)
{
    event->opcode = (enum rtcio__ws_opcode)frame->opcode;
    event->data = frame->payload;
    event->len = frame->payload_len;

    switch (frame->opcode) {
    case RTCIO__WS_CLOSE:
        return take_close(frame, event);
    case RTCIO__WS_PING:
    case RTCIO__WS_PONG:
        return RTCIO__WS_EVENT;
    default:
        break;
    }
    event->compressed = frame->compressed;
    if (!frame->fin || frame->opcode == RTCIO__WS_CONTINUATION)
        return take_fragment(ws, frame, event);
    /* 8.1: if a byte stream is not valid UTF-8, fail the connection. */
    if (frame->opcode == RTCIO__WS_TEXT && !frame->ascii && !frame->compressed &&
        !rtcio__utf8_valid(frame->payload, frame->payload_len))
        return fail(event, CLOSE_INVALID_DATA);
    return RTCIO__WS_EVENT;
}

enum rtcio__ws_kind rtcio__ws_next(struct rtcio__ws *ws, uint8_t *data, size_t len,
                                   size_t max_message, size_t *consumed,
                                   struct rtcio__ws_event *event)
{
    struct frame frame;

    *consumed = 0;
    *event = (struct rtcio__ws_event){0};
    if (ws->delivered) {
        rtcio__buf_fini(&ws->message);
        ws->delivered = false;
    }

    enum rtcio__ws_kind kind = read_frame(ws, data, len, max_message, &frame, event);
    if (kind != RTCIO__WS_EVENT)
        return kind;
    frame.ascii = rtcio__ws_unmask(frame.payload, frame.payload_len, frame.payload - KEY_LEN);
    *consumed = frame.header_len + frame.payload_len;
    return take_frame(ws, &frame, event);
}

void rtcio__ws_fini(struct rtcio__ws *ws)
{
    rtcio__buf_fini(&ws->message);
    *ws = (struct rtcio__ws){0};
}

size_t rtcio__ws_header(uint8_t out[RTCIO__WS_MAX_HEADER], enum rtcio__ws_opcode opcode,
                        size_t payload_len)
{
    out[0] = (uint8_t)(FIN | opcode);
    if (payload_len < 126) {
        out[1] = (uint8_t)payload_len;
        return 2;
    }

    size_t n_length = payload_len <= 0xffff ? 2 : 8;
    uint64_t rest = payload_len;
    out[1] = n_length == 2 ? 126 : 127;
    for (size_t i = n_length; i > 0; i--, rest >>= 8)
        out[1 + i] = (uint8_t)rest;
    return 2 + n_length;
}
