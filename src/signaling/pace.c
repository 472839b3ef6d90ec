/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* How fast one socket may send messages of a kind. Nothing is dropped: who sends too fast waits. */

#include "signaling/signaling.h"

#include <stdlib.h>

/* Chat: "10/s burst 20" (rtc.io spec 4.5). */
#define BURST_S 2

/* Its address names the slot of a socket's data where its buckets are: of chat, then of the relayed
 * events. Most sockets never send any, so nothing in their peers stands for it. */
static const char paced = 0;

static rtcio__signaling_bucket *buckets_of(const rtcio_signaling *s, rtcio_socket *socket)
{
    rtcio__signaling_bucket *buckets = rtcio_socket_data(socket, &paced);
    if (buckets != NULL)
        return buckets;
    buckets = calloc(1 + s->n_customs, sizeof *buckets);
    if (buckets != NULL && rtcio_socket_set_data(socket, &paced, buckets, free) != 0) {
        free(buckets);
        return NULL;
    }
    return buckets;
}

void rtcio__signaling_pace(rtcio_signaling *s, rtcio_socket *socket, unsigned kind, unsigned per_s,
                           const char *what)
{
    if (per_s == 0)
        return;
    rtcio__signaling_bucket *bucket = buckets_of(s, socket);
    if (bucket == NULL) /* without memory there is no limit */
        return;
    uint32_t wait = rtcio__signaling_bucket_pay(&bucket[kind], per_s / 1000.0,
                                                (double)per_s * BURST_S, rtcio__signaling_now_ms());
    if (wait == 0)
        return;
    rtcio__signaling_count(&s->stats.chat_held);
    rtcio_socket_hold(socket, wait, per_s, what);
}
