/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Rooms: their list, and the end of one. Who is in a room is in sockets.c. */

#include "gather.h"
#include "page.h"

#include <stdlib.h>
#include <string.h>

#define BUSY_MOST 1000 /* of each worker, when the order is that of members */

/* --- the list ----------------------------------------------------------------------------------
 */

struct list {
    char last[RTCIO__CALL_ARG_SIZE];
    size_t limit;
    bool by_members;
};

struct walk {
    const struct list *list;
    rtcio_namespace *nsp;
    rtcio__page *page;
};

static bool on_room(const char *room, void *user)
{
    struct walk *walk = user;
    const char *last = walk->list->last;

    /* Most names of a long list are behind the page: how many members they have, nobody asks. */
    if (!walk->list->by_members && !rtcio__page_wants(walk->page, last, room)) {
        walk->page->cut |= strcmp(room, last) > 0;
        return true;
    }
    rtcio__page_add(walk->page, last, room, rtcio_room_size(walk->nsp, room));
    return true;
}

static void visit_list(rtcio__control_worker *worker, const void *question, void *part)
{
    const struct list *list = question;
    rtcio__page *page = part;
    struct walk walk = {list, worker->nsp, page};

    page->by_number = list->by_members;
    page->most = list->by_members && list->limit < BUSY_MOST ? BUSY_MOST : list->limit;
    rtcio_namespace_each_room(worker->nsp, on_room, &walk);
}

static void add_all(rtcio__page *to, const rtcio__page *from)
{
    for (size_t i = 0; i < from->n; i++)
        rtcio__page_add(to, "", from->list[i].name, from->list[i].number);
    to->cut |= from->cut;
    to->failed |= from->failed;
}

static void done_list(rtcio__control_worker *worker, const rtcio__gather *gather,
                      rtcio_http_request *request)
{
    const struct list *list = rtcio__gather_question(gather);
    rtcio__page all = {0}, page = {.most = list->limit, .by_number = list->by_members};
    (void)worker;

    for (unsigned i = 0; i < rtcio__gather_count(gather); i++)
        all.most += ((rtcio__page *)rtcio__gather_part(gather, i))->n;
    for (unsigned i = 0; i < rtcio__gather_count(gather); i++)
        add_all(&all, rtcio__gather_part(gather, i));
    add_all(&page, &all);
    json_t *rooms = json_array();
    for (size_t i = 0; i < page.n; i++)
        json_array_append_new(rooms, json_pack("{s:s, s:I}", "room", page.list[i].name, "members",
                                               (json_int_t)page.list[i].number));
    json_t *answer = json_pack("{s:o}", "rooms", rooms);
    if (page.cut && page.n > 0 && !list->by_members)
        json_object_set_new(answer, "next", json_string(page.list[page.n - 1].name));
    if (page.failed) {
        json_decref(answer);
        answer = NULL;
    }
    rtcio__answer(request, 200, answer);
    rtcio__page_fini(&all);
    rtcio__page_fini(&page);
}

static void free_list(void *part)
{
    rtcio__page_fini(part);
}

void rtcio__control_list_rooms(rtcio__call *call)
{
    static const rtcio__gather_plan plan = {visit_list, done_list, free_list, NULL,
                                            sizeof(rtcio__page)};
    struct list list = {.limit = 0};
    uint64_t limit;
    char sort[16];

    if (!rtcio__call_number(call, "limit", 1, 1000, 100, &limit) ||
        !rtcio__call_text(call, "after", list.last, sizeof list.last) ||
        !rtcio__call_text(call, "sort", sort, sizeof sort))
        return;
    list.limit = (size_t)limit;
    list.by_members = strcmp(sort, "members") == 0;
    if (*sort != '\0' && strcmp(sort, "name") != 0 && !list.by_members)
        rtcio__answer_error(call->request, 400, "bad_parameter", "sort is by name or members");
    else if (list.by_members && *list.last != '\0')
        rtcio__answer_error(call->request, 400, "bad_parameter",
                            "sort=members has one page, without after");
    else
        rtcio__gather_start(call, &plan, &list, sizeof list);
}

/* --- taking sockets out of them ----------------------------------------------------------------
 */

struct removal {
    char room[RTCIO__CALL_ARG_SIZE];
    char id[RTCIO__CALL_ARG_SIZE]; /* "": everybody */
    char reason[256];
};

struct remover {
    rtcio__control_worker *worker;
    const struct removal *removal;
    size_t n;
};

static bool remove_one(rtcio_socket *socket, void *user)
{
    struct remover *remover = user;
    const struct removal *removal = remover->removal;

    if (rtcio_signaling_remove(remover->worker->attached.signaling, socket, removal->room,
                               removal->reason) == 0)
        remover->n++;
    return true;
}

static void visit_removal(rtcio__control_worker *worker, const void *question, void *part)
{
    const struct removal *removal = question;
    struct remover remover = {worker, removal, 0};

    if (removal->id[0] == '\0') {
        rtcio_room_each(worker->nsp, removal->room, remove_one, &remover);
    } else {
        rtcio_socket *socket = rtcio_namespace_socket(worker->nsp, removal->id);
        if (socket != NULL)
            remove_one(socket, &remover);
    }
    *(size_t *)part = remover.n;
}

static void done_removal(rtcio__control_worker *worker, const rtcio__gather *gather,
                         rtcio_http_request *request)
{
    const struct removal *removal = rtcio__gather_question(gather);
    size_t n = 0;
    (void)worker;

    for (unsigned i = 0; i < rtcio__gather_count(gather); i++)
        n += *(size_t *)rtcio__gather_part(gather, i);
    if (n > 0)
        rtcio__answer(request, 200, json_pack("{s:I}", "removed", (json_int_t)n));
    else if (removal->id[0] == '\0')
        rtcio__answer_error(request, 404, "no_such_room", "nobody is in this room");
    else
        rtcio__answer_error(request, 404, "not_a_member", "this socket is not in this room");
}

static void start_removal(rtcio__call *call, const char *id)
{
    static const rtcio__gather_plan plan = {visit_removal, done_removal, NULL, NULL,
                                            sizeof(size_t)};
    struct removal removal = {{0}, {0}, {0}};

    if (!rtcio__call_text(call, "reason", removal.reason, sizeof removal.reason))
        return;
    memcpy(removal.room, call->arg[0], sizeof removal.room);
    memcpy(removal.id, id, strlen(id) + 1);
    rtcio__gather_start(call, &plan, &removal, sizeof removal);
}

void rtcio__control_close_room(rtcio__call *call)
{
    start_removal(call, "");
}

void rtcio__control_kick(rtcio__call *call)
{
    start_removal(call, call->arg[1]);
}
