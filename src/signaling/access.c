/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Requests to come in that wait for the program's decision (rtcio/access.h). A handle has two
 * holders, us and who is to answer, and is freed by the later one: the client, the time or the
 * server may go first. What is decided without asking is in join.c. */

#include "signaling/join.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* Of one socket; more are refused as too many requests. */
#define WAITING_MAX 16

#define MESSAGE_MAX 200

struct rtcio_access {
    unsigned n_holders;       /* atomic */
    rtcio_access *next, **at; /* among those of the socket that wait; `at` NULL: no longer */
    struct waiting *list;     /* what they hang in */
    rtcio_server *server;
    rtcio_signaling *s;
    rtcio_socket *socket;
    rtcio_timer *timer;
    rtcio__signaling_request r; /* its slices lie behind the struct */
};

/* A socket's; in its data, from the first one on. */
typedef struct waiting {
    rtcio_access *first;
    unsigned n;
} waiting;

static const char key = 0; /* its address names the slot */

static void release(rtcio_access *access)
{
    if (__atomic_sub_fetch(&access->n_holders, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    OPENSSL_cleanse(access->r.secret, sizeof access->r.secret);
    free(access);
}

/* It waits no longer. The answer is still due, and will have no effect. */
static void stop_waiting(rtcio_access *access)
{
    if (access->at == NULL)
        return;
    *access->at = access->next;
    if (access->next != NULL)
        access->next->at = access->at;
    access->at = NULL;
    access->list->n--;
    rtcio_timer_destroy(access->timer);
    release(access);
}

static void waiting_free(void *data)
{
    waiting *list = data;
    while (list->first != NULL)
        stop_waiting(list->first);
    free(list);
}

static waiting *waiting_of(rtcio_socket *socket)
{
    waiting *list = rtcio_socket_data(socket, &key);
    if (list != NULL)
        return list;
    list = calloc(1, sizeof *list);
    if (list != NULL && rtcio_socket_set_data(socket, &key, list, waiting_free) != 0) {
        free(list);
        return NULL;
    }
    return list;
}

void rtcio__signaling_access_cancel(rtcio_socket *socket, const char *room)
{
    const waiting *list = rtcio_socket_data(socket, &key);
    rtcio_access *next;
    for (rtcio_access *access = list != NULL ? list->first : NULL; access != NULL; access = next) {
        next = access->next;
        if (room == NULL || strcmp(access->r.room, room) == 0)
            stop_waiting(access);
    }
}

static void on_timer(rtcio_timer *timer, void *user)
{
    rtcio_access *access = user;
    (void)timer;
    /* What it is told may cut the client off, and us with it. */
    __atomic_add_fetch(&access->n_holders, 1, __ATOMIC_RELAXED);
    rtcio_signaling *s = access->s;
    rtcio_socket *socket = access->socket;
    stop_waiting(access);
    rtcio__signaling_count(&s->stats.access_expired);
    rtcio__signaling_refuse_for(&access->r, "join-failed",
                                "it could not be found out in time whether you may join this room, "
                                "try again");
    rtcio__signaling_refuse(s, socket, &access->r);
    release(access);
}

static rtcio_slice copy_behind(char **to, rtcio_slice from)
{
    if (from.len == 0)
        return (rtcio_slice){NULL, 0};
    rtcio_slice copy = {memcpy(*to, from.data, from.len), from.len};
    *to += from.len;
    return copy;
}

static rtcio_access *access_create(rtcio_signaling *s, rtcio_socket *socket,
                                   const rtcio__signaling_request *r)
{
    rtcio_access *access = malloc(sizeof *access + r->room_json.len + r->name_json.len);
    if (access == NULL)
        return NULL;
    *access =
        (rtcio_access){.n_holders = 2, .server = s->server, .s = s, .socket = socket, .r = *r};
    access->timer = rtcio_timer_create(s->server, on_timer, access);
    if (access->timer == NULL) {
        free(access);
        return NULL;
    }
    char *behind = (char *)(access + 1);
    access->r.room_json = copy_behind(&behind, r->room_json);
    access->r.name_json = copy_behind(&behind, r->name_json);
    if (r->password.len > 0) /* it lies in the request itself */
        access->r.password.data = access->r.secret + (r->password.data - r->secret);
    return access;
}

bool rtcio__signaling_access_ask(rtcio_signaling *s, rtcio_socket *socket,
                                 rtcio__signaling_request *r)
{
    waiting *list = waiting_of(socket);
    if (list != NULL && list->n >= WAITING_MAX) {
        r->counter = &s->stats.refused_rate;
        return rtcio__signaling_refuse_for(r, "rate-limited",
                                           "too many requests, try again in a few seconds");
    }
    rtcio_access *access = list != NULL ? access_create(s, socket, r) : NULL;
    if (access == NULL)
        return rtcio__signaling_refuse_for(r, "join-failed",
                                           "the server cannot take you in right now");
    access->list = list;
    access->next = list->first;
    access->at = &list->first;
    if (access->next != NULL)
        access->next->at = &access->next;
    list->first = access;
    list->n++;
    rtcio_timer_start(access->timer, s->opt.access_timeout_ms);
    rtcio__signaling_count(&s->stats.access_asked);
    s->opt.on_access(access, s->opt.on_access_user);
    return true;
}

/* --- the program's side ----------------------------------------------------------------------- */

const char *rtcio_access_room(const rtcio_access *access)
{
    return access->r.room;
}

rtcio_server *rtcio_access_server(const rtcio_access *access)
{
    return access->server;
}

const char *rtcio_access_event(const rtcio_access *access)
{
    return access->r.event;
}

rtcio_socket *rtcio_access_socket(const rtcio_access *access)
{
    return access->at != NULL ? access->socket : NULL;
}

void rtcio_access_allow(rtcio_access *access)
{
    if (access->at != NULL) {
        rtcio_signaling *s = access->s;
        rtcio_socket *socket = access->socket;
        stop_waiting(access);
        rtcio__signaling_go_on(s, socket, &access->r);
    }
    release(access);
}

static bool is_reason(const char *reason)
{
    size_t len = reason != NULL ? strlen(reason) : 0;
    return len > 0 && len <= 32 && strspn(reason, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* As JSON between quotes, to be freed; NULL: there is none that could be sent. */
static char *escaped(const char *message)
{
    if (message == NULL || *message == '\0' || strlen(message) > MESSAGE_MAX)
        return NULL;
    json_t *value = json_string(message); /* NULL for what is not UTF-8 */
    char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    if (text != NULL) {
        size_t len = strlen(text) - 2;
        memmove(text, text + 1, len);
        text[len] = '\0';
    }
    return text;
}

void rtcio_access_refuse(rtcio_access *access, const char *reason, const char *message)
{
    if (access->at != NULL) {
        rtcio_signaling *s = access->s;
        rtcio_socket *socket = access->socket;
        char *text = escaped(message);
        const char *why = is_reason(reason) ? reason : "forbidden";
        stop_waiting(access);
        /* `join-failed` says that nobody has decided. */
        if (strcmp(why, "join-failed") != 0)
            access->r.counter = &s->stats.refused_forbidden;
        rtcio__signaling_refuse_for(&access->r, why,
                                    text != NULL ? text : "you may not join this room");
        rtcio__signaling_refuse(s, socket, &access->r);
        free(text);
    }
    release(access);
}

void rtcio_access_discard(rtcio_access *access)
{
    if (access != NULL)
        release(access);
}
