/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The facts of a socket's handshake (Socket.IO spec 7.6), read from the kept request head on
 * demand. */

#include "base/ascii.h"
#include "codec/http.h"
#include "socketio/internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
    return s->head != NULL && rtcio__http_parse_head(s->head->data, s->head->len, head) == 0;
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

/* Node joins fields of one name by ", "; an object has each name once. */
static json_t *headers_json(const struct rtcio__http_head *head)
{
    json_t *headers = json_object();

    for (size_t i = 0; i < head->n_fields; i++) {
        const struct rtcio__http_field *field = &head->field[i];
        char name[256];
        if (field->name_len >= sizeof name)
            continue;
        for (size_t k = 0; k < field->name_len; k++)
            name[k] = rtcio__ascii_lower(head->text[field->name + k]);
        name[field->name_len] = '\0';
        const char *value = head->text + field->value;
        const json_t *before = json_object_get(headers, name);
        json_t *now = before != NULL ? json_sprintf("%s, %.*s", json_string_value(before),
                                                    (int)field->value_len, value)
                                     : json_stringn(value, field->value_len);
        json_object_set_new(headers, name, now); /* bytes that are no UTF-8: left out */
    }
    return headers;
}

/* Each parameter is looked up by its name, so that the last of several counts. */
static json_t *query_json(const struct rtcio__http_head *head)
{
    json_t *query = json_object();
    const char *end = head->target + head->target_len;
    const char *at = memchr(head->target, '?', head->target_len);

    while (at != NULL && at < end) {
        char key[128], value[1024];
        at++;
        const char *amp = memchr(at, '&', (size_t)(end - at));
        const char *stop = amp != NULL ? amp : end;
        const char *eq = memchr(at, '=', (size_t)(stop - at));
        size_t len = (size_t)((eq != NULL ? eq : stop) - at);
        if (len > 0 && len < sizeof key) {
            memcpy(key, at, len);
            key[len] = '\0';
            if (rtcio__http_query(head->target, head->target_len, key, value, sizeof value) >= 0)
                json_object_set_new(query, key, json_string(value));
        }
        at = amp;
    }
    return query;
}

/* As JavaScript's Date writes it, in UTC. */
static void date_text(int64_t unix_ms, char *out, size_t size)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(out, size, "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)", &tm);
}

char *rtcio__handshake_json(const rtcio_socket *socket)
{
    struct rtcio__http_head head;
    bool known = parse(socket, &head);
    rtcio_slice auth = rtcio_handshake_auth(socket);
    json_t *auth_tree =
        auth.data != NULL ? json_loadb(auth.data, auth.len, JSON_ALLOW_NUL, NULL) : NULL;
    char date[80];

    date_text(socket->session->issued_ms, date, sizeof date);
    json_t *tree =
        json_pack("{s:o, s:s, s:s, s:b, s:b, s:I, s:s%, s:o, s:o}", "headers",
                  known ? headers_json(&head) : json_object(), "time", date, "address",
                  rtcio_handshake_address(socket), "xdomain", rtcio_handshake_xdomain(socket),
                  "secure", rtcio_handshake_secure(socket), "issued",
                  (json_int_t)socket->session->issued_ms, "url", known ? head.target : "",
                  known ? head.target_len : 0, "query", known ? query_json(&head) : json_object(),
                  "auth", auth_tree != NULL ? auth_tree : json_object());
    char *text = tree != NULL ? json_dumps(tree, JSON_COMPACT) : NULL;
    json_decref(tree);
    return text;
}
