/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Reads `relay_events`, whose entries are `name`, or `name key=value ...`, with the keys of
 * read_key(). */

#include "customs.h"

#include <stdio.h>
#include <string.h>

static bool is(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* What a setting of this type takes. */
static bool read_value(rtcio__setting_type type, const char *text, size_t len, uint64_t min,
                       uint64_t max, uint64_t *value)
{
    const rtcio__setting setting = {.type = type, .min = min, .max = max};
    char copy[32];
    if (len == 0 || len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return rtcio__value_read(&setting, copy, value);
}

/* NULL, or what the key takes. */
static const char *read_key(rtcio_relay_event *event, const char *key, size_t key_len,
                            const char *text, size_t len)
{
    uint64_t value;
    if (is(key, key_len, "to")) {
        event->to = is(text, len, "target") ? RTCIO_RELAY_TO_TARGET : RTCIO_RELAY_TO_ROOM;
        return event->to == RTCIO_RELAY_TO_TARGET || is(text, len, "room") ? NULL
                                                                           : "room or target";
    }
    if (is(key, key_len, "size")) {
        if (!read_value(RTCIO__TYPE_SIZE, text, len, 1, RTCIO__GIB, &value))
            return "a size in bytes such as 4K";
        event->max_bytes = (size_t)value;
        return NULL;
    }
    if (is(key, key_len, "rate")) {
        if (!read_value(RTCIO__TYPE_NUMBER, text, len, 0, 100000, &value))
            return "0 to 100000 per second and client";
        event->per_s = (unsigned)value;
        return NULL;
    }
    if (is(key, key_len, "room_checked")) {
        if (!read_value(RTCIO__TYPE_SWITCH, text, len, 0, 1, &value))
            return "yes or no";
        event->any_room = value == 0;
        return NULL;
    }
    return "to be deleted: the keys are name, to, size, rate and room_checked";
}

static int read_entry(rtcio__customs *customs, const rtcio__config *config, const char *entry,
                      size_t entry_len, char *why, size_t why_size)
{
    const char *end = entry + entry_len, *space = memchr(entry, ' ', entry_len);
    size_t name_len = (size_t)((space != NULL ? space : end) - entry);
    if (customs->n == RTCIO_RELAY_EVENTS_MAX || name_len > 64)
        return rtcio__config_blame(config, RTCIO__SET_RELAY_EVENTS, why, why_size,
                                   "relay event \"%.*s\" %s", (int)(name_len < 80 ? name_len : 80),
                                   entry,
                                   name_len > 64 ? "has a name of more than 64 bytes, shorten it"
                                                 : "is one too many, there may be 64");
    char *name = customs->names[customs->n];
    memcpy(name, entry, name_len);
    name[name_len] = '\0';
    rtcio_relay_event *event = &customs->list[customs->n++];
    *event = (rtcio_relay_event){.name = name};
    for (const char *p = entry + name_len; p < end;) {
        p += strspn(p, " ");
        size_t len = strcspn(p, " ,");
        if (p + len > end)
            len = (size_t)(end - p);
        const char *equals = memchr(p, '=', len);
        size_t key_len = equals != NULL ? (size_t)(equals - p) : len;
        const char *takes = len == 0 ? NULL
                            : equals == NULL
                                ? "written key=value"
                                : read_key(event, p, key_len, equals + 1, len - key_len - 1);
        if (takes != NULL)
            return rtcio__config_blame(config, RTCIO__SET_RELAY_EVENTS, why, why_size,
                                       "relay event \"%s\": %.*s is %s", name,
                                       (int)(len < 80 ? len : 80), p, takes);
        p += len;
    }
    if (event->any_room && event->to == RTCIO_RELAY_TO_ROOM)
        return rtcio__config_blame(config, RTCIO__SET_RELAY_EVENTS, why, why_size,
                                   "relay event \"%s\" goes to a room, and only its members may "
                                   "send there: delete room_checked, or write to=target",
                                   name);
    return 0;
}

int rtcio__customs_read(rtcio__customs *customs, const rtcio__config *config, char *why,
                        size_t why_size)
{
    const char *p = config->values[RTCIO__SET_RELAY_EVENTS].text, *entry;
    size_t len;
    int status = 0;
    customs->n = 0;
    while (status == 0 && rtcio__list_next(&p, &entry, &len))
        status = read_entry(customs, config, entry, len, why, why_size);
    for (size_t i = 0; status == 0 && i < customs->n; i++) {
        if (!rtcio_relay_event_is_valid(&customs->list[i]))
            return rtcio__config_blame(config, RTCIO__SET_RELAY_EVENTS, why, why_size,
                                       "relay event \"%s\" is an event of rtc.io or Socket.IO, "
                                       "take another name",
                                       customs->names[i]);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(customs->names[i], customs->names[k]) == 0)
                return rtcio__config_blame(config, RTCIO__SET_RELAY_EVENTS, why, why_size,
                                           "relay event \"%s\" is there twice, delete one",
                                           customs->names[i]);
        }
    }
    return status;
}

int rtcio__customs_attach(const rtcio__customs *customs, rtcio_signaling *signaling, char *why,
                          size_t why_size)
{
    for (size_t i = 0; i < customs->n; i++) {
        int rc = rtcio_signaling_relay_event(signaling, &customs->list[i]);
        if (rc != 0) {
            snprintf(why, why_size, "relay event \"%s\": %s", customs->names[i],
                     rtcio_strerror(rc));
            return rc;
        }
    }
    return 0;
}
