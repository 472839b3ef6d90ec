/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

#include "socketio/packet_log.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_RING 64

struct rtcio__log_name {
    struct rtcio__log_name *next;
    size_t len;
    char name[];
};

/* "alphabet 0-9A-Za-z-_, most significant first" (spec 8) */
static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

struct rtcio__log *rtcio__log_create(void)
{
    struct rtcio__log *log = calloc(1, sizeof *log);

    if (log != NULL)
        log->first = log->next = 1;
    return log;
}

static void free_entry(struct rtcio__logged *e)
{
    rtcio__blob_unref(e->text);
    for (unsigned i = 0; i < e->n_attachments; i++)
        rtcio__blob_unref(e->attachment[i]);
    free(e);
}

/* The oldest of a server is the oldest of its log. */
static void drop_first(struct rtcio__logs *logs, struct rtcio__log *log)
{
    struct rtcio__logged *e = log->ring[log->first++ & (log->cap - 1)];

    rtcio__list_remove(&e->link);
    rtcio__counter_sub(&logs->n, 1);
    rtcio__counter_sub(&logs->bytes, e->bytes);
    free_entry(e);
}

static void drop_all(struct rtcio__logs *logs, struct rtcio__log *log)
{
    while (log->first < log->next)
        drop_first(logs, log);
}

void rtcio__log_free(struct rtcio__logs *logs, struct rtcio__log *log)
{
    if (log == NULL)
        return;
    drop_all(logs, log);
    while (log->unlogged != NULL) {
        struct rtcio__log_name *name = log->unlogged;
        log->unlogged = name->next;
        free(name);
    }
    free(log->ring);
    free(log);
}

int rtcio__log_exclude(struct rtcio__log *log, const char *event)
{
    size_t len = strlen(event);
    struct rtcio__log_name *name = malloc(sizeof *name + len + 1);

    if (name == NULL)
        return RTCIO_E_NO_MEMORY;
    name->len = len;
    memcpy(name->name, event, len + 1);
    name->next = log->unlogged;
    log->unlogged = name;
    return 0;
}

bool rtcio__log_takes(const struct rtcio__log *log, rtcio_slice event)
{
    for (const struct rtcio__log_name *n = log->unlogged; n != NULL; n = n->next)
        if (n->len == event.len && memcmp(n->name, event.data, event.len) == 0)
            return false;
    return true;
}

size_t rtcio__log_offset(const struct rtcio__logs *logs, uint64_t n, char out[RTCIO__OFFSET_MAX])
{
    char reversed[12];
    size_t len = 0, at = 0;

    do {
        reversed[len++] = digits[n & 63];
        n >>= 6;
    } while (n > 0);
    out[at++] = '"';
    memcpy(out + at, logs->epoch, 4);
    at += 4;
    while (len > 0)
        out[at++] = reversed[--len];
    out[at++] = '"';
    return at;
}

bool rtcio__log_number(const struct rtcio__logs *logs, const char *text, size_t len, uint64_t *n)
{
    if (len < 5 || len > 15 || memcmp(text, logs->epoch, 4) != 0)
        return false;
    *n = 0;
    for (size_t i = 4; i < len; i++) {
        const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
        if (digit == NULL)
            return false;
        *n = *n << 6 | (uint64_t)(digit - digits);
    }
    return true;
}

static size_t names_len(const rtcio_operator *op)
{
    size_t len = 0;

    for (unsigned i = 0; i < op->n_to; i++)
        len += strlen(op->to[i]) + 1;
    for (size_t i = 0; i < op->n_list; i++)
        len += strlen(op->list[i]) + 1;
    for (unsigned i = 0; i < op->n_except; i++)
        len += strlen(op->except[i]) + 1;
    return len;
}

static char *add_name(char *at, const char *name)
{
    size_t len = strlen(name) + 1;

    memcpy(at, name, len);
    return at + len;
}

