/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The WebSocket opening handshake (RFC 6455 section 4.2, Socket.IO spec 2.1 and 2.2). */

#include "base/base64.h"
#include "engine/http_conn.h"
#include "engine/websocket.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void refuse(struct rtcio__http_conn *hc, const char *header, const char *text)
{
    char block[256];
    int n = snprintf(block, sizeof block,
                     "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/html\r\n"
                     "Content-Length: %zu\r\n%s\r\n%s",
                     strlen(text), header, text);

    rtcio__counter_add(&hc->engine->n_refused, 1);
    rtcio__http_finish_raw(hc, block, (size_t)n);
}

/* "Base64-encoded value of 16 bytes" (RFC 6455 section 4.2.1) */
static bool key_is_valid(const char *key, size_t len)
{
    if (len != 24 || key[22] != '=' || key[23] != '=')
        return false;
    for (size_t i = 0; i < 22; i++) {
        char c = key[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '+' || c == '/'))
            return false;
    }
    return true;
}

static bool is_token_char(char c)
{
    return c > ' ' && c < 127 && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

/* The first of the offered subprotocols; false: not a list of tokens. */
static bool first_protocol(const char *list, size_t len, const char **first, size_t *first_len)
{
    size_t i = 0;

    *first_len = 0;
    for (;;) {
        while (i < len && (list[i] == ' ' || list[i] == '\t'))
            i++;
        size_t start = i;
        while (i < len && is_token_char(list[i]))
            i++;
        if (i == start)
            return false;
        if (*first_len == 0) {
            *first = list + start;
            *first_len = i - start;
        }
        while (i < len && (list[i] == ' ' || list[i] == '\t'))
            i++;
        if (i == len)
            return true;
        if (list[i++] != ',')
            return false;
    }
}

/* One context for all: looking the algorithm up, as SHA1() does each time, costs more than it. */
int rtcio__websocket_init(struct rtcio__engine *engine)
{
    EVP_MD *sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);

    engine->sha1 = EVP_MD_CTX_new();
    int ok = sha1 != NULL && engine->sha1 != NULL && EVP_DigestInit_ex(engine->sha1, sha1, NULL);
    EVP_MD_free(sha1);
    return ok ? 0 : RTCIO_E_NO_MEMORY;
}

void rtcio__websocket_fini(struct rtcio__engine *engine)
{
    EVP_MD_CTX_free(engine->sha1);
}

#define SHA1_LEN 20

/* False when memory is short. */
static bool accept_key(const struct rtcio__engine *engine, const char *key, char out[28])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char text[24 + sizeof guid - 1], digest[SHA1_LEN];

    memcpy(text, key, 24);
    memcpy(text + 24, guid, sizeof guid - 1);
    if (!EVP_DigestInit_ex(engine->sha1, NULL, NULL) ||
        !EVP_DigestUpdate(engine->sha1, text, sizeof text) ||
        !EVP_DigestFinal_ex(engine->sha1, digest, NULL))
        return false;
    rtcio__base64_encode(out, digest, sizeof digest);
    return true;
}

bool rtcio__websocket_switch(struct rtcio__http_conn *hc, const struct rtcio__http_head *head)
{
    const char *value, *protocol = NULL;
    size_t len, protocol_len = 0;
    char key[28], extension[RTCIO__WS_ANSWER_MAX];

    if (rtcio__http_find(head, "upgrade", &value, &len) == NULL || len != 9 ||
        strncasecmp(value, "websocket", 9) != 0) {
        refuse(hc, "", "Invalid Upgrade header");
        return false;
    }
    if (rtcio__http_find(head, "sec-websocket-key", &value, &len) == NULL ||
        !key_is_valid(value, len)) {
        refuse(hc, "", "Missing or invalid Sec-WebSocket-Key header");
        return false;
    }
    if (!accept_key(hc->engine, value, key)) {
        rtcio__http_drop(hc);
        return false;
    }
    if (rtcio__http_find(head, "sec-websocket-version", &value, &len) == NULL ||
        !((len == 2 && memcmp(value, "13", 2) == 0) || (len == 1 && value[0] == '8'))) {
        refuse(hc, "Sec-WebSocket-Version: 13, 8\r\n",
               "Missing or invalid Sec-WebSocket-Version header");
        return false;
    }
    if (rtcio__http_find(head, "sec-websocket-protocol", &value, &len) != NULL &&
        !first_protocol(value, len, &protocol, &protocol_len)) {
        refuse(hc, "", "Invalid Sec-WebSocket-Protocol header");
        return false;
    }
    if (!rtcio__deflate_agree(hc->engine, head, &hc->agreement, extension)) {
        refuse(hc, "", "Invalid Sec-WebSocket-Extensions header");
        return false;
    }

    static const char start[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
    rtcio__conn_write(hc->conn, start, sizeof start - 1);
    rtcio__conn_write(hc->conn, key, sizeof key);
    if (protocol != NULL) {
        rtcio__conn_write(hc->conn, "\r\nSec-WebSocket-Protocol: ", 26);
        rtcio__conn_write(hc->conn, protocol, protocol_len);
    }
    if (extension[0] != '\0') {
        rtcio__conn_write(hc->conn, "\r\nSec-WebSocket-Extensions: ", 28);
        rtcio__conn_write(hc->conn, extension, strlen(extension));
    }
    rtcio__conn_write(hc->conn, "\r\n", 2);
    rtcio__conn_write(hc->conn, hc->extra.data, hc->extra.len);
    rtcio__conn_write(hc->conn, "\r\n", 2);
    return true;
}

void rtcio__websocket_reject(struct rtcio__http_conn *hc)
{
    struct rtcio__conn *conn = rtcio__http_take_conn(hc);

    rtcio__websocket_goodbye(hc->engine, conn, 0);
}

/* What was agreed upon goes along with the connection. */
static struct rtcio__agreement take_agreement(struct rtcio__http_conn *hc)
{
    struct rtcio__agreement agreement = hc->agreement;

    hc->agreement.contexts = NULL;
    return agreement;
}

void rtcio__websocket_upgrade(struct rtcio__http_conn *hc, struct rtcio__session *s, bool text_only)
{
    s->text_only = text_only;
    struct rtcio__agreement agreement = take_agreement(hc);
    rtcio__probe_start(s, rtcio__http_take_conn(hc), agreement);
}

void rtcio__websocket_open(struct rtcio__http_conn *hc, const struct rtcio__http_head *head,
                           const char *sid, bool text_only, bool eio3)
{
    struct rtcio__engine *engine = hc->engine;
    const char *initial = engine->opt.initial_packet;
    struct rtcio__conn *conn = rtcio__http_take_conn(hc);
    char packet[RTCIO__OPEN_PACKET_MAX];
    int error;

    struct rtcio__session *s = rtcio__session_create(engine, head, &hc->address, hc->secure, sid);
    if (s == NULL) {
        rtcio__conn_close(conn);
        return;
    }
    s->text_only = text_only;
    s->eio3 = eio3;
    rtcio__websocket_attach(s, conn, take_agreement(hc));
    size_t len = rtcio__session_open_packet(s, true, packet);
    rtcio__websocket_send(conn, RTCIO__WS_TEXT, packet, len);
    char *at = initial != NULL ? rtcio__session_begin_text(s, 1 + strlen(initial), &error) : NULL;
    if (at != NULL) {
        *at = RTCIO__EIO_MESSAGE;
        memcpy(at + 1, initial, strlen(initial));
        (void)rtcio__session_commit(s);
    }
    rtcio__session_start(s);
    if (eio3)
        engine->ops->opened(s);
}
