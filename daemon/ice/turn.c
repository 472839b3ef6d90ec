/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Allocates a relay at a TURN server: ask, be told realm and nonce, ask again signed, give back
 * (RFC 8656, section 7). */

#include "turn.h"

#include "stun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 10000
#define RTO_MS      500 /* RFC 8489, 6.2.1 */

typedef struct talk {
    int fd;
    bool tcp;
    int64_t deadline_ms;
    char *result;
    size_t size;
} talk;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

__attribute__((format(printf, 2, 3))) static int fail(talk *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(t->result, t->size, format, args);
    va_end(args);
    return -1;
}

/* Readable or writable before `until_ms`? */
static bool wait_for(const talk *t, short events, int64_t until_ms)
{
    struct pollfd p = {t->fd, events, 0};
    for (;;) {
        int64_t left = (until_ms < t->deadline_ms ? until_ms : t->deadline_ms) - now_ms();
        int n = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (n >= 0 || errno != EINTR)
            return n > 0;
    }
}

static int open_socket(talk *t, const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = t->tcp ? SOCK_STREAM : SOCK_DGRAM}, *list, *a;
    int rc = getaddrinfo(host, port, &hints, &list), error = 0;
    if (rc != 0)
        return fail(t, "the name cannot be resolved: %s", gai_strerror(rc));
    for (a = list; a != NULL; a = a->ai_next) {
        t->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (t->fd < 0)
            continue;
        error = connect(t->fd, a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
        socklen_t len = sizeof error;
        if (error == EINPROGRESS) {
            error = ETIMEDOUT;
            if (wait_for(t, POLLOUT, t->deadline_ms))
                getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len);
        }
        if (error == 0)
            break;
        close(t->fd);
        t->fd = -1;
    }
    freeaddrinfo(list);
    if (t->fd < 0)
        return fail(t, "no connection: %s; is the server up, and does the firewall let %s through?",
                    strerror(error), t->tcp ? "TCP" : "UDP");
    return 0;
}

/* One message. 1: here it is, 0: not before `until_ms`, -1: there will be none. */
static int receive(talk *t, rtcio__stun *m, int64_t until_ms)
{
    m->len = 0;
    for (;;) {
        if (!wait_for(t, POLLIN, until_ms))
            return 0;
        size_t whole = rtcio__stun_length(m->bytes, m->len);
        if (whole > sizeof m->bytes)
            return -1;
        size_t want = !t->tcp ? sizeof m->bytes : whole == 0 ? 4 - m->len : whole - m->len;
        ssize_t n = recv(t->fd, m->bytes + m->len, want, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n == 0)
            errno = ECONNRESET;
        if (n <= 0)
            return -1;
        m->len += (size_t)n;
        if (!t->tcp || (m->len > 4 && m->len == rtcio__stun_length(m->bytes, m->len)))
            return 1;
    }
}

/* Sends until an answer comes; over UDP again and again, each time later. */
static int transact(talk *t, const rtcio__stun *request, rtcio__stun *answer)
{
    int64_t pause_ms = t->tcp ? DEADLINE_MS : RTO_MS;
    while (now_ms() < t->deadline_ms) {
        if (send(t->fd, request->bytes, request->len, MSG_NOSIGNAL) != (ssize_t)request->len)
            return fail(t, "cannot send: %s", strerror(errno));
        int64_t until_ms = now_ms() + pause_ms;
        int n;
        while ((n = receive(t, answer, until_ms)) > 0) {
            if (rtcio__stun_answers(answer, request))
                return 0;
        }
        if (n < 0)
            return fail(t, "the server ended the connection: %s; is it a TURN server?",
                        strerror(errno));
        pause_ms *= 2;
    }
    return fail(t, "no answer within %d s; is the server up, and does the firewall let %s through?",
                DEADLINE_MS / 1000, t->tcp ? "TCP" : "UDP");
}

static bool copy_text(const rtcio__stun *m, unsigned attribute, char *buf, size_t size)
{
    size_t len;
    const uint8_t *p = rtcio__stun_find(m, attribute, &len);
    if (p == NULL || len >= size || memchr(p, 0, len) != NULL)
        return false;
    memcpy(buf, p, len);
    buf[len] = '\0';
    return true;
}

typedef struct session {
    char realm[256], nonce[256];
    rtcio__stun_key key;
} session;

