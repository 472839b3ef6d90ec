/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Dynamic namespaces (Socket.IO spec 7.1): parents that say which names they take, children that
 * come with their first client and may go with their last. */

#include "socketio/internal.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer names belong to nobody: matching must not cost more than the packet that asks for it. */
#define MAX_CHILD_NAME 1024

struct rtcio__parent {
    struct rtcio__parent *next; /* in the order of registration */
    rtcio_namespace *nsp;
    rtcio_match_fn fn; /* NULL: the pattern decides */
    void *user;
    regex_t pattern;
};

/* A CONNECT to a name that is not there, while the parents are being asked. */
struct rtcio_match {
    struct rtcio__list link;   /* in server.matches */
    struct rtcio__timer timer; /* nobody decides */
    rtcio_server *server;
    struct rtcio__parent *parent;    /* who is asked; NULL: the asking is over */
    char sid[RTCIO_MAX_SID_LEN + 1]; /* not a pointer: the session may end meanwhile */
    size_t name_len, auth_len;
    char text[]; /* the name and its NUL, then the auth */
};

static struct rtcio__parent *add_parent(rtcio_server *server)
{
    struct rtcio__parent **at = &server->parents, *parent = calloc(1, sizeof *parent);
    unsigned n = 0;
    char name[24];

    if (parent == NULL)
        return NULL;
    for (; *at != NULL; at = &(*at)->next)
        n++;
    snprintf(name, sizeof name, "/_%u", n);
    parent->nsp = rtcio__namespace_create(server, name, strlen(name));
    if (parent->nsp == NULL) {
        free(parent);
        return NULL;
    }
    parent->nsp->is_parent = true;
    *at = parent;
    return parent;
}

rtcio_namespace *rtcio_of_match(rtcio_server *server, rtcio_match_fn fn, void *user)
{
    struct rtcio__parent *parent = server != NULL && fn != NULL ? add_parent(server) : NULL;

    if (parent == NULL)
        return NULL;
    parent->fn = fn;
    parent->user = user;
    return parent->nsp;
}

