/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Rewrites one top-level member of a JSON object, as pieces. Knows nothing of what the member
 * means. */

#include "signaling/restamp.h"

#include "signaling/object.h"

void rtcio__signaling_stamp_begin(rtcio__signaling_stamp *stamp, rtcio_slice object)
{
    stamp->object = object;
    stamp->n_found = 0;
    stamp->n_pieces = 0;
}

bool rtcio__signaling_stamp_found(rtcio__signaling_stamp *stamp, rtcio_slice whole)
{
    if (stamp->n_found == RTCIO__STAMP_FOUND)
        return false;
    stamp->found[stamp->n_found++] = whole;
    return true;
}

static void add(rtcio__signaling_stamp *stamp, const char *from, const char *to)
{
    stamp->pieces[stamp->n_pieces++] = (rtcio_slice){from, (size_t)(to - from)};
}

static void put_in_front(rtcio__signaling_stamp *stamp, const char *p, const char *end,
                         rtcio_slice member)
{
    static const char comma[] = ",";
    while (p < end && *p != '{')
        p++;
    p++;
    add(stamp, stamp->object.data, p);
    stamp->pieces[stamp->n_pieces++] = member;
    rtcio__signaling_members walk;
    rtcio__signaling_member first;
    if (rtcio__signaling_members_open(&walk, stamp->object) &&
        rtcio__signaling_members_next(&walk, &first))
        add(stamp, comma, comma + 1);
    add(stamp, p, end);
}

void rtcio__signaling_stamp_finish(rtcio__signaling_stamp *stamp, rtcio_slice member)
{
    const char *p = stamp->object.data, *end = p + stamp->object.len;
    if (stamp->n_found == 0) {
        put_in_front(stamp, p, end, member);
        return;
    }
    for (size_t i = 0; i + 1 < stamp->n_found; i++) {
        /* Not the last member of the object, for the key comes again: a comma follows. */
        add(stamp, p, stamp->found[i].data);
        p = stamp->found[i].data + stamp->found[i].len;
        while (p < end && *p != ',')
            p++;
        p++;
    }
    const rtcio_slice *last = &stamp->found[stamp->n_found - 1];
    add(stamp, p, last->data);
    stamp->pieces[stamp->n_pieces++] = member;
    add(stamp, last->data + last->len, end);
}

int rtcio__signaling_restamp(rtcio__signaling_stamp *stamp, rtcio_slice object, const char *key,
                             rtcio_slice member)
{
    rtcio__signaling_members walk;
    rtcio__signaling_member m;
    rtcio__signaling_stamp_begin(stamp, object);
    if (!rtcio__signaling_members_open(&walk, object))
        return RTCIO_E_FORMAT;
    while (rtcio__signaling_members_next(&walk, &m)) {
        if (rtcio__signaling_key_is(m.key, key) && !rtcio__signaling_stamp_found(stamp, m.whole))
            return RTCIO_E_LIMIT;
    }
    rtcio__signaling_stamp_finish(stamp, member);
    return 0;
}
