/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Tokens of sockets: the gate, the end of a token, its refresh, rooms it opens, an issuer's keys.
 * Whether a token is good is decided in jwt.c and token.c. Needs nothing of the rest of this room.
 */

#include <rtcio/auth.h>
#include <rtcio/server.h>

#include "signaling/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Clients that may wait for an issuer's newer keys; more are refused. */
#define WAITING_MAX 256

struct rtcio_auth {
    rtcio_auth_options opt;  /* strings are ours; keys are not kept as text */
    rtcio__jwt_keys *keys;   /* of the options; NULL: none */
    rtcio__jwt_keys *issued; /* the issuer's; NULL: none yet */
    rtcio_auth_unknown_key_fn on_unknown_key;
    void *on_unknown_key_user;
    rtcio_next **waiting; /* NULL: nobody does */
    size_t n_waiting;
    rtcio_auth_stats stats;
};

/* A socket's token. */
typedef struct ticket {
    rtcio_auth *auth;
    rtcio_socket *socket;
    rtcio__token token;
    rtcio_timer *timer; /* NULL: the token has no end */
    bool warned;
} ticket;

static const char attached; /* its address names the slot of a namespace, and of a socket */

static int64_t unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static rtcio__token_rules rules(const rtcio_auth *auth)
{
    return (rtcio__token_rules){auth->opt.audience, auth->opt.issuer, auth->opt.leeway_s,
                                unix_ms() / 1000};
}

static void ticket_free(void *data)
{
    ticket *t = data;
    rtcio_timer_destroy(t->timer);
    rtcio__token_fini(&t->token);
    free(t);
}

static void expire(ticket *t)
{
    rtcio_socket *socket = t->socket;
    t->auth->stats.expired++;
    rtcio_emit(rtcio_op(socket), "error", "{s:s, s:s}", "code", "token-expired", "message",
               "the token has expired, connect with a new one");
    rtcio_socket_disconnect(socket, true);
}

/* Wall time decides, and may be changed meanwhile: it is asked again at least once an hour. */
static void arm(ticket *t)
{
    const int64_t hour_ms = 3600000;
    int64_t now_ms = unix_ms(), end_ms = t->token.exp_ms + (int64_t)t->auth->opt.leeway_s * 1000;
    int64_t warn_ms = t->token.exp_ms - (int64_t)t->auth->opt.warn_s * 1000;
    int64_t wait_ms = (t->warned ? end_ms : warn_ms) - now_ms;
    rtcio_timer_start(t->timer, (uint32_t)(wait_ms < 1         ? 1
                                           : wait_ms < hour_ms ? wait_ms
                                                               : hour_ms));
}

static void on_timer(rtcio_timer *timer, void *user)
{
    ticket *t = user;
    (void)timer;
    int64_t now_ms = unix_ms();
    if (now_ms >= t->token.exp_ms + (int64_t)t->auth->opt.leeway_s * 1000) {
        expire(t);
        return;
    }
    if (!t->warned && now_ms >= t->token.exp_ms - (int64_t)t->auth->opt.warn_s * 1000) {
        t->warned = true;
        rtcio_emit(rtcio_op(t->socket), RTCIO_TOKEN_EXPIRING, "{s:I}", "expiresAt",
                   (json_int_t)t->token.exp_ms);
        /* A client that does not take it may be gone now, and we with it. */
        if (!rtcio_socket_connected(t->socket))
            return;
    }
    arm(t);
}

/* Takes `token`. 0 or RTCIO_E_NO_MEMORY. */
static int give_ticket(rtcio_auth *auth, rtcio_socket *socket, rtcio__token *token)
{
    ticket *t = calloc(1, sizeof *t);
    if (t == NULL) {
        rtcio__token_fini(token);
        return RTCIO_E_NO_MEMORY;
    }
    t->auth = auth;
    t->socket = socket;
    t->token = *token;
    if (token->exp_ms != 0)
        t->timer = rtcio_timer_create(rtcio_socket_server(socket), on_timer, t);
    if ((token->exp_ms != 0 && t->timer == NULL) ||
        rtcio_socket_set_data(socket, &attached, t, ticket_free) != 0) {
        ticket_free(t);
        return RTCIO_E_NO_MEMORY;
    }
    return 0;
}

static void refuse(rtcio_auth *auth, rtcio_next *next, bool missing)
{
    const char *said = missing ? auth->opt.missing_message : auth->opt.invalid_message;
    ++*(missing ? &auth->stats.missing : &auth->stats.invalid);
    rtcio_next_refuse(next,
                      said != NULL ? said
                      : missing    ? "missing token"
                                   : "invalid token",
                      NULL);
}

