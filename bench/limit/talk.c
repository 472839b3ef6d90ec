/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What the generator says and hears: HTTP requests, WebSocket frames, Socket.IO packets, each
 * exactly as `rtcio bench` writes it. Offsets stand here instead of parsers. */

#include "limit.h"

#include <stdio.h>
#include <string.h>

#define OPCODE_TEXT  1
#define OPCODE_CLOSE 8

/* 42["#rtcio:message",{"source":"…","target":"…","data":… */
#define MESSAGE_TARGET_AT (31 + LIMIT_ID_LEN + 12)
#define EVENT_LETTER_AT   4 /* tells the four events apart */

/* GET /socket.io/?EIO=4&transport=websocket HTTP/1.1; POST is a letter longer. */
#define TRANSPORT_AT 32
#define POLL_SID_AT  39

#define HANDSHAKE \
    "\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}"

typedef uint32_t block __attribute__((vector_size(16)));

static inline void unmask_block(uint8_t *dst, const uint8_t *src, block key)
{
    block b;
    memcpy(&b, src, sizeof(b));
    b ^= key;
    memcpy(dst, &b, sizeof(b));
}

/* Copies a payload and takes its mask off on the way. */
static void unmask(uint8_t *dst, const uint8_t *src, size_t len, uint32_t mask)
{
    const block key = {mask, mask, mask, mask};
    size_t i = 0;
    for (; i + 64 <= len; i += 64) {
        unmask_block(dst + i, src + i, key);
        unmask_block(dst + i + 16, src + i + 16, key);
        unmask_block(dst + i + 32, src + i + 32, key);
        unmask_block(dst + i + 48, src + i + 48, key);
    }
    for (; i + 4 <= len; i += 4) {
        uint32_t word;
        memcpy(&word, src + i, sizeof(word));
        word ^= mask;
        memcpy(dst + i, &word, sizeof(word));
    }
    for (; i < len; i++)
        dst[i] = src[i] ^ ((const uint8_t *)&mask)[i & 3];
}

/* Room for a packet as the connection's transport wraps it. */
static uint8_t *packet_reserve(struct limit_conn *c, size_t len)
{
    if (c->speaks == LIMIT_POLLING) {
        bool first = c->out == NULL;
        uint8_t *dst = limit_net_reserve(c, len + !first);
        if (!first)
            *dst++ = '\x1e';
        return dst;
    }
    size_t head_len = len < 126 ? 2 : 4;
    uint8_t *dst = limit_net_reserve(c, head_len + len);
    dst[0] = 0x80 | OPCODE_TEXT;
    if (len < 126) {
        dst[1] = (uint8_t)len;
    } else {
        dst[1] = 126;
        dst[2] = (uint8_t)(len >> 8);
        dst[3] = (uint8_t)len;
    }
    return dst + head_len;
}

void limit_talk_send(struct limit_conn *c, const void *packet, size_t len)
{
    memcpy(packet_reserve(c, len), packet, len);
}

/* mask is 0 for text that never had one. */
static void relay(const uint8_t *payload, size_t len, uint32_t mask)
{
    char target[LIMIT_ID_LEN];
    uint32_t turned; /* the mask as it lies over the id */
    uint8_t keys[8];
    memcpy(keys, &mask, 4);
    memcpy(keys + 4, &mask, 4);
    memcpy(&turned, keys + (MESSAGE_TARGET_AT & 3), 4);
    unmask((uint8_t *)target, payload + MESSAGE_TARGET_AT, sizeof(target), turned);
    struct limit_conn *to = &limit_conns[limit_id_read(target)];
    if (to->fd >= 0)
        unmask(packet_reserve(to, len), payload, len, mask);
}

static void welcome(struct limit_conn *c)
{
    static const char text[] = "40{\"sid\":\"????????????????????\"}";
    uint8_t *dst = packet_reserve(c, sizeof(text) - 1);
    memcpy(dst, text, sizeof(text) - 1);
    limit_id_write((char *)dst + strcspn(text, "?"), limit_index(c));
}

static void take_packet(struct limit_conn *c, const uint8_t *text, size_t len)
{
    if (text[0] == '1') { /* the end of a polling session */
        limit_rooms_leave(c);
        return;
    }
    if (len < 2 || text[0] != '4') /* a pong */
        return;
    if (text[1] == '0')
        welcome(c);
    else if (text[1] == '1')
        limit_rooms_leave(c);
    else if (text[EVENT_LETTER_AT] == '#')
        relay(text, len, 0);
    else if (text[EVENT_LETTER_AT] == 'j')
        limit_rooms_join(c, (const char *)text, len);
    else if (text[EVENT_LETTER_AT] == 'l')
        limit_rooms_leave(c);
    else if (text[EVENT_LETTER_AT] == 'm')
        limit_rooms_tell(c, text, len);
}

