/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* permessage-deflate: what is agreed upon with whom, and whether there is memory for it. */

#include "engine/deflate.h"

#include <stdlib.h>
#include <string.h>

int rtcio__deflate_init(struct rtcio__engine *engine)
{
    const rtcio_server_options *opt = &engine->opt;

    engine->deflate_reserved_all = &engine->deflate_reserved_own;
    if (!opt->per_message_deflate)
        return 0;
    struct rtcio__deflate *d = calloc(1, sizeof *d);
    if (d == NULL)
        return RTCIO_E_NO_MEMORY;
    d->engine = engine;
    d->wanted = (struct rtcio__ws_deflate){
        .server_bits = (uint8_t)opt->deflate_server_max_window_bits,
        .client_bits = (uint8_t)opt->deflate_client_max_window_bits,
        .server_no_context = opt->deflate_server_no_context_takeover,
        .client_no_context = opt->deflate_client_no_context_takeover,
    };
    rtcio__list_init(&d->forget.link);
    engine->deflate = d;
    return 0;
}

void rtcio__deflate_fini(struct rtcio__engine *engine)
{
    struct rtcio__deflate *d = engine->deflate;

    if (d == NULL)
        return;
    for (size_t i = 0; i < RTCIO__DEFLATED_KEPT; i++) {
        rtcio__blob_unref(d->kept[i].source);
        rtcio__blob_unref(d->kept[i].frame);
    }
    for (size_t i = 0; i < sizeof d->deflater / sizeof d->deflater[0]; i++)
        rtcio__deflater_destroy(d->deflater[i]);
    rtcio__inflater_destroy(d->inflater);
    rtcio__buf_fini(&d->draft);
    rtcio__buf_fini(&d->packed);
    rtcio__buf_fini(&d->message);
    free(d);
    engine->deflate = NULL;
}

/* Room for one connection's contexts, as long as there is some. */
static bool reserve(struct rtcio__engine *engine, size_t bytes)
{
    uint64_t *all = engine->deflate_reserved_all;

    if (bytes > engine->opt.deflate_max_connection_bytes)
        return false;
    if (__atomic_add_fetch(all, bytes, __ATOMIC_RELAXED) <= engine->opt.deflate_max_bytes)
        return true;
    __atomic_sub_fetch(all, bytes, __ATOMIC_RELAXED);
    return false;
}

/* Counts them elsewhere, or nowhere (NULL). */
static void count_at(struct rtcio__contexts *c, struct rtcio__counter *held)
{
    if (c->held != NULL)
        rtcio__counter_sub(c->held, sizeof *c);
    c->held = held;
    if (held != NULL)
        rtcio__counter_add(held, sizeof *c);
    if (c->deflater != NULL)
        rtcio__deflater_count_at(c->deflater, held);
    if (c->inflater != NULL)
        rtcio__inflater_count_at(c->inflater, held);
}

void rtcio__contexts_destroy(struct rtcio__contexts *c)
{
    if (c == NULL)
        return;
    count_at(c, NULL);
    rtcio__deflater_destroy(c->deflater);
    rtcio__inflater_destroy(c->inflater);
    __atomic_sub_fetch(c->reserved_all, c->reserved, __ATOMIC_RELAXED);
    free(c);
}

struct rtcio__agreement rtcio__agreement_leave(struct rtcio__agreement *from)
{
    struct rtcio__agreement agreement = *from;

    if (from->contexts != NULL)
        count_at(from->contexts, NULL);
    from->contexts = NULL;
    return agreement;
}

struct rtcio__agreement rtcio__agreement_arrive(struct rtcio__engine *engine,
                                                struct rtcio__agreement *from)
{
    struct rtcio__agreement agreement = *from;

    if (from->contexts != NULL)
        count_at(from->contexts, &engine->deflate->held);
    from->contexts = NULL;
    return agreement;
}

/* NULL: there is no room, or no memory. */
static struct rtcio__contexts *create_contexts(struct rtcio__deflate *d,
                                               const struct rtcio__ws_deflate *agreed)
{
    size_t bytes = sizeof(struct rtcio__contexts);

    if (!agreed->server_no_context)
        bytes += rtcio__deflater_need(agreed->server_bits);
    if (!agreed->client_no_context)
        bytes += rtcio__inflater_need(agreed->client_bits);
    if (!reserve(d->engine, bytes))
        return NULL;
    struct rtcio__contexts *c = calloc(1, sizeof *c);
    if (c == NULL) {
        __atomic_sub_fetch(d->engine->deflate_reserved_all, bytes, __ATOMIC_RELAXED);
        return NULL;
    }
    c->reserved_all = d->engine->deflate_reserved_all;
    c->reserved = bytes;
    count_at(c, &d->held);
    if (!agreed->server_no_context)
        c->deflater =
            rtcio__deflater_create(agreed->server_bits, d->engine->opt.deflate_level, &d->held);
    if (!agreed->client_no_context)
        c->inflater = rtcio__inflater_create(agreed->client_bits, &d->held);
    if ((c->deflater == NULL && !agreed->server_no_context) ||
        (c->inflater == NULL && !agreed->client_no_context)) {
        rtcio__contexts_destroy(c);
        return NULL;
    }
    return c;
}

/* The header may be there several times, which is one list (RFC 6455 9.1). */
static enum rtcio__ws_offer read_offers(const struct rtcio__deflate *d,
                                        const struct rtcio__http_head *head,
                                        struct rtcio__ws_deflate *agreed)
{
    static const char name[] = "sec-websocket-extensions";
    enum rtcio__ws_offer result = RTCIO__WS_DECLINED;

    for (size_t i = 0; i < head->n_fields; i++) {
        const struct rtcio__http_field *f = &head->field[i];
        struct rtcio__ws_deflate one;
        if (f->name_len != sizeof name - 1 ||
            strncasecmp(head->text + f->name, name, sizeof name - 1) != 0)
            continue;
        enum rtcio__ws_offer offer =
            rtcio__ws_negotiate(head->text + f->value, f->value_len, &d->wanted, &one);
        if (offer == RTCIO__WS_GARBAGE)
            return offer;
        if (offer == RTCIO__WS_ACCEPTED && result == RTCIO__WS_DECLINED) {
            result = offer;
            *agreed = one;
        }
    }
    return result;
}

bool rtcio__deflate_agree(struct rtcio__engine *engine, const struct rtcio__http_head *head,
                          struct rtcio__agreement *agreement, char answer[RTCIO__WS_ANSWER_MAX])
{
    struct rtcio__deflate *d = engine->deflate;
    struct rtcio__ws_deflate agreed;

    answer[0] = '\0';
    if (d == NULL)
        return true;
    enum rtcio__ws_offer offer = read_offers(d, head, &agreed);
    if (offer != RTCIO__WS_ACCEPTED)
        return offer != RTCIO__WS_GARBAGE;
    if (!agreed.server_no_context || !agreed.client_no_context) {
        agreement->contexts = create_contexts(d, &agreed);
        if (agreement->contexts == NULL) {
            /* RFC 7692 7.1.1: a server may say so without having been asked. */
            agreed.server_no_context = agreed.client_no_context = true;
            rtcio__counter_add(&d->n_without_context, 1);
        }
    }
    agreement->bits = agreed.server_bits;
    rtcio__ws_answer(&agreed, answer);
    return true;
}