rtcio_namespace *rtcio_of_pattern(rtcio_server *server, const char *pattern)
{
    regex_t compiled;

    if (server == NULL || pattern == NULL ||
        regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return NULL;
    struct rtcio__parent *parent = add_parent(server);
    if (parent == NULL) {
        regfree(&compiled);
        return NULL;
    }
    parent->pattern = compiled;
    return parent->nsp;
}

void rtcio__parents_free(rtcio_server *server)
{
    while (server->parents != NULL) {
        struct rtcio__parent *parent = server->parents;
        server->parents = parent->next;
        if (parent->fn == NULL)
            regfree(&parent->pattern);
        rtcio__namespace_free(parent->nsp);
        free(parent);
    }
}

static bool pattern_takes(const struct rtcio__parent *parent, const char *name)
{
    return parent->fn == NULL && regexec(&parent->pattern, name, 0, NULL, 0) == 0;
}

rtcio_namespace *rtcio__parent_of_name(const rtcio_server *server, const char *name)
{
    for (const struct rtcio__parent *p = server->parents; p != NULL; p = p->next)
        if (strlen(name) <= MAX_CHILD_NAME && pattern_takes(p, name))
            return p->nsp;
    return NULL;
}

rtcio_namespace *rtcio__parent_find(const rtcio_server *server, const char *name)
{
    for (const struct rtcio__parent *p = server->parents; p != NULL; p = p->next)
        if (strcmp(p->nsp->name, name) == 0)
            return p->nsp;
    return NULL;
}

size_t rtcio__children(const rtcio_namespace *parent, rtcio_namespace ***list)
{
    const struct rtcio__hash *all = &parent->server->namespaces;
    struct rtcio__hash_node *node = NULL;
    size_t n = 0;

    *list = malloc((all->n_nodes + 1) * sizeof(rtcio_namespace *));
    while (*list != NULL && (node = rtcio__hash_next(all, node)) != NULL) {
        rtcio_namespace *nsp = rtcio__container_of(node, rtcio_namespace, node);
        if (nsp->parent == parent)
            (*list)[n++] = nsp;
    }
    return n;
}

/* Matching */

static void free_match(struct rtcio_match *match)
{
    rtcio__timer_stop(&match->server->engine.loop.timers, &match->timer);
    rtcio__list_remove(&match->link);
    free(match);
}

void rtcio__matches_free(rtcio_server *server)
{
    while (!rtcio__list_empty(&server->matches))
        free_match(rtcio__container_of(server->matches.next, struct rtcio_match, link));
}

/* The session that asked, NULL when it is over. */
static struct rtcio__session *session_of(const struct rtcio_match *match)
{
    struct rtcio__session *s =
        rtcio__session_find(&match->server->engine, match->sid, strlen(match->sid));
    return s != NULL && s->state == RTCIO__SESSION_OPEN ? s : NULL;
}

bool rtcio__matching(const rtcio_server *server, const struct rtcio__session *s)
{
    const struct rtcio__list *link = server->matches.next;

    for (; link != &server->matches; link = link->next)
        if (strcmp(rtcio__container_of(link, struct rtcio_match, link)->sid,
                   rtcio__session_sid(s)) == 0)
            return true;
    return false;
}

static struct rtcio__sio_packet packet_of(const struct rtcio_match *match)
{
    return (struct rtcio__sio_packet){
        .type = RTCIO__SIO_CONNECT,
        .nsp = match->text,
        .nsp_len = match->name_len,
        .data = match->auth_len > 0 ? match->text + match->name_len + 1 : NULL,
        .data_len = match->auth_len,
    };
}

/* Somebody takes the name, or (NULL) nobody does. */
static void settle(struct rtcio_match *match, rtcio_namespace *parent)
{
    rtcio_server *server = match->server;
    struct rtcio__session *s = session_of(match);
    struct rtcio__sio_packet packet = packet_of(match);
    /* "If the name was created meanwhile, the existing one is used." */
    rtcio_namespace *nsp = rtcio__namespace_find(server, match->text, match->name_len);

    if (nsp == NULL && parent != NULL && s != NULL)
        nsp = rtcio__namespace_add(server, match->text, match->name_len, parent);
    if (nsp != NULL && s != NULL && s->state == RTCIO__SESSION_OPEN)
        rtcio__connect_to(s, nsp, &packet);
    else if (s != NULL)
        rtcio__connect_refuse(s, packet.nsp, packet.nsp_len, "Invalid namespace");
    free_match(match);
}

/* Asks from `parent` on. A function that answers later goes on from rtcio_match_answer(). */
static void ask(struct rtcio_match *match, struct rtcio__parent *parent)
{
    for (; parent != NULL; parent = parent->next) {
        if (parent->fn != NULL) {
            match->parent = parent;
            parent->fn(match->text, rtcio_match_auth(match), match, parent->user);
            return;
        }
        if (pattern_takes(parent, match->text)) {
            settle(match, parent->nsp);
            return;
        }
    }
    settle(match, NULL);
}

rtcio_slice rtcio_match_auth(const rtcio_match *match)
{
    return match->auth_len > 0 ? (rtcio_slice){match->text + match->name_len + 1, match->auth_len}
                               : (rtcio_slice){"{}", 2};
}

void rtcio_match_answer(rtcio_match *match, bool allow)
{
    struct rtcio__parent *parent = match->parent;

    if (parent == NULL || session_of(match) == NULL)
        free_match(match);
    else if (allow)
        settle(match, parent->nsp);
    else
        ask(match, parent->next);
}

static void on_undecided(struct rtcio__timer *timer)
{
    struct rtcio_match *match = rtcio__container_of(timer, struct rtcio_match, timer);
    struct rtcio__session *s = session_of(match);

    match->parent = NULL; /* the handle is still the caller's */
    if (s != NULL)
        rtcio__connect_refuse(s, match->text, match->name_len, "connect timeout");
}

void rtcio__match(struct rtcio__session *s, const struct rtcio__sio_packet *packet)
{
    rtcio_server *server = rtcio__server_of(s);
    struct rtcio_match *match = NULL;

    if (server->parents == NULL || packet->nsp_len > MAX_CHILD_NAME ||
        memchr(packet->nsp, '\0', packet->nsp_len) != NULL) {
        rtcio__connect_refuse(s, packet->nsp, packet->nsp_len, "Invalid namespace");
        return;
    }
    match = calloc(1, sizeof *match + packet->nsp_len + 1 + packet->data_len);
    if (match == NULL) {
        rtcio__client_close(s);
        return;
    }
    match->server = server;
    memcpy(match->sid, rtcio__session_sid(s), strlen(rtcio__session_sid(s)) + 1);
    match->name_len = packet->nsp_len;
    match->auth_len = packet->data_len;
    memcpy(match->text, packet->nsp, packet->nsp_len);
    if (packet->data_len > 0)
        memcpy(match->text + packet->nsp_len + 1, packet->data, packet->data_len);
    rtcio__timer_init(&match->timer, on_undecided);
    rtcio__timer_set(&server->engine.loop.timers, &match->timer,
                     rtcio__loop_now(&server->engine.loop) + s->engine->opt.connect_timeout_ms);
    rtcio__list_init(&match->link);
    rtcio__list_append(&server->matches, &match->link);
    ask(match, server->parents);
}
