/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Events exempt from recovery: not sent again, but a program may ask which of them were missed. */

#include "socketio/recovery.h"

#include <stdlib.h>
#include <string.h>

static void tell(rtcio_socket *socket, const struct rtcio__logged *e, rtcio_event_fn fn, void *user)
{
    size_t len = e->text->len - RTCIO__MESSAGE_ROOM;
    struct rtcio__sio_packet packet;
    rtcio_slice attachments[RTCIO__SIO_MAX_ATTACHMENTS];
    char *text = malloc(len + 1);

    if (text == NULL)
        return;
    memcpy(text, rtcio__message_data(e->text), len);
    for (unsigned i = 0; i < e->n_attachments; i++)
        attachments[i] = (rtcio_slice){rtcio__message_data(e->attachment[i]),
                                       e->attachment[i]->len - RTCIO__MESSAGE_ROOM};
    /* Behind the Engine.IO type. */
    if (rtcio__sio_decode(text + 1, len - 1, RTCIO__JSON_MAX_DEPTH, &packet) == NULL) {
        rtcio_event ev = rtcio__event_of(socket, &packet, attachments);
        fn(socket, &ev, user);
        rtcio__event_fini(&ev);
    }
    free(text);
}

void rtcio_socket_each_exempt(rtcio_socket *socket, rtcio_event_fn fn, void *user)
{
    const struct rtcio__resume *r = socket->resume;
    bool missed_one = false;

    if (!rtcio_socket_recovered(socket) || r == NULL || r->rooms == NULL)
        return;
    const struct rtcio__log *log = r->nsp->log;
    for (uint64_t number = r->from; number < r->until; number++) {
        /* What fn does may push entries out, or end the socket. */
        if (socket->resume != r || socket->state != RTCIO__SOCKET_CONNECTED || socket->closing)
            return;
        if (number < log->first)
            continue;
        const struct rtcio__logged *e = rtcio__log_at(log, number);
        if (!rtcio__resume_was_for(r, e, number))
            continue;
        /* They have no number at the client: one is taken to have arrived with the event before
         * it. */
        if (!e->unsent)
            missed_one = true;
        else if (missed_one || number >= r->gone)
            tell(socket, e, fn, user);
    }
}
