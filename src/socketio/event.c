/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Reading events: raw, unpacked, as a tree. Trees are made on demand and die with the event. */

#include "socketio/internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Events are handed out const so that handlers leave them alone; what is made on demand is ours. */
static rtcio_event *own(const rtcio_event *ev)
{
    return (rtcio_event *)(uintptr_t)ev;
}

void rtcio__event_fini(rtcio_event *ev)
{
    json_decref(ev->tree);
    ev->tree = NULL;
}

const char *rtcio_event_name(const rtcio_event *ev)
{
    return ev->name;
}

rtcio_slice rtcio_event_args(const rtcio_event *ev)
{
    return ev->args;
}

unsigned rtcio_event_depth(const rtcio_event *ev)
{
    return ev->depth;
}

const char *rtcio_event_reason(const rtcio_event *ev)
{
    return ev->reason != NULL ? ev->reason : "";
}

rtcio_slice rtcio_event_arg(const rtcio_event *ev, size_t index)
{
    const char *p = ev->args.data, *end = p + ev->args.len;

    if (index >= ev->n_args)
        return (rtcio_slice){NULL, 0};
    if (index == 0)
        return ev->first;
    for (;; index--) {
        p = rtcio__json_space(p, end);
        const char *behind = rtcio__json_value(p, end, RTCIO__JSON_MAX_DEPTH, NULL);
        if (behind == NULL)
            return (rtcio_slice){NULL, 0};
        if (index == 0)
            return (rtcio_slice){p, (size_t)(behind - p)};
        p = rtcio__json_space(behind, end);
        if (p < end && *p == ',')
            p++;
    }
}

rtcio_slice rtcio_event_member(const rtcio_event *ev, const char *key)
{
    const struct rtcio__json_index *index = ev->index;
    size_t len = strlen(key);
    rtcio_slice found = {NULL, 0};

    if (index == NULL)
        return found;
    if (index->escaped_key || index->n_members > RTCIO__JSON_INDEX) {
        struct rtcio__json_member member;
        if (rtcio__json_find(ev->first.data, ev->first.len, key, len, &member))
            found = (rtcio_slice){member.value, member.value_len};
        return found;
    }
    for (uint32_t i = 0; i < index->n_members; i++) {
        const struct rtcio__json_member *m = &index->member[i];
        if (m->key_len == len && memcmp(m->key, key, len) == 0)
            found = (rtcio_slice){m->value, m->value_len};
    }
    return found;
}

/* Members that the index has no room for are read once more. */
static void read_members(rtcio_slice object, rtcio_member *members, size_t cap)
{
    const char *p = object.data + 1, *end = object.data + object.len;

    for (size_t i = 0; i < cap; i++) {
        const char *key = rtcio__json_space(p, end);
        const char *key_end = rtcio__json_value(key, end, 1, NULL);
        const char *colon = key_end != NULL ? rtcio__json_space(key_end, end) : NULL;
        const char *value = colon != NULL ? rtcio__json_space(colon + 1, end) : NULL;
        p = value != NULL ? rtcio__json_value(value, end, RTCIO__JSON_MAX_DEPTH, NULL) : NULL;
        if (p == NULL)
            return; /* cannot be: the text has been validated */
        members[i].key = (rtcio_slice){key + 1, (size_t)(key_end - key) - 2};
        members[i].value = (rtcio_slice){value, (size_t)(p - value)};
        p = rtcio__json_space(p, end) + 1; /* the comma */
    }
}

size_t rtcio_event_members(const rtcio_event *ev, rtcio_member *members, size_t cap)
{
    const struct rtcio__json_index *index = ev->index;

    if (index == NULL)
        return 0;
    size_t n = index->n_members < cap ? index->n_members : cap;
    if (n > RTCIO__JSON_INDEX) {
        read_members(ev->first, members, n);
        return index->n_members;
    }
    for (size_t i = 0; i < n; i++) {
        const struct rtcio__json_member *m = &index->member[i];
        members[i].key = (rtcio_slice){m->key, m->key_len};
        members[i].value = (rtcio_slice){m->value, m->value_len};
    }
    return index->n_members;
}

struct json_t *rtcio_event_json(const rtcio_event *ev)
{
    if (ev->tree != NULL)
        return ev->tree;
    char *text = malloc(ev->args.len + 2);
    if (text == NULL)
        return NULL;
    text[0] = '[';
    memcpy(text + 1, ev->args.data, ev->args.len);
    text[ev->args.len + 1] = ']';
    own(ev)->tree = json_loadb(text, ev->args.len + 2, JSON_ALLOW_NUL, NULL);
    free(text);
    return ev->tree;
}

/* "[" format "]": the arguments are a list. Returns `few` or allocated text. */
static char *list_format(const char *format, char *few, size_t size)
{
    size_t len = strlen(format);
    char *list = len + 3 <= size ? few : malloc(len + 3);

    if (list != NULL) {
        list[0] = '[';
        memcpy(list + 1, format, len);
        memcpy(list + 1 + len, "]", 2);
    }
    return list;
}

int rtcio_event_unpack(const rtcio_event *ev, const char *format, ...)
{
    char few[128];
    json_error_t error;
    json_t *tree = rtcio_event_json(ev);
    char *list = tree != NULL ? list_format(format, few, sizeof few) : NULL;
    va_list ap;

    if (list == NULL)
        return RTCIO_E_FORMAT;
    va_start(ap, format);
    int result = json_vunpack_ex(tree, &error, 0, list, ap);
    va_end(ap);
    if (list != few)
        free(list);
    return result == 0 ? 0 : RTCIO_E_FORMAT;
}

char *rtcio__pack_args(const char *format, va_list ap, rtcio_slice *args)
{
    char few[128];
    json_error_t error;
    char *list = list_format(format, few, sizeof few);

    if (list == NULL)
        return NULL;
    json_t *tree = json_vpack_ex(&error, 0, list, ap);
    if (list != few)
        free(list);
    char *text = tree != NULL ? json_dumps(tree, JSON_COMPACT) : NULL;
    json_decref(tree);
    if (text != NULL)
        *args = (rtcio_slice){text + 1, strlen(text) - 2};
    return text;
}

size_t rtcio_event_attachments(const rtcio_event *ev)
{
    return ev->n_attachments;
}

rtcio_slice rtcio_event_attachment(const rtcio_event *ev, size_t index)
{
    return index < ev->n_attachments ? ev->attachments[index] : (rtcio_slice){NULL, 0};
}

rtcio_slice rtcio_event_binary(const rtcio_event *ev, size_t index)
{
    rtcio_slice arg = rtcio_event_arg(ev, index);
    struct rtcio__json_member flag, num;
    unsigned long n = 0;

    if (ev->n_attachments == 0 || arg.len == 0 || arg.data[0] != '{' ||
        !rtcio__json_find(arg.data, arg.len, "_placeholder", 12, &flag) || flag.value_len != 4 ||
        memcmp(flag.value, "true", 4) != 0 ||
        !rtcio__json_find(arg.data, arg.len, "num", 3, &num) || num.value_len > 4)
        return (rtcio_slice){NULL, 0};
    for (uint32_t i = 0; i < num.value_len; i++) {
        if (num.value[i] < '0' || num.value[i] > '9')
            return (rtcio_slice){NULL, 0};
        n = n * 10 + (unsigned long)(num.value[i] - '0');
    }
    return rtcio_event_attachment(ev, n);
}