/* Signed by one of the keys, of whichever set? 0 or RTCIO_E_INVALID. */
static int read_token(const rtcio_auth *auth, rtcio__token *token, const char *text, size_t len)
{
    rtcio__token_rules now = rules(auth);
    if (auth->keys != NULL && rtcio__token_read(token, auth->keys, &now, text, len) == 0)
        return 0;
    if (auth->issued != NULL && rtcio__token_read(token, auth->issued, &now, text, len) == 0)
        return 0;
    return RTCIO_E_INVALID;
}

/* Is a newer set on its way that may have the token's key? */
static bool look_for_key(rtcio_auth *auth, const char *text, size_t len)
{
    return auth->on_unknown_key != NULL && rtcio__jwt_is_newer(auth->issued, text, len) &&
           auth->on_unknown_key(auth, auth->on_unknown_key_user);
}

static bool wait_for_key(rtcio_auth *auth, rtcio_next *next, const char *text, size_t len)
{
    if (auth->n_waiting == WAITING_MAX)
        return false;
    if (auth->waiting == NULL &&
        (auth->waiting = calloc(WAITING_MAX, sizeof(rtcio_next *))) == NULL)
        return false;
    if (!look_for_key(auth, text, len))
        return false;
    auth->waiting[auth->n_waiting++] = next;
    return true;
}

/* @param may_wait  for a newer set of the issuer's keys */
static void decide(rtcio_auth *auth, rtcio_socket *socket, rtcio_next *next, bool may_wait)
{
    const char *text;
    size_t len;
    rtcio__token token;
    if (rtcio_handshake_auth_unpack(socket, "{s:s%}", "token", &text, &len) != 0 || len == 0) {
        refuse(auth, next, true);
        return;
    }
    if (read_token(auth, &token, text, len) != 0) {
        if (!may_wait || !wait_for_key(auth, next, text, len))
            refuse(auth, next, false);
        return;
    }
    if (give_ticket(auth, socket, &token) != 0) {
        rtcio_next_refuse(next, "the server cannot take you in right now", NULL);
        return;
    }
    auth->stats.accepted++;
    rtcio_next_accept(next);
}

static void gate(rtcio_socket *socket, rtcio_next *next, void *user)
{
    decide(user, socket, next, true);
}

static void on_connection(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev;
    (void)user;
    ticket *t = rtcio_socket_data(socket, &attached);
    if (t == NULL) /* it came past the gate: a recovered session may skip middlewares */
        rtcio_socket_disconnect(socket, true);
    else if (t->timer != NULL)
        arm(t);
}

static void on_disconnect(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)ev;
    (void)user;
    ticket *t = rtcio_socket_data(socket, &attached);
    if (t != NULL && t->timer != NULL)
        rtcio_timer_stop(t->timer);
}

/* A new token of the same subject takes the old one's place. */
static bool refresh(rtcio_auth *auth, ticket *t, const char *text, size_t len)
{
    rtcio__token token;
    if (t == NULL)
        return false;
    if (read_token(auth, &token, text, len) != 0) {
        (void)look_for_key(auth, text, len); /* for its next attempt */
        return false;
    }
    if (strcmp(token.sub, t->token.sub) != 0) {
        rtcio__token_fini(&token);
        return false;
    }
    if (token.exp_ms != 0 && t->timer == NULL &&
        (t->timer = rtcio_timer_create(rtcio_socket_server(t->socket), on_timer, t)) == NULL) {
        rtcio__token_fini(&token);
        return false;
    }
    rtcio__token_fini(&t->token);
    t->token = token;
    t->warned = false;
    if (token.exp_ms != 0)
        arm(t);
    else if (t->timer != NULL)
        rtcio_timer_stop(t->timer);
    auth->stats.refreshed++;
    return true;
}

static void on_refresh(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    rtcio_auth *auth = user;
    ticket *t = rtcio_socket_data(socket, &attached);
    const char *text;
    size_t len;
    bool given = rtcio_event_unpack(ev, "s%", &text, &len) == 0 ||
                 rtcio_event_unpack(ev, "{s:s%}", "token", &text, &len) == 0;
    if (given && refresh(auth, t, text, len)) {
        rtcio_reply(ev, "{s:b, s:I}", "ok", 1, "expiresAt", (json_int_t)t->token.exp_ms);
        return;
    }
    ++*(given ? &auth->stats.invalid : &auth->stats.missing);
    rtcio_reply(ev, "{s:b, s:s}", "ok", 0, "message", given ? "invalid token" : "missing token");
}

const char *rtcio_auth_user(const rtcio_socket *socket)
{
    const ticket *t = rtcio_socket_data(socket, &attached);
    return t != NULL ? t->token.sub : NULL;
}

bool rtcio_auth_may_join(rtcio_socket *socket, const char *room, void *user)
{
    (void)user;
    const ticket *t = rtcio_socket_data(socket, &attached);
    if (t == NULL)
        return rtcio_namespace_data(rtcio_socket_namespace(socket), &attached) == NULL;
    return rtcio__token_opens(&t->token, room);
}

