/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What every namespace of the interop test server does for its clients, except sending to several:
 * the echoes of the official protocol suites, rooms, kept acknowledgements, and the report of each
 * socket's life, on stdout and to the room "observers". */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

static const char names_slot, value_slot; /* their addresses name the slots */

struct kept {
    struct kept *next;
    rtcio_server *server; /* whose acknowledgement it is */
    rtcio_ack *ack;
    char name[32];
};

static struct kept *kept;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of `kept` */

static void free_json(void *value)
{
    json_decref(value);
}

/* --- echoes ----------------------------------------------------------------------------------- */

static size_t attachments_of(const rtcio_event *ev, rtcio_slice out[10])
{
    size_t n = rtcio_event_attachments(ev);
    for (size_t i = 0; i < n && i < 10; i++)
        out[i] = rtcio_event_attachment(ev, i);
    return n < 10 ? n : 10;
}

static void on_message(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    rtcio_slice blobs[10], args = rtcio_event_args(ev);
    rtcio_emit_message(socket, &((rtcio_message){.event = "message-back",
                                                 .args = &args,
                                                 .n_args = 1,
                                                 .attachments = blobs,
                                                 .n_attachments = attachments_of(ev, blobs)}));
}

static void on_message_with_ack(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)socket, (void)user;
    rtcio_slice blobs[10];
    size_t n = attachments_of(ev, blobs);
    rtcio_reply_json(ev, rtcio_event_args(ev), blobs, n);
}

/* Answers with one value, if an answer is wanted at all. Takes `value`. */
static void reply_with(const rtcio_event *ev, json_t *value)
{
    rtcio_reply(ev, "O", value);
    json_decref(value);
}

/* --- rooms ------------------------------------------------------------------------------------ */

static void on_join(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *room;
    if (rtcio_event_unpack(ev, "s", &room) == 0)
        rtcio_socket_join(socket, room);
    rtcio_reply(ev, NULL);
}

static void on_leave(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *room;
    if (rtcio_event_unpack(ev, "s", &room) == 0)
        rtcio_socket_leave(socket, room);
    rtcio_reply(ev, NULL);
}

static bool add_room(const char *room, void *list)
{
    json_array_append_new(list, json_string(room));
    return true;
}

static json_t *rooms_of(rtcio_socket *socket)
{
    json_t *list = json_array();
    rtcio_socket_each_room(socket, add_room, list);
    return list;
}

static void on_rooms(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    reply_with(ev, rooms_of(socket));
}

static bool add_member(rtcio_socket *socket, void *list)
{
    json_array_append_new(list, json_string(rtcio_socket_id(socket)));
    return true;
}

static void tell_members(int status, const rtcio_remote_sockets *sockets, void *ack)
{
    json_t *list = json_array();
    for (size_t i = 0; status == 0 && i < rtcio_remote_sockets_count(sockets); i++) {
        const rtcio_remote_socket *socket = rtcio_remote_sockets_at(sockets, i);
        json_array_append_new(list, json_string(rtcio_remote_socket_id(socket)));
    }
    rtcio_ack_reply(ack, "O", list);
    json_decref(list);
}

static void on_members(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *room = "";
    rtcio_event_unpack(ev, "s", &room);
    rtcio_namespace *nsp = rtcio_socket_namespace(socket);
    /* Alone, a server has them in the order in which they joined. */
    rtcio_workers *workers = rtcio_server_workers(rtcio_socket_server(socket));
    if (workers && rtcio_workers_count(workers) > 1) {
        rtcio_ack *ack = rtcio_event_take_ack(ev);
        if (ack)
            rtcio_fetch_sockets(rtcio_rooms_only(rtcio_in(nsp, room)), tell_members, ack);
        return;
    }
    json_t *list = json_array();
    rtcio_room_each(nsp, room, add_member, list);
    reply_with(ev, list);
}

static void on_observe(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    rtcio_socket_join(socket, "observers");
    rtcio_reply(ev, NULL);
}

/* --- who and what ----------------------------------------------------------------------------- */

static void on_any(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    json_t *names = rtcio_socket_data(socket, &names_slot);
    json_array_append_new(names, json_string(rtcio_event_name(ev)));
}

