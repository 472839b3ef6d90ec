/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Messages of connections with permessage-deflate: what comes is decompressed, what goes is
 * compressed, for many at once where it is the same for all of them. */

#include "base/utf8.h"
#include "engine/deflate.h"

#include <string.h>

#define KEPT     65536             /* of each buffer, between two messages */
#define TOO_LONG ((size_t)1 << 30) /* for zlib's counters */

enum {
    CLOSE_INVALID_DATA = 1007,
    CLOSE_TOO_BIG = 1009,
    CLOSE_INTERNAL = 1011,
};

static void trim(struct rtcio__buf *b)
{
    if (b->cap > KEPT)
        rtcio__buf_fini(b);
}

/* Receiving */

static struct rtcio__inflater *inflater_of(struct rtcio__deflate *d,
                                           const struct rtcio__contexts *contexts)
{
    if (contexts != NULL && contexts->inflater != NULL)
        return contexts->inflater;
    /* The largest window reads all of them. */
    if (d->inflater == NULL)
        d->inflater = rtcio__inflater_create(RTCIO__WS_MOST_BITS, &d->held);
    return d->inflater;
}

uint16_t rtcio__deflate_receive(struct rtcio__engine *engine, struct rtcio__contexts *contexts,
                                size_t most, struct rtcio__ws_event *event)
{
    struct rtcio__deflate *d = engine->deflate;
    struct rtcio__inflater *inflater = inflater_of(d, contexts);

    if (inflater == NULL)
        return CLOSE_INTERNAL;
    switch (rtcio__inflater_message(inflater, event->data, event->len, inflater != d->inflater,
                                    most, &d->message)) {
    case 0:
        break;
    case RTCIO_E_LIMIT:
        return CLOSE_TOO_BIG;
    case RTCIO_E_NO_MEMORY:
        return CLOSE_INTERNAL;
    default:
        return CLOSE_INVALID_DATA;
    }
    rtcio__counter_add(&d->n_in, 1);
    event->data = (uint8_t *)d->message.data;
    event->len = d->message.len;
    event->compressed = false;
    /* RFC 6455 8.1 is about the text, not about how it came. */
    if (event->opcode == RTCIO__WS_TEXT && !rtcio__utf8_valid(event->data, event->len))
        return CLOSE_INVALID_DATA;
    return 0;
}

void rtcio__deflate_release(struct rtcio__engine *engine)
{
    trim(&engine->deflate->message);
}

/* Sending */

bool rtcio__deflate_wants(const struct rtcio__engine *engine, size_t len)
{
    return len >= engine->opt.deflate_threshold && len > 0 && len < TOO_LONG &&
           !engine->uncompressed;
}

void rtcio__deflate_drop_draft(struct rtcio__deflate *d)
{
    d->draft.len = 0;
    trim(&d->draft);
}

static struct rtcio__deflater *shared_deflater(struct rtcio__deflate *d, uint8_t bits)
{
    struct rtcio__deflater **deflater = &d->deflater[bits - RTCIO__WS_LEAST_BITS];

    if (*deflater == NULL)
        *deflater = rtcio__deflater_create(bits, d->engine->opt.deflate_level, &d->held);
    return *deflater;
}

int rtcio__deflate_send(struct rtcio__engine *engine, const struct rtcio__agreement *agreement,
                        const void *data, size_t len, struct rtcio__deflate_out *out)
{
    struct rtcio__deflate *d = engine->deflate;
    struct rtcio__deflater *own =
        agreement->contexts != NULL ? agreement->contexts->deflater : NULL;
    struct rtcio__deflater *deflater = own != NULL ? own : shared_deflater(d, agreement->bits);

    trim(&d->packed);
    *out = (struct rtcio__deflate_out){data, len, false};
    /* Without memory it goes as it is; but a context must not have a hole. */
    int error = deflater != NULL
                    ? rtcio__deflater_message(deflater, data, len, own != NULL, &d->packed)
                    : RTCIO_E_NO_MEMORY;
    if (error != 0)
        return own != NULL ? error : 0;
    *out = (struct rtcio__deflate_out){d->packed.data, d->packed.len, true};
    rtcio__counter_add(&d->n_out, 1);
    return 0;
}

static void forget(struct rtcio__deferred *deferred)
{
    struct rtcio__deflate *d = rtcio__container_of(deferred, struct rtcio__deflate, forget);

    for (size_t i = 0; i < RTCIO__DEFLATED_KEPT; i++) {
        rtcio__blob_unref(d->kept[i].source);
        rtcio__blob_unref(d->kept[i].frame);
        d->kept[i] = (struct rtcio__deflated){0};
    }
    trim(&d->packed);
}

static struct rtcio__blob *make_frame(const struct rtcio__deflate_out *out,
                                      enum rtcio__ws_opcode opcode)
{
    uint8_t header[RTCIO__WS_MAX_HEADER];
    size_t n = rtcio__ws_header(header, opcode, out->len);
    struct rtcio__blob *frame = rtcio__blob_create(n + out->len);

    if (frame == NULL)
        return NULL;
    header[0] |= RTCIO__WS_RSV1;
    memcpy(frame->data, header, n);
    memcpy(frame->data + n, out->data, out->len);
    frame->len = (uint32_t)(n + out->len);
    return frame;
}

int rtcio__deflate_share(struct rtcio__engine *engine, uint8_t bits, struct rtcio__blob *source,
                         uint32_t offset, enum rtcio__ws_opcode opcode, struct rtcio__blob **frame)
{
    struct rtcio__deflate *d = engine->deflate;
    const struct rtcio__agreement stateless = {.bits = bits};
    struct rtcio__deflate_out out;

    for (size_t i = 0; i < RTCIO__DEFLATED_KEPT; i++) {
        if (d->kept[i].source == source && d->kept[i].bits == bits) {
            *frame = d->kept[i].frame;
            if (*frame != NULL)
                rtcio__counter_add(&d->n_out, 1);
            return 0;
        }
    }
    *frame = NULL;
    int error =
        rtcio__deflate_send(engine, &stateless, source->data + offset, source->len - offset, &out);
    if (error == 0 && out.compressed && (*frame = make_frame(&out, opcode)) == NULL)
        error = RTCIO_E_NO_MEMORY;
    if (error != 0)
        return error;
    struct rtcio__deflated *kept = &d->kept[d->next_kept++ % RTCIO__DEFLATED_KEPT];
    rtcio__blob_unref(kept->source);
    rtcio__blob_unref(kept->frame);
    *kept = (struct rtcio__deflated){rtcio__blob_ref(source), *frame, bits};
    d->forget.run = forget;
    rtcio__loop_defer(&engine->loop, &d->forget);
    return 0;
}
