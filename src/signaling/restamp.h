/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_RESTAMP_H
#define RTCIO_SIGNALING_RESTAMP_H

/* Rewrites one top-level member of a JSON object and keeps every other byte: the result is a
 * list of pieces of the original and of the new member, nothing is copied. */

#include <rtcio/types.h>

/* Honest senders write a key once. Whoever writes it more often than this gets nothing sent. */
#define RTCIO__STAMP_FOUND 4

typedef struct rtcio__signaling_stamp {
    rtcio_slice object;
    rtcio_slice
        found[RTCIO__STAMP_FOUND]; /* where the key stands, as rtcio__signaling_member.whole */
    size_t n_found;
    rtcio_slice pieces[RTCIO__STAMP_FOUND + 3];
    size_t n_pieces;
} rtcio__signaling_stamp;

void rtcio__signaling_stamp_begin(rtcio__signaling_stamp *stamp, rtcio_slice object);
/* Notes one place of the key, in the order of the text; false when there are too many. */
bool rtcio__signaling_stamp_found(rtcio__signaling_stamp *stamp, rtcio_slice whole);
/* Fills in the pieces. `member` is JSON text of one or more members, such as `"id":"x"`; it is
 * borrowed, as the object is. It takes the last place of the key, or the front. */
void rtcio__signaling_stamp_finish(rtcio__signaling_stamp *stamp, rtcio_slice member);

/* All of the above for the key `key`. 0, RTCIO_E_FORMAT (not an object), RTCIO_E_LIMIT. */
int rtcio__signaling_restamp(rtcio__signaling_stamp *stamp, rtcio_slice object, const char *key,
                             rtcio_slice member);

#endif