static void on_names(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    rtcio_reply(ev, "O", (json_t *)rtcio_socket_data(socket, &names_slot));
}

static void on_hold(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    int ms;
    (void)user;
    if (rtcio_event_unpack(ev, "i", &ms) == 0)
        rtcio_socket_hold(socket, (uint32_t)ms, 7, "holds");
}

static void on_whoami(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    json_t *me = json_pack(
        "{s:s, s:b, s:b, s:s, s:s, s:s, s:b, s:b, s:I}", "id", rtcio_socket_id(socket), "connected",
        rtcio_socket_connected(socket), "recovered", rtcio_socket_recovered(socket), "failure",
        rtcio_socket_recovery_failure(socket), "transport", rtcio_socket_transport(socket),
        "address", rtcio_handshake_address(socket), "xdomain", rtcio_handshake_xdomain(socket),
        "secure", rtcio_handshake_secure(socket), "issued",
        (json_int_t)rtcio_handshake_issued_ms(socket));
    rtcio_slice url = rtcio_handshake_url(socket);
    if (url.data)
        json_object_set_new(me, "url", slice_json(url));
    rtcio_slice header = rtcio_handshake_header(socket, "X-Test");
    if (header.data)
        json_object_set_new(me, "header", slice_json(header));
    char k[64];
    if (rtcio_handshake_query(socket, "k", k, sizeof(k)) >= 0)
        json_object_set_new(me, "k", json_string(k));
    rtcio_slice auth = rtcio_handshake_auth(socket);
    if (auth.data)
        json_object_set_new(me, "auth", json_loadb(auth.data, auth.len, 0, NULL));
    reply_with(ev, me);
}

static void on_remember(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    json_t *value = json_array_get(rtcio_event_json(ev), 0);
    rtcio_socket_set_data(socket, &value_slot, json_incref(value), free_json);
    rtcio_reply(ev, NULL);
}

static void on_recall(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    json_t *value = rtcio_socket_data(socket, &value_slot);
    rtcio_reply(ev, "O", value ? value : json_null());
}

static void on_kick_me(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    int close = 0;
    rtcio_event_unpack(ev, "b", &close);
    rtcio_socket_disconnect(socket, close != 0);
}

static void on_decide(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    int accept = 0;
    rtcio_event_unpack(ev, "b", &accept);
    everywhere(rtcio_socket_server(socket), guarded_decide, accept ? "yes" : NULL);
    rtcio_reply(ev, NULL);
}

/* --- kept acknowledgements -------------------------------------------------------------------- */

