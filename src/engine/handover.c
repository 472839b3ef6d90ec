/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Requests for sessions of another engine of this process: the connection moves there, before any
 * session is touched, with what was read of it. It stays there, so that a client's next requests
 * are at home. */

#include "engine/http_conn.h"
#include "engine/move.h"
#include "engine/query.h"

#include <stdlib.h>
#include <string.h>

struct handover {
    struct rtcio__post post;
    struct rtcio__engine *to;
    struct rtcio__address address;
    struct rtcio__conn_parts parts;
    size_t len;
    char data[];
};

static void drop(struct rtcio__post *post)
{
    struct handover *h = rtcio__container_of(post, struct handover, post);

    rtcio__conn_parts_drop(&h->parts);
    free(h);
}

static void run(struct rtcio__post *post)
{
    struct handover *h = rtcio__container_of(post, struct handover, post);

    rtcio__http_adopt(h->to, &h->parts, &h->address, h->data, h->len);
    free(h);
}

enum rtcio__handover rtcio__handover(struct rtcio__http_conn *hc, const struct rtcio__query *q,
                                     const char *data, size_t len)
{
    struct rtcio__engine *engine = hc->engine;
    /* Whose session it names; -1: ours, or nobody's. When all go, nobody is there to be sure to
     * take it. */
    int to = engine->n_siblings > 1 && !engine->closing && q != NULL && q->sid_len == RTCIO__ID_LEN
                 ? rtcio__move_whereabouts(engine, q->sid, RTCIO__ID_LEN)
                 : -1;

    if (to < 0)
        return RTCIO__HANDOVER_NO;
    if (rtcio__conn_queued(hc->conn) > 0)
        return RTCIO__HANDOVER_LATER;
    struct handover *h = malloc(sizeof *h + len);
    if (h == NULL) {
        rtcio__http_drop(hc);
        return RTCIO__HANDOVER_DONE;
    }
    h->post = (struct rtcio__post){.run = run, .drop = drop};
    h->to = engine->siblings[to];
    h->address = hc->peer;
    h->len = len;
    memcpy(h->data, data, len);
    h->parts = rtcio__conn_release(rtcio__http_take_conn(hc));
    rtcio__loop_send(&h->to->loop, &h->post);
    return RTCIO__HANDOVER_DONE;
}