static void take_frame(struct limit_conn *c, unsigned opcode, uint8_t *payload, size_t len,
                       uint32_t mask)
{
    if (opcode == OPCODE_CLOSE) {
        static const uint8_t answer[] = {0x88, 2, 0x03, 0xe8};
        memcpy(limit_net_reserve(c, sizeof(answer)), answer, sizeof(answer));
        limit_rooms_leave(c);
        limit_net_close_after(c);
    } else if (len > MESSAGE_TARGET_AT &&
               (payload[EVENT_LETTER_AT] ^ ((const uint8_t *)&mask)[0]) == '#') {
        relay(payload, len, mask);
    } else {
        unmask(payload, payload, len, mask);
        take_packet(c, payload, len);
    }
}

/* No message of the generator is so long that its length would take eight bytes. */
static size_t take_frames(struct limit_conn *c, uint8_t *bytes, size_t len)
{
    size_t used = 0;
    while (len - used >= 6 && !c->closing) {
        uint8_t *p = bytes + used;
        size_t payload_len = p[1] & 0x7f;
        size_t head_len = 6;
        if (payload_len == 126) {
            payload_len = (size_t)p[2] << 8 | p[3];
            head_len = 8;
        }
        if (len - used < head_len + payload_len)
            break;
        uint32_t mask;
        memcpy(&mask, p + head_len - 4, 4);
        take_frame(c, p[0] & 15, p + head_len, payload_len, mask);
        used += head_len + payload_len;
    }
    return c->closing ? len : used;
}

static void upgrade(struct limit_conn *c)
{
    /* The generator's key is the one of RFC 6455 section 1.3, with this answer. */
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    static const char open[] = "0{\"sid\":\"????????????????????" HANDSHAKE;
    memcpy(limit_net_reserve(c, sizeof(answer) - 1), answer, sizeof(answer) - 1);
    c->speaks = LIMIT_WEBSOCKET;
    uint8_t *dst = packet_reserve(c, sizeof(open) - 1);
    memcpy(dst, open, sizeof(open) - 1);
    limit_id_write((char *)dst + strcspn(open, "?"), limit_index(c));
    limit_net_heartbeat(c);
}

static void take_poll(struct limit_conn *c, const uint8_t *request)
{
    if (request[POLL_SID_AT] == ' ') {
        c->speaks = LIMIT_POLLING;
        static const char open[] = "0{\"sid\":\"????????????????????" HANDSHAKE;
        uint8_t *dst = packet_reserve(c, sizeof(open) - 1);
        memcpy(dst, open, sizeof(open) - 1);
        limit_id_write((char *)dst + strcspn(open, "?"), limit_index(c));
    }
    c->polled = true;
    if (c->out != NULL)
        limit_net_reserve(c, 0); /* to be flushed */
}

static void take_post(struct limit_conn *c, const uint8_t *request, size_t len)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                                 "Content-Length: 2\r\n\r\nok";
    const uint8_t *body = (const uint8_t *)memmem(request, len, "\r\n\r\n", 4) + 4;
    const uint8_t *end = request + len;
    while (body < end) {
        const uint8_t *next = memchr(body, '\x1e', (size_t)(end - body));
        if (next == NULL)
            next = end;
        take_packet(c, body, (size_t)(next - body));
        body = next + 1;
    }
    limit_net_write(c, answer, sizeof(answer) - 1);
}

void limit_talk_poll_head(struct limit_buf *b)
{
    char head[LIMIT_POLL_HEAD + 1];
    snprintf(head, sizeof(head),
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %017u\r\n\r\n",
             b->len - LIMIT_POLL_HEAD);
    memcpy(b->data, head, LIMIT_POLL_HEAD);
}

/* The generator has one request under way and sends it in one piece. */
size_t limit_talk(struct limit_conn *c, uint8_t *bytes, size_t len)
{
    if (c->speaks == LIMIT_WEBSOCKET)
        return take_frames(c, bytes, len);
    if (bytes[0] == 'P')
        take_post(c, bytes, len);
    else if (bytes[TRANSPORT_AT] == 'p')
        take_poll(c, bytes);
    else
        upgrade(c);
    return len;
}
