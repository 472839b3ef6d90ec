/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_HISTORY_H
#define RTCIO_SIGNALING_HISTORY_H

/* Requests to the program's storage (rtcio/history.h). */

#include "signaling/signaling.h"

/* Of a message without an id of its own: worker, start of the process, number. */
#define RTCIO__MESSAGE_ID_SIZE 48

typedef enum rtcio__history_kind {
    RTCIO__HISTORY_APPEND,
    RTCIO__HISTORY_FETCH,
    RTCIO__HISTORY_REPORT,
} rtcio__history_kind;

/* Makes a request, with the acknowledgement of `ev` (may be NULL) in it, and `detail`: the room of
 * a fetch, the message's id as JSON of an append. NULL for want of memory. */
rtcio_history_request *rtcio__signaling_history_request(rtcio_signaling *s, rtcio_socket *socket,
                                                        rtcio__history_kind kind,
                                                        const rtcio_event *ev, rtcio_slice detail);

/* True as long as the signaling is there that the request was made for. */
bool rtcio__signaling_history_stands(const rtcio_history_request *request);

/* An id that no other message has; its length. */
size_t rtcio__signaling_history_id(rtcio_signaling *s, char out[RTCIO__MESSAGE_ID_SIZE]);

/* Hands a message, as JSON pieces, to the storage. `id` is JSON. */
void rtcio__signaling_history_append(rtcio_signaling *s, rtcio_socket *socket,
                                     const rtcio_event *ev, const char *room, rtcio_slice id,
                                     const rtcio_slice *pieces, size_t n_pieces);

/* The namespace goes: what the program still owes is owed to nobody. */
void rtcio__signaling_history_forget(rtcio_signaling *s);

#endif
