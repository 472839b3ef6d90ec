/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_ENGINE_H
#define RTCIO_ENGINE_ENGINE_H

/* Engine.IO v4, and v3 if wanted, on one loop: listeners, HTTP connections, sessions. What a
 * message means is the business of the room above, which is reached through rtcio__engine_ops. */

#include "base/hash.h"
#include "base/pool.h"
#include "base/random.h"
#include "engine/address.h"
#include "net/listener.h"
#include "net/loop.h"

#include <rtcio/http.h>
#include <rtcio/listen.h>
#include <rtcio/options.h>

#include <time.h>

struct rtcio__engine;
struct rtcio__session;
struct rtcio__deflate;

/* What the engine tells the room above. */
struct rtcio__engine_ops {
    /* A session of Engine.IO 3 can send: its client joins "/" without asking. */
    void (*opened)(struct rtcio__session *session);
    /* A message of an open session. data[len] may be written, and is restored by the engine. */
    void (*message)(struct rtcio__session *session, char *data, size_t len, bool binary);
    /* The session is over; it is freed after the turn. Called once for every session. */
    void (*closed)(struct rtcio__session *session, const char *reason);
    /* A request outside the engine's path; left unanswered, it gets 404. */
    void (*http)(struct rtcio__engine *engine, struct rtcio_http_request *request);
    size_t upper_size; /* bytes of the room above's own in each session, zeroed */
};

/* What is spoken at listening sockets. */
struct rtcio__endpoint {
    struct rtcio__endpoint *next;
    struct rtcio__engine *engine;
    rtcio_tls *tls; /* NULL: plain TCP */
    char *site;     /* NULL: the usual one */
};

struct rtcio__engine {
    struct rtcio__loop loop;
    rtcio_server_options opt; /* strings are the engine's own copies */
    char *prefix;             /* opt.path as it is compared: with one '/' at the end */
    size_t prefix_len;
    const struct rtcio__engine_ops *ops;
    void *owner;
    struct rtcio__hash sessions; /* struct rtcio__session.node by sid */
    struct rtcio__hash moved; /* struct rtcio__moved.node: sessions made here that are elsewhere */
    struct rtcio__pool session_pool; /* their memory, with what the room above has of each */
    struct rtcio__listener *listeners;
    struct rtcio__list proxy_waits;   /* struct rtcio__proxy_wait.link */
    struct rtcio__networks trusted;   /* opt.trusted_proxies */
    struct rtcio__networks unlimited; /* opt.unlimited_addresses */
    struct rtcio__crowd *crowd;       /* sessions by address, shared with the siblings */
    bool rated;                       /* sessions have buckets */
    char quota_text[80];              /* scratch of rtcio__quota_refusal() */
    struct rtcio__middleware *middlewares;
    struct rtcio__list admissions;     /* rtcio_admission.link: handshakes not decided on */
    struct rtcio__list tasks;          /* struct rtcio__http_task.link: requests to be answered */
    struct rtcio__endpoint *endpoints; /* of the listeners, until the engine is freed */
    struct rtcio__id_source ids;
    /* Engines on other threads that serve the same port: all of them, of which this is number
     * `index`; n_siblings 0: it is alone. */
    struct rtcio__engine **siblings;
    unsigned n_siblings, index;
    uint64_t *n_sessions_all; /* of all of them; atomic. Its own, when alone: */
    uint64_t n_sessions_own;
    struct rtcio__deflate *deflate; /* permessage-deflate, NULL: off (deflate.h) */
    uint64_t *deflate_reserved_all; /* bytes of contexts of all siblings; atomic */
    uint64_t deflate_reserved_own;
    struct rtcio__deferred doom; /* ends the doomed sessions */
    struct rtcio__list doomed;   /* struct rtcio__session.timer.link */
    bool closing;
    bool uncompressed;          /* what is being sent is not to be compressed */
    struct evp_md_ctx_st *sha1; /* for opening handshakes (handshake.c) */
    char facts[128];            /* how the open packet ends, behind sid and upgrades */
    time_t date_s;              /* of date[] */
    char date[40];
    char address_text[RTCIO__ADDRESS_TEXT]; /* scratch of getters that return text */

    struct rtcio__counter n_sessions, n_polling, n_sessions_ever, n_upgrades, n_messages_in,
        n_messages_out, n_refused, n_parse_errors, n_slow_closed, n_ping_timeouts,
        n_refused_sessions, n_refused_handshakes, n_delayed, n_rate_closed;
};

/* opt has been checked. 0 or an error. */
int rtcio__engine_init(struct rtcio__engine *engine, const rtcio_server_options *opt,
                       const struct rtcio__engine_ops *ops, void *owner);
/* Cuts what is left open and frees everything. */
void rtcio__engine_fini(struct rtcio__engine *engine);
/* opt has been checked; *port is its port, and then that of the listener. */
int rtcio__engine_listen(struct rtcio__engine *engine, const rtcio_listen_options *opt, int *port,
                         enum rtcio__port_sharing sharing);
/* Stops accepting and discards every session (spec 1.13): "forced close". */
void rtcio__engine_close(struct rtcio__engine *engine);

/* The sibling whose id this is, by its sequence number; -1 when it is this engine's, or nobody's.
 */
int rtcio__engine_owner(const struct rtcio__engine *engine, const char *id, size_t len);

/* The value of the Date header, computed once a second. */
const char *rtcio__engine_date(struct rtcio__engine *engine);

#endif
