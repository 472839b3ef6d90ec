/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* onAnyOutgoing: what is about to be sent, told once for each receiver (Socket.IO spec 7.4). */

#include "socketio/internal.h"

#include <stdlib.h>

void rtcio__tell_outgoing(const rtcio_operator *op, struct rtcio__packet_out *out)
{
    rtcio_socket *one[1] = {op->self};
    struct rtcio__targets targets = {one, 1, 0};
    bool single = op->self != NULL && (op->flags & RTCIO__OP_BROADCAST) == 0;

    if (!single)
        targets = rtcio__gather(op);
    struct rtcio__event_copy *copy =
        targets.n > 0 ? rtcio__event_copy_packet(targets.list[0], out) : NULL;
    if (copy != NULL) {
        copy->event.ack_id = (rtcio_slice){NULL, 0}; /* it is the client who is asked */
        for (size_t i = 0; i < targets.n; i++) {
            copy->event.socket = targets.list[i];
            if (targets.list[i]->state != RTCIO__SOCKET_GONE)
                rtcio__run_hooks(targets.list[i], RTCIO__ON_ANY_OUTGOING, &copy->event, false);
        }
    }
    rtcio__event_copy_free(copy);
    if (!single)
        free(targets.list);
}
