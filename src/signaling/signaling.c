/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Attaching the signaling to a namespace: options, the table of handlers, counters. */

#include "signaling/signaling.h"

#include <openssl/crypto.h>
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
           in_range(opt->max_joins_per_s, 1, 100000);
}

/* The namespace frees us after its sockets, and so after their seats in our rooms. */
static void signaling_free(void *data)
{
    rtcio_signaling *s = data;
    rtcio__signaling_failures_destroy(s->guesses);
    OPENSSL_cleanse(&s->key, sizeof s->key);
    free(s);
}

/* Its address names the slot of a namespace's data where its signaling is. */
static const char attached = 0;

static int add_handlers(rtcio_signaling *s)
{
    int rc = rtcio_on_disconnecting(s->nsp, rtcio__signaling_on_disconnecting, s);
    for (size_t i = 0; rc == 0 && i < sizeof handlers / sizeof *handlers; i++)
        rc = rtcio_on(s->nsp, handlers[i].event, handlers[i].fn, s);
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
    if (!copy_options(&s->opt, opt != NULL ? opt : &defaults) || !options_are_valid(&s->opt) ||
        rtcio__signaling_password_key_init(&s->key) != 0 ||
        (s->guesses = rtcio__signaling_failures_create(s->opt.max_password_failures)) == NULL ||
        rtcio_namespace_set_data(nsp, &attached, s, signaling_free) != 0) {
        signaling_free(s);
        return NULL;
    }
    /* From here on the namespace owns it: handlers cannot be taken back. */
    return add_handlers(s) == 0 ? s : NULL;
}

void rtcio_signaling_get_stats(const rtcio_signaling *signaling, rtcio_signaling_stats *stats)
{
    size_t size = stats->size < sizeof *stats ? stats->size : sizeof *stats;
    rtcio_signaling_stats now = signaling->stats;
    now.size = stats->size;
    memcpy(stats, &now, size);
}