static struct rtcio__logged *create(const rtcio_operator *op, struct rtcio__blob *text,
                                    struct rtcio__blob *const *attachments, size_t n_attachments)
{
    bool to_one = op->self != NULL && (op->flags & RTCIO__OP_BROADCAST) == 0;
    size_t head = sizeof(struct rtcio__logged) + n_attachments * sizeof(struct rtcio__blob *);
    size_t names = to_one ? RTCIO__ID_LEN + 1 : names_len(op);
    struct rtcio__logged *e = calloc(1, head + names);

    if (e == NULL)
        return NULL;
    e->names = (uint32_t)head;
    e->flags = op->flags & RTCIO__OP_ROOMS_ONLY;
    e->to_one = to_one;
    char *at = (char *)e + head;
    if (to_one) {
        add_name(at, op->self->id);
    } else {
        e->n_to = (uint32_t)(op->n_to + op->n_list);
        e->n_except = op->n_except;
        for (unsigned i = 0; i < op->n_to; i++)
            at = add_name(at, op->to[i]);
        for (size_t i = 0; i < op->n_list; i++)
            at = add_name(at, op->list[i]);
        for (unsigned i = 0; i < op->n_except; i++)
            at = add_name(at, op->except[i]);
        if (op->self != NULL && op->self->resume != NULL) /* others do not come back */
            memcpy(e->excluded, op->self->id, sizeof e->excluded);
    }
    e->bytes = head + names + sizeof *text + text->cap;
    e->text = rtcio__blob_ref(text);
    e->n_attachments = (uint8_t)n_attachments;
    for (size_t i = 0; i < n_attachments; i++) {
        e->attachment[i] = rtcio__blob_ref(attachments[i]);
        e->bytes += sizeof *text + attachments[i]->cap;
    }
    return e;
}

static int make_room(struct rtcio__log *log)
{
    if (log->next - log->first < log->cap)
        return 0;
    size_t cap = log->cap == 0 ? FIRST_RING : log->cap * 2;
    struct rtcio__logged **ring = malloc(cap * sizeof(struct rtcio__logged *));
    if (ring == NULL)
        return RTCIO_E_NO_MEMORY;
    for (uint64_t n = log->first; n < log->next; n++)
        ring[n & (cap - 1)] = log->ring[n & (log->cap - 1)];
    free(log->ring);
    log->ring = ring;
    log->cap = cap;
    return 0;
}

void rtcio__log_break(struct rtcio__logs *logs, struct rtcio__log *log)
{
    drop_all(logs, log);
    log->first = ++log->next;
}

void rtcio__log_append(struct rtcio__logs *logs, struct rtcio__log *log, uint64_t now_ms,
                       const rtcio_operator *op, bool unsent, struct rtcio__blob *text,
                       struct rtcio__blob *const *attachments, size_t n_attachments)
{
    rtcio__log_trim(logs, now_ms);
    struct rtcio__logged *e =
        make_room(log) == 0 ? create(op, text, attachments, n_attachments) : NULL;
    if (e == NULL) {
        /* What follows may be replayed, but nothing across the hole. */
        rtcio__log_break(logs, log);
        return;
    }
    e->log = log;
    e->unsent = unsent;
    e->at_ms = now_ms;
    rtcio__list_init(&e->link);
    rtcio__list_append(&logs->entries, &e->link);
    log->ring[log->next++ & (log->cap - 1)] = e;
    rtcio__counter_add(&logs->n, 1);
    rtcio__counter_add(&logs->bytes, e->bytes);
    while (rtcio__counter_get(&logs->n) > logs->max_n ||
           rtcio__counter_get(&logs->bytes) > logs->max_bytes)
        drop_first(logs, rtcio__container_of(logs->entries.next, struct rtcio__logged, link)->log);
}

void rtcio__log_trim(struct rtcio__logs *logs, uint64_t now_ms)
{
    while (!rtcio__list_empty(&logs->entries)) {
        const struct rtcio__logged *e =
            rtcio__container_of(logs->entries.next, struct rtcio__logged, link);
        if (e->at_ms + logs->max_ms > now_ms)
            return;
        drop_first(logs, e->log);
    }
}