/* NULL: none has this name; "" is every name. */
static struct kept *take_kept(const char *name)
{
    struct kept *found = NULL;
    pthread_mutex_lock(&lock);
    for (struct kept **at = &kept; *at && !found; at = &(*at)->next) {
        if (*name != '\0' && strcmp((*at)->name, name) != 0)
            continue;
        found = *at;
        *at = found->next;
        if (!*at)
            break;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static void on_keep(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *name;
    rtcio_ack *ack = rtcio_event_take_ack(ev);
    if (!ack || rtcio_event_unpack(ev, "s", &name) != 0) {
        rtcio_ack_discard(ack);
        return;
    }
    struct kept *item = calloc(1, sizeof(*item));
    if (!item)
        abort();
    strncpy(item->name, name, sizeof(item->name) - 1);
    item->server = rtcio_socket_server(socket);
    item->ack = ack;
    pthread_mutex_lock(&lock);
    item->next = kept;
    kept = item;
    pthread_mutex_unlock(&lock);
}

/* A kept acknowledgement is given where it was taken. */
struct release {
    rtcio_ack *ack;
    char id[ID_SIZE]; /* of who releases it */
    char value[];
};

static void release(rtcio_server *server, void *arg)
{
    struct release *r = arg;
    (void)server;
    rtcio_socket *asker = rtcio_ack_socket(r->ack);
    int status = rtcio_ack_reply_json(r->ack, (rtcio_slice){r->value, strlen(r->value)}, NULL, 0);
    note(json_pack("{s:s, s:s, s:b, s:s}", "note", "released", "id", r->id, "asker", asker != NULL,
                   "status", status < 0 ? rtcio_errname(status) : "ok"));
    free(r);
}

static void on_release(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *name;
    if (rtcio_event_unpack(ev, "s", &name) != 0)
        return;
    struct kept *item = take_kept(name);
    if (!item)
        return;
    rtcio_slice value = rtcio_event_arg(ev, 1);
    struct release *r = calloc(1, sizeof(*r) + value.len + 1);
    if (!r)
        abort();
    r->ack = item->ack;
    strncpy(r->id, rtcio_socket_id(socket), sizeof(r->id) - 1);
    if (value.len > 0)
        memcpy(r->value, value.data, value.len);
    if (item->server == rtcio_socket_server(socket))
        release(item->server, r);
    else if (rtcio_server_post_take(item->server, release, free, r) != 0)
        abort();
    free(item);
}

static void forget(rtcio_server *server, void *item)
{
    (void)server;
    rtcio_ack_discard(((struct kept *)item)->ack);
    free(item);
}

static void on_forget(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *name;
    struct kept *item = rtcio_event_unpack(ev, "s", &name) == 0 ? take_kept(name) : NULL;
    if (!item)
        return;
    if (item->server == rtcio_socket_server(socket))
        forget(item->server, item);
    else if (rtcio_server_post_take(item->server, forget, free, item) != 0)
        abort();
}

void commands_finish(void)
{
    for (struct kept *item; (item = take_kept("")) != NULL;)
        forget(item->server, item);
}

/* --- life ------------------------------------------------------------------------------------- */

static void on_connection(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev, (void)user;
    const char *nsp = rtcio_namespace_name(rtcio_socket_namespace(socket));
    note(json_pack("{s:s, s:s, s:s}", "note", "connection", "nsp", nsp, "id",
                   rtcio_socket_id(socket)));
    rtcio_socket_set_data(socket, &names_slot, json_array(), free_json);
    if (strcmp(nsp, "/") != 0 && strcmp(nsp, "/custom") != 0)
        return;
    rtcio_slice auth = rtcio_handshake_auth(socket);
    rtcio_emit_message(socket, &((rtcio_message){.event = "auth", .args = &auth, .n_args = 1}));
}

/* `user` is the phase. */
static void on_gone(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    const char *phase = user;
    rtcio_namespace *nsp = rtcio_socket_namespace(socket);
    json_t *rooms = rooms_of(socket);
    rtcio_emit(rtcio_to(rtcio_socket_server(socket), "observers"), "gone",
               "{s:s, s:s, s:s, s:s, s:O}", "phase", phase, "nsp", rtcio_namespace_name(nsp), "id",
               rtcio_socket_id(socket), "reason", rtcio_event_reason(ev), "rooms", rooms);
    note(json_pack("{s:s, s:s, s:s, s:s, s:o}", "note", phase, "nsp", rtcio_namespace_name(nsp),
                   "id", rtcio_socket_id(socket), "reason", rtcio_event_reason(ev), "rooms",
                   rooms));
}

static void on_error(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    note(json_pack("{s:s, s:s, s:s}", "note", "error", "id", rtcio_socket_id(socket), "reason",
                   rtcio_event_reason(ev)));
}

void commands_install(rtcio_namespace *nsp)
{
    rtcio_on_connection(nsp, on_connection, NULL);
    rtcio_on_disconnecting(nsp, on_gone, "disconnecting");
    rtcio_on_disconnect(nsp, on_gone, "disconnect");
    rtcio_on_error(nsp, on_error, NULL);
    rtcio_on_any(nsp, on_any, NULL);
    static const struct {
        const char *event;
        rtcio_event_fn fn;
    } table[] = {
        {"message", on_message},   {"message-with-ack", on_message_with_ack},
        {"join", on_join},         {"leave", on_leave},
        {"rooms", on_rooms},       {"members", on_members},
        {"observe", on_observe},   {"names", on_names},
        {"remember", on_remember}, {"recall", on_recall},
        {"whoami", on_whoami},     {"kick-me", on_kick_me},
        {"decide", on_decide},     {"keep", on_keep},
        {"release", on_release},   {"forget", on_forget},
        {"hold", on_hold},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        rtcio_on(nsp, table[i].event, table[i].fn, NULL);
}
