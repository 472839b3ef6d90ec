/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `ask-ice`, and `ice-servers` when what it gave has lived half its life. What is said, and how it
 * is signed, is in ice_credential.c. Needs nothing of the rest of this room. */

#include <rtcio/ice.h>
#include <rtcio/server.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A client that has asked: in line for fresh credentials. */
typedef struct asker {
    struct asker *prev, *next;
    rtcio_ice *ice;
    rtcio_socket *socket;
    int64_t due_s;
} asker;

struct rtcio_ice {
    rtcio_namespace *nsp;
    rtcio_ice_options opt; /* strings are ours */
    rtcio_ice_stats stats;
    /* By the time of their push: every one who asks, or has been pushed to, goes to the end. A
     * change of the life may put them out of order for one life. */
    asker *first, *last;
    rtcio_timer *timer;
};

static const char attached; /* its address names the slot of a namespace, and of a socket */

static int64_t unix_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

/* Wall time may be set back: what is long since due is measured by a clock that is not. */
static int64_t steady_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static void unlink_asker(asker *a)
{
    *(a->prev != NULL ? &a->prev->next : &a->ice->first) = a->next;
    *(a->next != NULL ? &a->next->prev : &a->ice->last) = a->prev;
    a->prev = a->next = NULL;
}

static void arm(rtcio_ice *ice)
{
    if (ice->first == NULL) {
        rtcio_timer_stop(ice->timer);
        return;
    }
    int64_t wait_s = ice->first->due_s - steady_s();
    rtcio_timer_start(ice->timer, wait_s > 0 ? (uint32_t)wait_s * 1000 : 0);
}

static void line_up(asker *a)
{
    rtcio_ice *ice = a->ice;
    a->due_s = steady_s() + (ice->opt.ttl_s > 1 ? ice->opt.ttl_s / 2 : 1);
    a->prev = ice->last;
    *(ice->last != NULL ? &ice->last->next : &ice->first) = a;
    ice->last = a;
}

static void asker_free(void *data)
{
    asker *a = data;
    if (a->prev != NULL || a->next != NULL || a->ice->first == a)
        unlink_asker(a);
    free(a);
}

static char *answer(rtcio_ice *ice, rtcio_socket *socket, size_t *len)
{
    const char *user = ice->opt.user_of != NULL ? ice->opt.user_of(socket, ice->opt.user) : NULL;
    return rtcio_ice_json(&ice->opt, unix_s(), user, len);
}

/* Many may be due in one second: they take turns, so that nobody else waits for all of them. */
#define PUSHES_A_TURN 256

static void on_timer(rtcio_timer *timer, void *user)
{
    rtcio_ice *ice = user;
    int64_t now_s = steady_s();
    (void)timer;
    for (unsigned n = 0; n < PUSHES_A_TURN && ice->first != NULL && ice->first->due_s <= now_s;
         n++) {
        asker *a = ice->first;
        rtcio_socket *socket = a->socket;
        size_t len;
        unlink_asker(a);
        line_up(a);
        char *json = answer(ice, socket, &len);
        if (json == NULL)
            continue;
        const rtcio_slice arg = {json, len};
        const rtcio_message message = {.event = RTCIO_ICE_SERVERS, .args = &arg, .n_args = 1};
        if (rtcio_operator_emit_message(rtcio_op(socket), &message) >= 0)
            ice->stats.pushed++;
        free(json);
    }
    arm(ice);
}

static void on_ask(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_ice *ice = user;
    size_t len;
    if (!rtcio_event_wants_ack(ev)) {
        ice->stats.ignored++;
        return;
    }
    char *json = answer(ice, socket, &len);
    if (json == NULL)
        return;
    if (rtcio_reply_json(ev, (rtcio_slice){json, len}, NULL, 0) >= 0)
        ice->stats.asked++;
    free(json);
    /* Without credentials there is nothing to renew. */
    if (ice->opt.turn_hosts == NULL || !rtcio_socket_connected(socket))
        return;
    asker *a = rtcio_socket_data(socket, &attached);
    if (a != NULL) {
        unlink_asker(a);
    } else {
        if ((a = calloc(1, sizeof *a)) == NULL)
            return;
        a->ice = ice;
        a->socket = socket;
        if (rtcio_socket_set_data(socket, &attached, a, asker_free) != 0) {
            free(a);
            return;
        }
    }
    line_up(a);
    arm(ice);
}

static void on_disconnect(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev;
    (void)user;
    rtcio_socket_set_data(socket, &attached, NULL, NULL);
}

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static void options_free(rtcio_ice_options *opt)
{
    if (opt->secrets != NULL)
        explicit_bzero((char *)(uintptr_t)opt->secrets, strlen(opt->secrets));
    free((char *)(uintptr_t)opt->turn_hosts);
    free((char *)(uintptr_t)opt->secrets);
    free((char *)(uintptr_t)opt->stun_hosts);
}

int rtcio_ice_set_options(rtcio_ice *ice, const rtcio_ice_options *opt)
{
    int rc = rtcio_ice_options_check(opt, NULL, 0);
    if (rc != 0)
        return rc;
    rtcio_ice_options ours = *opt;
    ours.turn_hosts = copy(opt->turn_hosts);
    ours.secrets = copy(opt->secrets);
    ours.stun_hosts = copy(opt->stun_hosts);
    if ((opt->turn_hosts != NULL && ours.turn_hosts == NULL) ||
        (opt->secrets != NULL && ours.secrets == NULL) ||
        (opt->stun_hosts != NULL && ours.stun_hosts == NULL)) {
        options_free(&ours);
        return RTCIO_E_NO_MEMORY;
    }
    options_free(&ice->opt);
    ice->opt = ours;
    return 0;
}

static void ice_free(void *data)
{
    rtcio_ice *ice = data;
    rtcio_timer_destroy(ice->timer);
    options_free(&ice->opt);
    free(ice);
}

rtcio_ice *rtcio_ice_attach(rtcio_namespace *nsp, const rtcio_ice_options *opt)
{
    if (nsp == NULL || opt == NULL || rtcio_namespace_data(nsp, &attached) != NULL)
        return NULL;
    rtcio_ice *ice = calloc(1, sizeof *ice);
    if (ice == NULL)
        return NULL;
    ice->nsp = nsp;
    ice->timer = rtcio_timer_create(rtcio_namespace_server(nsp), on_timer, ice);
    if (ice->timer == NULL || rtcio_ice_set_options(ice, opt) != 0 ||
        rtcio_namespace_set_data(nsp, &attached, ice, ice_free) != 0) {
        ice_free(ice);
        return NULL;
    }
    /* From here on the namespace owns it. */
    if (rtcio_on(nsp, RTCIO_ASK_ICE, on_ask, ice) != 0 ||
        rtcio_on_disconnect(nsp, on_disconnect, ice) != 0)
        return NULL;
    return ice;
}

void rtcio_ice_get_stats(const rtcio_ice *ice, rtcio_ice_stats *stats)
{
    size_t size = stats->size < sizeof *stats ? stats->size : sizeof *stats;
    rtcio_ice_stats now = ice->stats;
    now.size = stats->size;
    memcpy(stats, &now, size);
}
