/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Attaching the signaling to a namespace: options, the table of handlers, counters. */

#include "signaling/history.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *event;
    rtcio_event_fn fn;
} handlers[] = {
    {RTCIO_MESSAGE, rtcio__signaling_on_message},
    {RTCIO_JOIN_ROOM, rtcio__signaling_on_join_room},
    {RTCIO_CHECK_ROOM, rtcio__signaling_on_check_room},
    {RTCIO_LEAVE_ROOM, rtcio__signaling_on_leave_room},
    {RTCIO_MEDIA_STATE, rtcio__signaling_on_media_state},
    {RTCIO_STOP_SCREEN_SHARE, rtcio__signaling_on_stop_screen_share},
    {RTCIO_CHAT_MESSAGE, rtcio__signaling_on_chat_message},
};

static const rtcio_signaling_options defaults = {
    .size = sizeof defaults,
    .relay_scope = RTCIO_RELAY_ROOM,
    .max_message_bytes = 262144,
    .max_depth = 64,
    .max_rooms_per_socket = 32,
    .max_password_failures = 10,
    .max_joins_per_s = 5,
    .access_timeout_ms = 10000,
};

void rtcio_signaling_options_init_sized(rtcio_signaling_options *opt, size_t size)
{
    memset(opt, 0, size);
    memcpy(opt, &defaults, size < sizeof defaults ? size : sizeof defaults);
    opt->size = size;
}

/* False when a newer caller set a field that this library does not know. */
static bool copy_options(rtcio_signaling_options *to, const rtcio_signaling_options *from)
{
    size_t size = from->size;
    *to = defaults;
    if (size < sizeof from->size)
        return false;
    for (size_t i = sizeof *to; i < size; i++) {
        if (((const char *)from)[i] != 0)
            return false;
    }
    memcpy(to, from, size < sizeof *to ? size : sizeof *to);
    return true;
}

static bool in_range(uint64_t value, uint64_t min, uint64_t max)
{
    return value >= min && value <= max;
}

static bool options_are_valid(const rtcio_signaling_options *opt)
{
    return (opt->relay_scope == RTCIO_RELAY_ROOM || opt->relay_scope == RTCIO_RELAY_ANY) &&
           in_range(opt->max_message_bytes, 1024, UINT64_C(1) << 30) &&
           in_range(opt->max_depth, 4, 512) && in_range(opt->max_rooms_per_socket, 1, 4096) &&
           in_range(opt->max_password_failures, 1, 100000) &&
           in_range(opt->max_joins_per_s, 1, 100000) && in_range(opt->max_chat_per_s, 0, 100000) &&
           in_range(opt->access_timeout_ms, 1, 3600000);
}

/* --- the table that workers share ---------------------------------------------------------- */

static void table_free(void *data)
{
    rtcio__signaling_table *table = data;
    rtcio__signaling_failures_destroy(table->guesses);
    rtcio__signaling_failures_destroy(table->reporters);
    OPENSSL_cleanse(&table->key, sizeof table->key);
    pthread_mutex_destroy(&table->lock);
    free(table);
}

static void *table_create(void *user)
{
    const rtcio_signaling *s = user;
    rtcio__signaling_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&table->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    table->guesses = rtcio__signaling_failures_create(s->opt.max_password_failures);
    if (s->history.report != NULL)
        table->reporters = rtcio__signaling_failures_create(s->history.max_reports);
    if (table->guesses == NULL || (s->history.report != NULL && table->reporters == NULL) ||
        rtcio__signaling_password_key_init(&table->key) != 0) {
        table_free(table);
        return NULL;
    }
    return table;
}

static rtcio__signaling_table *table_of(rtcio_signaling *s)
{
    const char *nsp = rtcio_namespace_name(s->nsp);
    size_t size = strlen(nsp) + sizeof "rtcio signaling ";
    char *key = malloc(size);
    if (key == NULL)
        return NULL;
    snprintf(key, size, "rtcio signaling %s", nsp);
    void *table = rtcio_server_shared(s->server, key, table_create, table_free, s);
    free(key);
    return table;
}

void rtcio__signaling_lock(rtcio_signaling *s)
{
    pthread_mutex_lock(&s->table->lock);
    rtcio_server_catch_up(s->server);
}

void rtcio__signaling_unlock(rtcio_signaling *s)
{
    pthread_mutex_unlock(&s->table->lock);
}

static void set_attached(rtcio_signaling *s, rtcio_signaling *attached)
{
    pthread_mutex_lock(&s->table->lock);
    __atomic_store_n(&s->table->attached[rtcio_server_worker(s->server)], attached,
                     __ATOMIC_RELEASE);
    pthread_mutex_unlock(&s->table->lock);
}

