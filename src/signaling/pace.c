/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* How fast one socket may send messages of a kind. Nothing is dropped: who sends too fast waits. */

#include "signaling/signaling.h"

#include <stdlib.h>

/* Chat: "10/s burst 20" (rtc.io spec 4.5). */
#define BURST_S 2

void rtcio__signaling_pace(rtcio_signaling *s, rtcio_socket *socket, unsigned kind, unsigned per_s,
                           const char *what)
{
    if (per_s == 0)
        return;
    rtcio__signaling_peer *peer = rtcio__signaling_peer_make(s, socket);
    if (peer != NULL && peer->paced == NULL)
        peer->paced = calloc(1 + s->n_customs, sizeof *peer->paced);
    /* Without memory there is no limit. */
    if (peer == NULL || peer->paced == NULL)
        return;
    uint32_t wait = rtcio__signaling_bucket_pay(&peer->paced[kind], per_s / 1000.0,
                                                (double)per_s * BURST_S, rtcio__signaling_now_ms());
    if (wait == 0)
        return;
    rtcio__signaling_count(&s->stats.chat_held);
    rtcio_socket_hold(socket, wait, per_s, what);
}