static bool sign(rtcio__stun *m, const session *s, const rtcio__turn_account *account)
{
    return rtcio__stun_add(m, RTCIO__STUN_USERNAME, account->username, strlen(account->username)) &&
           rtcio__stun_add(m, RTCIO__STUN_REALM, s->realm, strlen(s->realm)) &&
           rtcio__stun_add(m, RTCIO__STUN_NONCE, s->nonce, strlen(s->nonce)) &&
           rtcio__stun_sign(m, &s->key);
}

static bool begin_allocate(rtcio__stun *m)
{
    /* 17 is UDP: what is relayed, however we got here (RFC 8656, 18.8). */
    return rtcio__stun_begin(m, RTCIO__STUN_ALLOCATE) &&
           rtcio__stun_add_u32(m, RTCIO__STUN_REQUESTED_TRANSPORT, UINT32_C(17) << 24);
}

static int refused(talk *t, const rtcio__stun *answer)
{
    char reason[128];
    unsigned code = rtcio__stun_error(answer, reason, sizeof reason);
    const char *mend = "see the TURN server's log";
    if (code == 401)
        mend = "the secret differs from the server's static-auth-secret, or the clocks differ";
    else if (code == 486 || code == 508)
        mend = "raise the server's quota";
    return fail(t, "refused with %u %s; %s", code, reason, mend);
}

static void describe_relay(talk *t, const rtcio__stun *answer)
{
    size_t len;
    uint8_t ip[16];
    char text[INET6_ADDRSTRLEN] = "?";
    const uint8_t *p = rtcio__stun_find(answer, RTCIO__STUN_XOR_RELAYED_ADDRESS, &len);
    bool six = p != NULL && len == 20 && p[1] == 2;
    if (p == NULL || (!six && len != 8)) {
        snprintf(t->result, t->size, "allocated, but the server does not say where");
        return;
    }
    /* "X-Address is computed by XOR'ing the mapped IP address with the concatenation of the magic
     * cookie and the transaction ID" (RFC 8489, 14.2). */
    for (size_t i = 0; i < len - 4; i++)
        ip[i] = p[4 + i] ^ answer->bytes[4 + i];
    inet_ntop(six ? AF_INET6 : AF_INET, ip, text, sizeof text);
    unsigned relay_port = ((unsigned)p[2] << 8 | p[3]) ^ 0x2112u;
    snprintf(t->result, t->size, "allocated %s%s%s:%u", six ? "[" : "", text, six ? "]" : "",
             relay_port);
}

static int allocate(talk *t, const rtcio__turn_account *account)
{
    rtcio__stun request, answer;
    session s;
    if (!begin_allocate(&request))
        return fail(t, "no random numbers");
    if (transact(t, &request, &answer) != 0)
        return -1;
    char reason[128];
    if (rtcio__stun_type(&answer) == (RTCIO__STUN_ALLOCATE | RTCIO__STUN_SUCCESS))
        return fail(t, "the server relays for everybody; give it use-auth-secret");
    if (rtcio__stun_error(&answer, reason, sizeof reason) != 401 ||
        !copy_text(&answer, RTCIO__STUN_REALM, s.realm, sizeof s.realm) ||
        !copy_text(&answer, RTCIO__STUN_NONCE, s.nonce, sizeof s.nonce))
        return refused(t, &answer);
    if (!rtcio__stun_key_init(&s.key, account->username, s.realm, account->credential) ||
        !begin_allocate(&request) || !sign(&request, &s, account))
        return fail(t, "the request cannot be signed");
    if (transact(t, &request, &answer) != 0)
        return -1;
    if (rtcio__stun_type(&answer) != (RTCIO__STUN_ALLOCATE | RTCIO__STUN_SUCCESS))
        return refused(t, &answer);
    describe_relay(t, &answer);

    /* Give it back; that it works is not what was asked. */
    if (rtcio__stun_begin(&request, RTCIO__STUN_REFRESH) &&
        rtcio__stun_add_u32(&request, RTCIO__STUN_LIFETIME, 0) && sign(&request, &s, account))
        (void)!send(t->fd, request.bytes, request.len, MSG_NOSIGNAL);
    return 0;
}

int rtcio__turn_check(const char *host, const char *port, bool tcp,
                      const rtcio__turn_account *account, char *result, size_t size)
{
    talk t = {-1, tcp, now_ms() + DEADLINE_MS, result, size};
    if (open_socket(&t, host, port) != 0)
        return -1;
    int rc = allocate(&t, account);
    close(t.fd);
    return rc;
}
