/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What a session with permessage-deflate sends: as session.c does without, but that the length is
 * known only when it is done. */

#include "engine/deflated.h"

#include "engine/websocket.h"

#include <string.h>

/* Sends one message compressed, if it gets shorter. `admit`: the queue's limit is asked. */
static int send_deflated(struct rtcio__session *s, enum rtcio__ws_opcode opcode, const void *data,
                         size_t len, bool admit)
{
    struct rtcio__agreement agreement = rtcio__session_agreement(s);
    struct rtcio__deflate_out out;
    uint8_t header[RTCIO__WS_MAX_HEADER];

    int error = rtcio__deflate_send(s->engine, &agreement, data, len, &out);
    size_t n = rtcio__ws_header(header, opcode, out.len);
    if (out.compressed)
        header[0] |= RTCIO__WS_RSV1;
    if (error == 0 && admit)
        error = rtcio__session_admit(s, n + out.len);
    char *at = error == 0 ? rtcio__conn_reserve(s->ws, n + out.len) : NULL;
    if (at == NULL)
        return error != 0 ? error : RTCIO_E_CLOSED;
    memcpy(at, header, n);
    memcpy(at + n, out.data, out.len);
    return 0;
}

int rtcio__deflated_message(struct rtcio__session *s, struct rtcio__blob *message, bool binary,
                            bool admit)
{
    uint32_t len = message->len - RTCIO__MESSAGE_ROOM, header = (uint32_t)rtcio__ws_header_len(len);
    enum rtcio__ws_opcode opcode = binary ? RTCIO__WS_BINARY : RTCIO__WS_TEXT;
    struct rtcio__agreement agreement = rtcio__session_agreement(s);
    struct rtcio__blob *frame;

    if (agreement.contexts != NULL && agreement.contexts->deflater != NULL)
        return send_deflated(s, opcode, rtcio__message_data(message), len, admit);
    int error = rtcio__deflate_share(s->engine, agreement.bits, message, RTCIO__MESSAGE_ROOM,
                                     opcode, &frame);
    uint32_t from = frame != NULL ? 0 : RTCIO__MESSAGE_ROOM - header;
    if (frame == NULL)
        frame = message;
    len = frame->len - from;
    if (error == 0 && admit)
        error = rtcio__session_admit(s, len);
    if (error != 0)
        return error;
    if (len < RTCIO__COPY_BELOW && rtcio__conn_queued(s->ws) > 0)
        return rtcio__conn_write(s->ws, frame->data + from, len);
    return rtcio__conn_write_blob(s->ws, frame, from, len);
}

char *rtcio__deflated_begin(struct rtcio__session *s, size_t len, int *error)
{
    struct rtcio__buf *draft = &s->engine->deflate->draft;

    /* How much it will add to the queue is not known yet. */
    *error = rtcio__session_admit(s, 0);
    if (*error != 0)
        return NULL;
    if (rtcio__buf_reserve(draft, len) != 0) {
        *error = RTCIO_E_NO_MEMORY;
        return NULL;
    }
    draft->len = len;
    return draft->data;
}

int rtcio__session_send_draft(struct rtcio__session *s)
{
    struct rtcio__deflate *d = s->engine->deflate;

    if (d->draft.len == 0)
        return 0; /* it was short */
    int error = send_deflated(s, RTCIO__WS_TEXT, d->draft.data, d->draft.len, true);
    rtcio__deflate_drop_draft(d);
    if (error == 0)
        rtcio__counter_add(&s->engine->n_messages_out, 1);
    else
        rtcio__session_doom(s);
    return error;
}