/* The namespace frees us after its sockets, and so after their seats in the table. */
static void signaling_free(void *data)
{
    rtcio_signaling *s = data;
    rtcio__signaling_history_forget(s);
    if (s->table != NULL)
        set_attached(s, NULL);
    rtcio__signaling_customs_free(s);
    free(s);
}

/* Its address names the slot of a namespace's data where its signaling is. */
static const char attached = 0;

static int add_handlers(rtcio_signaling *s)
{
    int rc = rtcio_on_disconnecting(s->nsp, rtcio__signaling_on_disconnecting, s);
    if (rc == 0 && rtcio_server_workers(s->server) != NULL &&
        rtcio_workers_count(rtcio_server_workers(s->server)) > 1)
        rc = rtcio_on_room_event(s->nsp, rtcio__signaling_on_room_event, s);
    if (rc == 0)
        rc = rtcio_on_connection(s->nsp, rtcio__signaling_on_connection, s);
    /* "never append an offset to `#rtcio:init-offer`" (rtc.io spec 4.8): originals take it for the
     * role that they are to play. */
    if (rc == 0)
        rc = rtcio_recovery_exclude(s->nsp, RTCIO_INIT_OFFER);
    for (size_t i = 0; rc == 0 && i < sizeof handlers / sizeof *handlers; i++)
        rc = rtcio_on(s->nsp, handlers[i].event, handlers[i].fn, s);
    if (rc == 0 && s->history.report != NULL)
        rc = rtcio_on(s->nsp, RTCIO_REPORT, rtcio__signaling_on_report, s);
    return rc;
}

rtcio_signaling *rtcio_signaling_attach(rtcio_namespace *nsp, const rtcio_signaling_options *opt)
{
    /* Twice would tell everybody everything twice. */
    if (nsp == NULL || rtcio_namespace_data(nsp, &attached) != NULL)
        return NULL;
    rtcio_signaling *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->nsp = nsp;
    s->server = rtcio_namespace_server(nsp);
    s->recovers = rtcio_server_get_options(s->server)->recovery_max_ms > 0;
    if (!copy_options(&s->opt, opt != NULL ? opt : &defaults) || !options_are_valid(&s->opt) ||
        (s->opt.history != NULL && !rtcio__signaling_history_copy(&s->history, s->opt.history)) ||
        (s->table = table_of(s)) == NULL ||
        rtcio_namespace_set_data(nsp, &attached, s, signaling_free) != 0) {
        signaling_free(s);
        return NULL;
    }
    s->opt.history = NULL; /* the program's, of which we have a copy */
    set_attached(s, s);
    /* From here on the namespace owns it: handlers cannot be taken back. */
    return add_handlers(s) == 0 ? s : NULL;
}

int rtcio_signaling_set_limits(rtcio_signaling *s, const rtcio_signaling_options *opt)
{
    rtcio_signaling_options new;
    if (s == NULL || opt == NULL || !copy_options(&new, opt) || !options_are_valid(&new))
        return RTCIO_E_INVALID;
    s->opt.max_message_bytes = new.max_message_bytes;
    s->opt.max_depth = new.max_depth;
    s->opt.max_rooms_per_socket = new.max_rooms_per_socket;
    s->opt.max_password_failures = new.max_password_failures;
    s->opt.max_joins_per_s = new.max_joins_per_s;
    s->opt.max_peers_per_room = new.max_peers_per_room;
    s->opt.max_chat_per_s = new.max_chat_per_s;
    rtcio__signaling_lock(s);
    rtcio__signaling_failures_limit(s->table->guesses, new.max_password_failures);
    rtcio__signaling_unlock(s);
    return 0;
}

void rtcio_signaling_get_stats(const rtcio_signaling *signaling, rtcio_signaling_stats *stats)
{
    size_t size = stats->size < sizeof *stats ? stats->size : sizeof *stats;
    rtcio_signaling_stats now = {.size = stats->size};
    pthread_mutex_lock(&signaling->table->lock);
    for (unsigned i = 0; i < RTCIO_WORKERS_MAX; i++) {
        const rtcio_signaling *one = rtcio__signaling_of_worker(signaling, i);
        if (one == NULL)
            continue;
        /* All fields behind the size are counters. */
        uint64_t *to = &now.n_rooms;
        const uint64_t *from = &one->stats.n_rooms;
        for (size_t k = 0; k < (sizeof now - offsetof(rtcio_signaling_stats, n_rooms)) / 8; k++)
            to[k] += __atomic_load_n(&from[k], __ATOMIC_RELAXED);
    }
    now.n_rooms = signaling->table->n_rooms;
    pthread_mutex_unlock(&signaling->table->lock);
    memcpy(stats, &now, size);
}
