/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Sockets: their list, that of a room, and one of them. */

#include "gather.h"
#include "page.h"

#include <rtcio/auth.h>
#include <string.h>

/* --- one ----------------------------------------------------------------------------------------
 */

struct rooms {
    const char *id;
    json_t *list;
};

static bool add_room(const char *room, void *user)
{
    struct rooms *rooms = user;

    if (strcmp(room, rooms->id) != 0)
        json_array_append_new(rooms->list, json_string(room));
    return true;
}

/* What is told of a socket. NULL for want of memory. */
static json_t *describe(rtcio_socket *socket)
{
    struct rooms rooms = {rtcio_socket_id(socket), json_array()};
    const char *user = rtcio_auth_user(socket);

    rtcio_socket_each_room(socket, add_room, &rooms);
    return json_pack("{s:s, s:s, s:s, s:b, s:I, s:s?, s:o}", "id", rooms.id, "address",
                     rtcio_handshake_address(socket), "transport", rtcio_socket_transport(socket),
                     "secure", rtcio_handshake_secure(socket), "connected_ms",
                     (json_int_t)rtcio_handshake_issued_ms(socket), "user", user, "rooms",
                     rooms.list);
}

static void free_one(void *part)
{
    json_decref(*(json_t **)part);
}

static void visit_one(rtcio__control_worker *worker, const void *question, void *part)
{
    rtcio_socket *socket = rtcio_namespace_socket(worker->nsp, question);

    if (socket != NULL)
        *(json_t **)part = describe(socket);
}

static void done_one(rtcio__control_worker *worker, const rtcio__gather *gather,
                     rtcio_http_request *request)
{
    (void)worker;
    for (unsigned i = 0; i < rtcio__gather_count(gather); i++) {
        json_t *one = *(json_t **)rtcio__gather_part(gather, i);
        if (one == NULL)
            continue;
        rtcio__answer(request, 200, json_incref(one));
        return;
    }
    rtcio__answer_error(request, 404, "no_such_socket", "no socket has this id");
}

void rtcio__control_get_socket(rtcio__call *call)
{
    static const rtcio__gather_plan plan = {visit_one, done_one, free_one, NULL, sizeof(json_t *)};
    rtcio__gather_start(call, &plan, call->arg[0], strlen(call->arg[0]) + 1);
}

static void visit_disconnect(rtcio__control_worker *worker, const void *question, void *part)
{
    rtcio_socket *socket = rtcio_namespace_socket(worker->nsp, question);

    if (socket == NULL)
        return;
    *(json_t **)part = json_pack("{s:i}", "disconnected", 1);
    rtcio_socket_disconnect(socket, true);
}

void rtcio__control_disconnect(rtcio__call *call)
{
    static const rtcio__gather_plan plan = {visit_disconnect, done_one, free_one, NULL,
                                            sizeof(json_t *)};
    rtcio__gather_start(call, &plan, call->arg[0], strlen(call->arg[0]) + 1);
}

/* --- the list -----------------------------------------------------------------------------------
 */

struct list {
    char room[RTCIO__CALL_ARG_SIZE]; /* "": everybody */
    char last[64];
    size_t limit;
};

struct part {
    rtcio__page page;
    size_t n_all; /* without the page's bounds */
};

struct walk {
    const struct list *list;
    struct part *part;
};

static bool on_socket(rtcio_socket *socket, void *user)
{
    struct walk *walk = user;

    walk->part->n_all++;
    rtcio__page_add(&walk->part->page, walk->list->last, rtcio_socket_id(socket), 0);
    return true;
}

static void visit_list(rtcio__control_worker *worker, const void *question, void *user)
{
    const struct list *list = question;
    struct part *part = user;
    struct walk walk = {list, part};

    part->page.most = list->limit;
    if (list->room[0] != '\0')
        rtcio_room_each(worker->nsp, list->room, on_socket, &walk);
    else
        rtcio_namespace_each(worker->nsp, on_socket, &walk);
    for (size_t i = 0; i < part->page.n; i++)
        part->page.list[i].more =
            describe(rtcio_namespace_socket(worker->nsp, part->page.list[i].name));
}

static void free_list(void *user)
{
    struct part *part = user;

    for (size_t i = 0; i < part->page.n; i++)
        json_decref(part->page.list[i].more);
    rtcio__page_fini(&part->page);
}

/* The first of what is left of all parts. NULL: nothing is. */
static json_t *next_of(const rtcio__gather *gather, size_t *at, const char **id)
{
    rtcio__entry *first = NULL;
    unsigned from = 0;

    for (unsigned i = 0; i < rtcio__gather_count(gather); i++) {
        const struct part *part = rtcio__gather_part(gather, i);
        if (at[i] < part->page.n &&
            (first == NULL || strcmp(part->page.list[at[i]].name, first->name) < 0)) {
            first = &part->page.list[at[i]];
            from = i;
        }
    }
    if (first == NULL)
        return NULL;
    at[from]++;
    *id = first->name;
    return json_incref(first->more);
}

static void done_list(rtcio__control_worker *worker, const rtcio__gather *gather,
                      rtcio_http_request *request)
{
    const struct list *list = rtcio__gather_question(gather);
    size_t at[RTCIO_WORKERS_MAX] = {0}, n = 0, found = 0;
    const char *id = "";
    bool cut = false, failed = false;
    json_t *sockets = json_array();
    (void)worker;

    for (unsigned i = 0; i < rtcio__gather_count(gather); i++) {
        const struct part *part = rtcio__gather_part(gather, i);
        n += part->n_all;
        found += part->page.n;
        cut |= part->page.cut;
        failed |= part->page.failed;
    }
    if (n == 0 && list->room[0] != '\0') {
        json_decref(sockets);
        rtcio__answer_error(request, 404, "no_such_room", "nobody is in this room");
        return;
    }
    for (size_t i = 0; i < found && i < list->limit; i++)
        failed |= json_array_append_new(sockets, next_of(gather, at, &id)) != 0;
    json_t *answer = json_pack("{s:I, s:o}", list->room[0] != '\0' ? "members" : "n", (json_int_t)n,
                               "sockets", sockets);
    if (list->room[0] != '\0')
        json_object_set_new(answer, "room", json_string(list->room));
    if (cut || found > list->limit)
        json_object_set_new(answer, "next", json_string(id));
    if (failed) {
        json_decref(answer);
        answer = NULL;
    }
    rtcio__answer(request, 200, answer);
}

static void start_list(rtcio__call *call, const char *room)
{
    static const rtcio__gather_plan plan = {visit_list, done_list, free_list, NULL,
                                            sizeof(struct part)};
    struct list list = {.limit = 0};
    uint64_t limit;

    if (!rtcio__call_number(call, "limit", 1, 1000, 100, &limit) ||
        !rtcio__call_text(call, "after", list.last, sizeof list.last))
        return;
    memcpy(list.room, room, strlen(room) + 1);
    list.limit = (size_t)limit;
    rtcio__gather_start(call, &plan, &list, sizeof list);
}

void rtcio__control_list_sockets(rtcio__call *call)
{
    start_list(call, "");
}

void rtcio__control_get_room(rtcio__call *call)
{
    start_list(call, call->arg[0]);
}
