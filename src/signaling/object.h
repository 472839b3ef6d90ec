/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_OBJECT_H
#define RTCIO_SIGNALING_OBJECT_H

/* Reading the top level of a JSON object in place: one pass, no allocation, no tree.
 * The text has been validated before (events are); on anything else the walk ends early
 * and never leaves the slice. Knows nothing of events or rooms. */

#include <rtcio/types.h>

#include <string.h>

typedef struct rtcio__signaling_member {
    rtcio_slice whole; /* from the key's quote to the end of the value */
    rtcio_slice key;   /* raw, between the quotes */
    rtcio_slice value; /* raw JSON text */
} rtcio__signaling_member;

/* Members that were found while the event was validated; more are rare and read again. */
#define RTCIO__SIGNALING_LISTED 8

typedef struct rtcio__signaling_members {
    const char *at, *end;
    rtcio_member listed[RTCIO__SIGNALING_LISTED];
    size_t n_listed, i; /* n_listed 0: walk over the text */
} rtcio__signaling_members;

/* Starts a walk over the members of `json`; false when it is not an object. */
bool rtcio__signaling_members_open(rtcio__signaling_members *walk, rtcio_slice json);
/* The same for the first argument of an event. */
bool rtcio__signaling_members_of(rtcio__signaling_members *walk, const rtcio_event *ev);
/* The next member; false at the end. */
bool rtcio__signaling_members_next(rtcio__signaling_members *walk, rtcio__signaling_member *member);

/* The same as rtcio__signaling_key_is(), for a key that has escapes. */
bool rtcio__signaling_key_spells(rtcio_slice key, const char *name);

/* True if `key`, raw as rtcio__signaling_member.key, spells `name` (letters, at most 63), escapes
 * resolved. Here, so that the length of a literal name is a constant. */
static inline bool rtcio__signaling_key_is(rtcio_slice key, const char *name)
{
    size_t len = strlen(name);
    if (key.len == len)
        return memcmp(key.data, name, len) == 0;
    /* A letter has but one escape: six characters. */
    return key.len >= len + 5 && rtcio__signaling_key_spells(key, name);
}

/**
 * Decodes a JSON string into `buf`, NUL-terminated. A lone surrogate comes out as the three
 * bytes UTF-8 would give it; \u0000 as a NUL within the length.
 * @return its length, RTCIO_E_FORMAT (not a string) or RTCIO_E_LIMIT (does not fit)
 */
int rtcio__signaling_string_decode(rtcio_slice json, char *buf, size_t size);

/* Length of a JSON string in UTF-16 code units: JavaScript's `length`. */
size_t rtcio__signaling_string_units(rtcio_slice json);

static inline bool rtcio__signaling_is_string(rtcio_slice json)
{
    return json.len >= 2 && json.data[0] == '"';
}

#endif
