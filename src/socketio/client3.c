/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What is different for clients of Engine.IO 3, those of socket.io 1 and 2 (Socket.IO spec 1.14):
 * they are in "/" at once, make their ids themselves, and say in the namespace's query what others
 * say as auth. */

#include "base/ascii.h"
#include "base/buf.h"
#include "socketio/internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void rtcio__client3_opened(struct rtcio__session *s)
{
    const struct rtcio__sio_packet packet = {.type = RTCIO__SIO_CONNECT, .nsp = "/", .nsp_len = 1};

    if (s->state == RTCIO__SESSION_OPEN)
        rtcio__connect(s, &packet);
}

/* Undoes the encoding of a URL's query; out has room for len bytes. Returns the length. */
static size_t decode(char *out, const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        int high = i + 2 < len && text[i] == '%' ? rtcio__ascii_hex(text[i + 1]) : -1;
        int low = high >= 0 ? rtcio__ascii_hex(text[i + 2]) : -1;
        if (low >= 0) {
            out[n++] = (char)(high << 4 | low);
            i += 2;
        } else {
            out[n++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    return n;
}

/* The query as JSON text, to be freed; NULL: out of memory. Of several values of one name the last
 * counts; what is not UTF-8 is left out. */
static char *query_json(const char *query, size_t len)
{
    json_t *tree = json_object();
    char *scratch = malloc(len + 1);
    const char *end = query + len;

    while (tree != NULL && scratch != NULL && query < end) {
        const char *amp = memchr(query, '&', (size_t)(end - query));
        const char *stop = amp != NULL ? amp : end;
        const char *equals = memchr(query, '=', (size_t)(stop - query));
        const char *key_end = equals != NULL ? equals : stop;
        const char *value = equals != NULL ? equals + 1 : stop;
        if (stop > query) {
            size_t key_len = decode(scratch, query, (size_t)(key_end - query));
            size_t value_len = decode(scratch + key_len, value, (size_t)(stop - value));
            json_object_setn_new(tree, scratch, key_len,
                                 json_stringn(scratch + key_len, value_len));
        }
        query = stop + 1;
    }
    char *text = tree != NULL && scratch != NULL ? json_dumps(tree, JSON_COMPACT) : NULL;
    json_decref(tree);
    free(scratch);
    return text;
}

static int refuse(struct rtcio__session *s, const char *nsp, size_t nsp_len, const char *json)
{
    return rtcio__packet_send_json(s, RTCIO__SIO_CONNECT_ERROR, nsp, nsp_len, json, strlen(json));
}

void rtcio__client3_route(struct rtcio__session *s, const struct rtcio__sio_packet *packet,
                          const rtcio_slice *attachments)
{
    struct rtcio__sio_packet plain = *packet;
    const char *query = memchr(packet->nsp, '?', packet->nsp_len);
    rtcio_socket *socket = NULL;
    char *auth = NULL;

    /* "nsp matched by pathname only" */
    if (query != NULL) {
        plain.nsp_len = (size_t)(query - packet->nsp);
        socket = rtcio__client_socket(s, plain.nsp, plain.nsp_len);
    }
    if (packet->type == RTCIO__SIO_CONNECT && socket == NULL) {
        size_t query_len = query != NULL ? packet->nsp_len - plain.nsp_len - 1 : 0;
        plain.data = NULL;
        plain.data_len = 0;
        if (query_len > s->engine->opt.max_head_bytes) {
            refuse(s, plain.nsp, plain.nsp_len, "\"query too long\"");
            return;
        }
        if (query != NULL) {
            auth = query_json(query + 1, query_len);
            if (auth == NULL) {
                rtcio__client_close(s);
                return;
            }
            plain.data = auth;
            plain.data_len = strlen(auth);
        }
    }
    rtcio__client_route(s, socket, &plain, attachments);
    free(auth);
}

/* Ids are put into JSON as they are, and '#' ends the namespace's name in them. */
static bool needs_no_escape(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < 0x20 || strchr("\"\\#", name[i]) != NULL)
            return false;
    return true;
}

bool rtcio__client3_may_join(const struct rtcio__session *s, const rtcio_namespace *nsp)
{
    return nsp->name_len + 1 + strlen(rtcio__session_sid(s)) <= RTCIO_MAX_SOCKET_ID_LEN &&
           needs_no_escape(nsp->name, nsp->name_len);
}

rtcio_socket *rtcio__client3_create(const struct rtcio__session *s, const rtcio_namespace *nsp)
{
    const char *sid = rtcio__session_sid(s);
    char id[RTCIO_MAX_SOCKET_ID_LEN + 1], *at = id;

    if (nsp->name_len > 1) {
        at = mempcpy(at, nsp->name, nsp->name_len);
        *at++ = '#';
    }
    at = stpcpy(at, sid);
    size_t len = (size_t)(at - id);
    if (rtcio_namespace_find(nsp, (rtcio_slice){id, len}) != NULL)
        return NULL;
    rtcio_socket *socket = len > RTCIO__ID_LEN ? calloc(1, offsetof(rtcio_socket, id) + len + 1)
                                               : rtcio__pool_alloc(&nsp->server->socket_pool);
    if (socket == NULL)
        return NULL;
    memcpy(socket->id, id, len + 1);
    socket->id_len = (uint8_t)len;
    return socket;
}

int rtcio__client3_refuse(struct rtcio__session *s, const rtcio_namespace *nsp, const char *message,
                          const char *data)
{
    struct rtcio__buf b = {0};

    if (data != NULL)
        return refuse(s, nsp->name, nsp->name_len, data);
    int error = rtcio__buf_append_json_string(&b, message, strlen(message));
    if (error == 0)
        error = rtcio__buf_append_byte(&b, '\0');
    if (error == 0)
        error = refuse(s, nsp->name, nsp->name_len, b.data);
    rtcio__buf_fini(&b);
    return error;
}
