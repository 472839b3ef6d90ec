/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The facts of a socket's handshake (Socket.IO spec 7.6), read from the kept request head on
 * demand. */

#include "codec/http.h"
#include "socketio/internal.h"

#include <jansson.h>
#include <string.h>

const char *rtcio_handshake_address(const rtcio_socket *socket)
{
    struct rtcio__engine *engine = &socket->nsp->server->engine;
    return rtcio__address_text(&socket->session->address, engine->address_text);
}

int64_t rtcio_handshake_issued_ms(const rtcio_socket *socket)
{
    return socket->session->issued_ms;
}

bool rtcio_handshake_xdomain(const rtcio_socket *socket)
{
    return socket->session->xdomain;
}

bool rtcio_handshake_secure(const rtcio_socket *socket)
{
    return socket->session->secure;
}

static bool parse(const rtcio_socket *socket, struct rtcio__http_head *head)
{
    const struct rtcio__session *s = socket->session;
    return s->head != NULL && rtcio__http_parse_head(s->head, s->head_len, head) == 0;
}

rtcio_slice rtcio_handshake_url(const rtcio_socket *socket)
{
    struct rtcio__http_head head;

    if (!parse(socket, &head))
        return (rtcio_slice){NULL, 0};
    return (rtcio_slice){head.target, head.target_len};
}

rtcio_slice rtcio_handshake_header(const rtcio_socket *socket, const char *name)
{
    struct rtcio__http_head head;
    rtcio_slice value = {NULL, 0};

    if (parse(socket, &head))
        rtcio__http_find(&head, name, &value.data, &value.len);
    return value;
}

int rtcio_handshake_query(const rtcio_socket *socket, const char *key, char *buf, size_t size)
{
    rtcio_slice url = rtcio_handshake_url(socket);
    int n = url.data != NULL ? rtcio__http_query(url.data, url.len, key, buf, size) : -1;

    return n >= 0 ? n : RTCIO_E_NOT_FOUND;
}

rtcio_slice rtcio_handshake_auth(const rtcio_socket *socket)
{
    if (socket->auth != NULL)
        return (rtcio_slice){socket->auth->text, socket->auth->len};
    return socket->auth_released ? (rtcio_slice){NULL, 0} : (rtcio_slice){"{}", 2};
}

int rtcio_handshake_auth_unpack(rtcio_socket *socket, const char *format, ...)
{
    struct rtcio__auth *auth = socket->auth;
    json_error_t error;
    va_list ap;

    if (auth != NULL && auth->tree == NULL)
        auth->tree = json_loadb(auth->text, auth->len, JSON_ALLOW_NUL, &error);
    json_t *tree = auth != NULL ? json_incref(auth->tree) : json_object();
    if (tree == NULL)
        return RTCIO_E_FORMAT;
    va_start(ap, format);
    int result = json_vunpack_ex(tree, &error, 0, format, ap);
    va_end(ap);
    json_decref(tree);
    return result == 0 ? 0 : RTCIO_E_FORMAT;
}
