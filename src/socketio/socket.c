/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A socket's facts, and its end (Socket.IO spec 6). */

#include "engine/rate.h"
#include "socketio/recovery.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

const char *rtcio_socket_id(const rtcio_socket *socket)
{
    return socket->id;
}

rtcio_namespace *rtcio_socket_namespace(const rtcio_socket *socket)
{
    return socket->nsp;
}

rtcio_server *rtcio_socket_server(const rtcio_socket *socket)
{
    return socket->nsp->server;
}

bool rtcio_socket_connected(const rtcio_socket *socket)
{
    return socket->state == RTCIO__SOCKET_CONNECTED;
}

void rtcio_socket_client_id(const rtcio_socket *socket, char out[RTCIO_CLIENT_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    const char *sid = rtcio__session_sid(socket->session);
    unsigned char hash[EVP_MAX_MD_SIZE] = {0};

    EVP_Digest(sid, strlen(sid), hash, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < RTCIO_CLIENT_ID_SIZE - 1; i++)
        out[i] = digits[hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    out[RTCIO_CLIENT_ID_SIZE - 1] = '\0';
}

const char *rtcio_socket_transport(const rtcio_socket *socket)
{
    return rtcio__session_transport(socket->session);
}

int rtcio_socket_set_data(rtcio_socket *socket, const void *key, void *data,
                          void (*free_fn)(void *data))
{
    return rtcio__data_set(socket->nsp->server, &socket->data, key, data, free_fn);
}

void *rtcio_socket_data(const rtcio_socket *socket, const void *key)
{
    return rtcio__data_get(socket->data, key);
}

void rtcio__auth_free(rtcio_socket *socket)
{
    if (socket->auth == NULL)
        return;
    json_decref(socket->auth->tree);
    free(socket->auth);
    socket->auth = NULL;
}

void rtcio__socket_free_memory(rtcio_server *server, rtcio_socket *socket)
{
    if (socket->id_len > RTCIO__ID_LEN)
        free(socket);
    else
        rtcio__pool_free(&server->socket_pool, socket);
}

static void free_socket(struct rtcio__corpse *corpse)
{
    rtcio_socket *socket = rtcio__container_of(corpse, rtcio_socket, corpse);
    rtcio_server *server = socket->nsp->server;

    rtcio__data_free(server, &socket->data);
    rtcio__auth_free(socket);
    rtcio__namespace_release(socket->nsp);
    rtcio__socket_free_memory(server, socket);
}

/* Takes the socket out of its session and to the grave. */
static void bury(rtcio_socket *socket)
{
    struct rtcio__client *client = rtcio__client_of(socket->session);
    rtcio_socket **at = &client->sockets;

    while (*at != socket)
        at = &(*at)->next;
    *at = socket->next;
    rtcio__loop_bury(&socket->nsp->server->engine.loop, &socket->corpse, free_socket);
}

void rtcio__socket_abandon(rtcio_socket *socket)
{
    socket->state = RTCIO__SOCKET_GONE;
    rtcio__rooms_leave_all(socket);
    if (socket->deciding != NULL)
        rtcio__next_detach(socket->deciding);
    rtcio__waits_drop(socket);
    if (socket->resume != NULL)
        rtcio__resume_let_go(socket);
    bury(socket);
}

void rtcio__socket_close(rtcio_socket *socket, const char *reason)
{
    rtcio_namespace *nsp = socket->nsp;

    if (socket->state != RTCIO__SOCKET_CONNECTED || socket->closing)
        return;
    /* The order of spec 6.2. A handler that disconnects the socket once more changes nothing. */
    socket->closing = true;
    rtcio__tell(socket, RTCIO__ON_DISCONNECTING, "disconnecting", reason);
    if (socket->resume != NULL)
        rtcio__resume_keep(socket, reason);
    rtcio__rooms_leave_all(socket);
    rtcio__hash_remove(&nsp->sockets, &socket->node);
    rtcio__counter_sub(&nsp->server->n_sockets, 1);
    socket->state = RTCIO__SOCKET_GONE;
    rtcio__tell(socket, RTCIO__ON_DISCONNECT, "disconnect", reason);
    rtcio__waits_drop(socket);
    if (socket->resume != NULL)
        rtcio__resume_let_go(socket);
    bury(socket);
}

static rtcio_socket *first_connected(const struct rtcio__client *client)
{
    rtcio_socket *socket = client->sockets;

    while (socket != NULL && (socket->state != RTCIO__SOCKET_CONNECTED || socket->closing))
        socket = socket->next;
    return socket;
}

static void disconnect(rtcio_socket *socket)
{
    rtcio__packet_send_json(socket->session, RTCIO__SIO_DISCONNECT, socket->nsp->name,
                            socket->nsp->name_len, NULL, 0);
    rtcio__socket_close(socket, "server namespace disconnect");
}

void rtcio_socket_hold(rtcio_socket *socket, uint32_t ms, uint32_t per_s, const char *what)
{
    if (socket->state == RTCIO__SOCKET_CONNECTED && !socket->closing && ms > 0)
        rtcio__rate_hold(socket->session, ms, RTCIO_LIMIT_HELD, per_s, what);
}

void rtcio_socket_disconnect(rtcio_socket *socket, bool close)
{
    struct rtcio__session *s = socket->session;

    if (socket->state != RTCIO__SOCKET_CONNECTED || socket->closing)
        return;
    disconnect(socket);
    if (!close)
        return;
    /* Every namespace of the client is told and left, then the session goes (spec 6.1). */
    while ((socket = first_connected(rtcio__client_of(s))) != NULL)
        disconnect(socket);
    rtcio__client_close(s);
}

void rtcio_socket_send_away(rtcio_socket *socket)
{
    struct rtcio__session *s = socket->session;

    if (socket->state != RTCIO__SOCKET_CONNECTED || socket->closing)
        return;
    while ((socket = first_connected(rtcio__client_of(s))) != NULL)
        rtcio__socket_close(socket, "server shutting down");
    rtcio__client_close(s);
}