/* --- an issuer's keys ------------------------------------------------------------------------- */

int rtcio_auth_issuer_keys_check(const char *jwks, size_t len, char *why, size_t why_size)
{
    const char *fault;
    rtcio__jwt_keys *keys = rtcio__jwt_keys_create_issued(jwks, len, &fault);
    if (keys == NULL) {
        if (why != NULL)
            snprintf(why, why_size, "%s", fault);
        return RTCIO_E_INVALID;
    }
    int n = (int)rtcio__jwt_keys_count(keys);
    rtcio__jwt_keys_destroy(keys);
    return n;
}

int rtcio_auth_set_issuer_keys(rtcio_auth *auth, const char *jwks, size_t len)
{
    const char *fault;
    rtcio__jwt_keys *keys = rtcio__jwt_keys_create_issued(jwks, len, &fault);
    if (keys == NULL)
        return RTCIO_E_INVALID;
    rtcio__jwt_keys_destroy(auth->issued);
    auth->issued = keys;
    return 0;
}

void rtcio_auth_on_unknown_key(rtcio_auth *auth, rtcio_auth_unknown_key_fn fn, void *user)
{
    auth->on_unknown_key = fn;
    auth->on_unknown_key_user = user;
}

void rtcio_auth_resume(rtcio_auth *auth)
{
    rtcio_next **waiting = auth->waiting;
    size_t n = auth->n_waiting;
    auth->waiting = NULL; /* others may come while these are decided on */
    auth->n_waiting = 0;
    for (size_t i = 0; i < n; i++) {
        rtcio_socket *socket = rtcio_next_socket(waiting[i]);
        if (socket != NULL)
            decide(auth, socket, waiting[i], false);
        else /* the client has gone */
            rtcio_next_refuse(waiting[i], "", NULL);
    }
    free(waiting);
}

/* --- options -------------------------------------------------------------------------------- */

static void options_free(rtcio_auth_options *opt)
{
    const char *const texts[] = {opt->audience, opt->issuer, opt->missing_message,
                                 opt->invalid_message};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((char *)(uintptr_t)texts[i]);
}

static bool copy_text(const char **to, const char *from)
{
    *to = from != NULL && *from != '\0' ? strdup(from) : NULL;
    return from == NULL || *from == '\0' || *to != NULL;
}

int rtcio_auth_set_options(rtcio_auth *auth, const rtcio_auth_options *opt)
{
    rtcio__jwt_keys *keys;
    rtcio_auth_options ours = *opt;
    int rc = rtcio__token_options_read(opt, &keys, NULL, 0);
    if (rc != 0)
        return rc;
    ours.secrets = ours.public_keys = ours.jwks = NULL;
    bool a = copy_text(&ours.audience, opt->audience), b = copy_text(&ours.issuer, opt->issuer);
    bool c = copy_text(&ours.missing_message, opt->missing_message);
    bool d = copy_text(&ours.invalid_message, opt->invalid_message);
    if (!a || !b || !c || !d) {
        options_free(&ours);
        rtcio__jwt_keys_destroy(keys);
        return RTCIO_E_NO_MEMORY;
    }
    options_free(&auth->opt);
    rtcio__jwt_keys_destroy(auth->keys);
    auth->opt = ours;
    auth->keys = keys;
    return 0;
}

static void auth_free(void *data)
{
    rtcio_auth *auth = data;
    options_free(&auth->opt);
    rtcio__jwt_keys_destroy(auth->keys);
    rtcio__jwt_keys_destroy(auth->issued);
    free(auth->waiting); /* who waits is the server's to end */
    free(auth);
}

rtcio_auth *rtcio_auth_attach(rtcio_namespace *nsp, const rtcio_auth_options *opt)
{
    if (nsp == NULL || opt == NULL || rtcio_namespace_data(nsp, &attached) != NULL)
        return NULL;
    rtcio_auth *auth = calloc(1, sizeof *auth);
    if (auth == NULL)
        return NULL;
    if (rtcio_auth_set_options(auth, opt) != 0 ||
        rtcio_namespace_set_data(nsp, &attached, auth, auth_free) != 0) {
        auth_free(auth);
        return NULL;
    }
    /* From here on the namespace owns it. */
    if (rtcio_use(nsp, gate, auth) != 0 || rtcio_on_connection(nsp, on_connection, auth) != 0 ||
        rtcio_on_disconnect(nsp, on_disconnect, auth) != 0 ||
        rtcio_on(nsp, RTCIO_REFRESH_TOKEN, on_refresh, auth) != 0)
        return NULL;
    return auth;
}

void rtcio_auth_get_stats(const rtcio_auth *auth, rtcio_auth_stats *stats)
{
    size_t size = stats->size < sizeof *stats ? stats->size : sizeof *stats;
    rtcio_auth_stats now = auth->stats;
    now.size = stats->size;
    memcpy(stats, &now, size);
}
