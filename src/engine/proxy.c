/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* PROXY protocol, version 2 (HAProxy's proxy-protocol.txt, section 2.2): a load balancer says in
 * front of everything else, TLS included, who its client is. The header is read to its last byte
 * and no further, so that what follows is still the kernel's when the connection begins. */

#include "engine/proxy.h"

#include "engine/http_conn.h"

#include <rtcio/options.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIXED 16   /* signature, version and command, family, length */
#define MOST  1024 /* of what follows; addresses take at most 216, the rest are extensions */

static const uint8_t signature[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                      0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

struct rtcio__proxy_wait {
    struct rtcio__corpse corpse;
    struct rtcio__list link; /* in engine.proxy_waits */
    struct rtcio__source source;
    struct rtcio__timer timer;
    const struct rtcio__endpoint *endpoint;
    struct rtcio__address peer;
    int fd;
    size_t have;
    uint8_t header[FIXED + MOST];
};

static void free_wait(struct rtcio__corpse *corpse)
{
    free(rtcio__container_of(corpse, struct rtcio__proxy_wait, corpse));
}

/* Lets go of the descriptor, which is the caller's. */
static int take_fd(struct rtcio__proxy_wait *w)
{
    struct rtcio__loop *loop = &w->endpoint->engine->loop;
    int fd = w->fd;

    rtcio__poller_del(loop->poller, fd);
    rtcio__timer_stop(&loop->timers, &w->timer);
    rtcio__list_remove(&w->link);
    w->fd = -1;
    rtcio__loop_bury(loop, &w->corpse, free_wait);
    return fd;
}

static void refuse(struct rtcio__proxy_wait *w, const char *why)
{
    struct rtcio__engine *engine = w->endpoint->engine;
    const rtcio_refusal refusal = {
        .code = RTCIO_REFUSED_BAD_REQUEST,
        .message = "Bad request",
        .context = why,
        .address = rtcio__address_text(&w->peer, engine->address_text),
        .transport = "",
        .asked = "",
        .expected = "",
    };

    close(take_fd(w));
    rtcio__counter_add(&engine->n_refused, 1);
    if (engine->opt.on_refused != NULL)
        engine->opt.on_refused(&refusal, engine->opt.user);
}

static size_t needed(const struct rtcio__proxy_wait *w)
{
    return w->have < FIXED ? FIXED : FIXED + (size_t)w->header[14] * 256 + w->header[15];
}

/* The first 16 bytes are there: are they the beginning of a header? NULL: yes. */
static const char *fault(const uint8_t *header)
{
    if (memcmp(header, "PROXY ", 6) == 0)
        return "PROXY protocol version 1: send version 2";
    if (memcmp(header, signature, sizeof signature) != 0)
        return "no PROXY protocol header in front";
    if (header[12] >> 4 != 2 || (header[12] & 15) > 1)
        return "PROXY protocol of an unknown version or command";
    if (header[14] * 256 + header[15] > MOST)
        return "PROXY protocol header too long";
    return NULL;
}

/* "0x11 TCP over IPv4", "0x21 TCP over IPv6". What says nothing, or comes from the proxy itself
 * (LOCAL), leaves the peer. False: the addresses are cut short. */
static bool read_client(const uint8_t *header, size_t len, struct rtcio__address *client)
{
    if ((header[12] & 15) == 0)
        return true;
    if (header[13] >> 4 == 1) {
        if (len < FIXED + 12)
            return false;
        rtcio__address_set_bytes(client, header + FIXED, 4);
    } else if (header[13] >> 4 == 2) {
        if (len < FIXED + 36)
            return false;
        rtcio__address_set_bytes(client, header + FIXED, 16);
    }
    return true;
}

static void on_ready(struct rtcio__source *source, unsigned events)
{
    struct rtcio__proxy_wait *w = rtcio__container_of(source, struct rtcio__proxy_wait, source);
    (void)events;

    while (w->fd >= 0 && w->have < needed(w)) {
        ssize_t n = recv(w->fd, w->header + w->have, needed(w) - w->have, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            close(take_fd(w));
            return;
        }
        bool fixed = w->have < FIXED;
        w->have += (size_t)n;
        const char *why = fixed && w->have >= FIXED ? fault(w->header) : NULL;
        if (why != NULL) {
            refuse(w, why);
            return;
        }
    }
    struct rtcio__address client = w->peer;
    if (w->fd < 0)
        return;
    if (!read_client(w->header, w->have, &client)) {
        refuse(w, "PROXY protocol header cut short");
        return;
    }
    const struct rtcio__endpoint *endpoint = w->endpoint;
    rtcio__http_accept_from(endpoint, take_fd(w), &client);
}

static void on_timeout(struct rtcio__timer *timer)
{
    struct rtcio__proxy_wait *w = rtcio__container_of(timer, struct rtcio__proxy_wait, timer);

    refuse(w, "no PROXY protocol header in time");
}

void rtcio__proxy_accept(void *user, int fd, const struct sockaddr_storage *peer)
{
    const struct rtcio__endpoint *endpoint = user;
    struct rtcio__engine *engine = endpoint->engine;
    struct rtcio__loop *loop = &engine->loop;
    struct rtcio__proxy_wait *w = calloc(1, sizeof *w);

    if (w == NULL || rtcio__poller_add(loop->poller, fd, &w->source) != 0) {
        free(w);
        close(fd);
        return;
    }
    w->source.ready = on_ready;
    w->endpoint = endpoint;
    w->fd = fd;
    rtcio__address_set(&w->peer, peer);
    rtcio__list_append(&engine->proxy_waits, &w->link);
    rtcio__timer_init(&w->timer, on_timeout);
    rtcio__timer_set(&loop->timers, &w->timer,
                     rtcio__loop_now(loop) + engine->opt.request_timeout_ms);
    /* Whoever is not one of the proxies could say anything. */
    if (engine->trusted.n > 0 && !rtcio__networks_have(&engine->trusted, &w->peer))
        refuse(w, "PROXY protocol from an address that is not trusted");
}

void rtcio__proxy_close_all(struct rtcio__engine *engine)
{
    while (!rtcio__list_empty(&engine->proxy_waits))
        close(
            take_fd(rtcio__container_of(engine->proxy_waits.next, struct rtcio__proxy_wait, link)));
}
