/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* When the set is fetched: at the start, each time auth.jwks_refresh is over, sooner after a
 * failure, and when a token names a key that is not known. Anybody can make such
 * a token, so that is done once in ten seconds at most; who comes meanwhile is refused. */

#include "jwks.h"

#include "fetch/fetch.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_BYTES        (256u << 10)
#define TIMEOUT_MS       5000
#define ASK_EVERY_MS     10000 /* for keys that are not known */
#define FIRST_DELAY_MS   1000
#define LONGEST_DELAY_MS 60000

#define T RTCIO__TEXT_FIELD
#define N RTCIO__NUMBER_FIELD

/* A set as it was fetched; freed by its last holder. */
typedef struct set {
    unsigned n_holders; /* atomic */
    size_t len;
    char text[];
} set;

/* A worker's part. */
typedef struct part {
    rtcio__jwks *jwks;
    rtcio_auth *auth;
    bool pending; /* a set is on its way to it; atomic */
} part;

struct rtcio__jwks {
    const char *url;
    uint64_t refresh_ms;
    bool others; /* settings have keys as well */
    rtcio__log *log;

    /* Of the loop's thread: */
    uv_loop_t *loop;
    uv_async_t wake;
    uv_timer_t timer;   /* to the next fetch */
    unsigned n_handles; /* of the two above; the last one that is closed frees this */
    rtcio__fetch *fetch;
    rtcio_workers *workers;
    set *current;        /* what all workers were handed; NULL: none */
    unsigned n_failures; /* since the last success */
    bool finished;

    /* Atomic: */
    bool asked;            /* a fetch is on its way; its end resumes who waits */
    uint64_t ask_again_ms; /* from then on an unknown key is a reason to fetch */
    rtcio__jwks_stats stats;

    part parts[RTCIO_WORKERS_MAX];
};

static const char key = 0; /* its address names the slot of "/" that has the part */

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- the workers' side -------------------------------------------------------------------------
 */

static void release(void *data)
{
    set *s = data;
    if (s != NULL && __atomic_sub_fetch(&s->n_holders, 1, __ATOMIC_ACQ_REL) == 0)
        free(s);
}

static part *part_of(rtcio_server *server)
{
    return rtcio_namespace_data(rtcio_of(server, "/"), &key);
}

static void resume(rtcio_server *server, void *user)
{
    (void)user;
    rtcio_auth_resume(part_of(server)->auth);
}

static void apply(rtcio_server *server, void *data)
{
    set *s = data;
    part *p = part_of(server);
    int rc = rtcio_auth_set_issuer_keys(p->auth, s->text, s->len);
    if (rc != 0)
        rtcio__log_line(p->jwks->log, RTCIO__LOG_ERROR, "jwks.fail", T("reason", "out of memory"));
    __atomic_store_n(&p->pending, false, __ATOMIC_RELAXED);
    rtcio_auth_resume(p->auth);
    release(s);
}

/* On a worker's thread. While `asked` or `pending` is true, a post that resumes is still to come
 * to it; else on_wake() sees to one. */
static bool on_unknown_key(rtcio_auth *auth, void *user)
{
    const part *p = user;
    rtcio__jwks *jwks = p->jwks;
    (void)auth;
    if (__atomic_load_n(&jwks->asked, __ATOMIC_ACQUIRE) ||
        __atomic_load_n(&p->pending, __ATOMIC_RELAXED))
        return true;
    if (now_ms() < __atomic_load_n(&jwks->ask_again_ms, __ATOMIC_RELAXED))
        return false;
    return uv_async_send(&jwks->wake) == 0;
}

int rtcio__jwks_attach(rtcio__jwks *jwks, rtcio_server *server, rtcio_auth *auth)
{
    if (jwks == NULL)
        return 0;
    part *p = &jwks->parts[rtcio_server_worker(server)];
    *p = (part){.jwks = jwks, .auth = auth};
    rtcio_auth_on_unknown_key(auth, on_unknown_key, p);
    return rtcio_namespace_set_data(rtcio_of(server, "/"), &key, p, NULL);
}

/* --- the main thread's -------------------------------------------------------------------------
 */

static void fetch(rtcio__jwks *jwks);

static void on_timer(uv_timer_t *timer)
{
    fetch(timer->data);
}

static void fetch_in(rtcio__jwks *jwks, uint64_t ms)
{
    uv_update_time(jwks->loop);
    uv_timer_start(&jwks->timer, on_timer, ms, 0);
}

/* Twice as long each time, and never the same for two servers: half of it is chance. */
static uint64_t delay_ms(const rtcio__jwks *jwks)
{
    uint64_t longest = jwks->refresh_ms < LONGEST_DELAY_MS ? jwks->refresh_ms : LONGEST_DELAY_MS;
    uint64_t ms = jwks->n_failures < 7 ? (uint64_t)FIRST_DELAY_MS << jwks->n_failures : longest;
    uint32_t chance = 0;
    (void)RAND_bytes((unsigned char *)&chance, sizeof chance);
    ms = ms < longest ? ms : longest;
    return ms / 2 + chance % (ms / 2 + 1);
}

/* The fetch has ended: before anything is posted, on_unknown_key() relies on that. */
static void end(rtcio__jwks *jwks)
{
    __atomic_store_n(&jwks->asked, false, __ATOMIC_RELEASE);
}

/* The keys stay as they are. */
static void fail(rtcio__jwks *jwks, const char *reason)
{
    uint64_t ms = delay_ms(jwks);
    jwks->n_failures++;
    __atomic_add_fetch(&jwks->stats.failed, 1, __ATOMIC_RELAXED);
    rtcio__log_line(jwks->log, RTCIO__LOG_WARN, "jwks.fail", T("reason", reason),
                    N("keys", jwks->stats.n_keys), N("again_in_ms", ms));
    end(jwks);
    (void)rtcio_workers_post(jwks->workers, resume, NULL);
    fetch_in(jwks, ms);
}

/* One copy for all workers, each of which makes keys of its own of it. False: not all have it. */
static bool hand_out(rtcio__jwks *jwks, rtcio_slice body)
{
    unsigned n = rtcio_workers_count(jwks->workers);
    set *s = malloc(sizeof *s + body.len);
    bool all = s != NULL;
    if (s == NULL)
        return false;
    *s = (set){.n_holders = 1 + n, .len = body.len};
    memcpy(s->text, body.data, body.len);
    for (unsigned i = 0; i < n; i++)
        __atomic_store_n(&jwks->parts[i].pending, true, __ATOMIC_RELAXED);
    end(jwks);
    for (unsigned i = 0; i < n; i++) {
        rtcio_server *server = rtcio_workers_server(jwks->workers, i);
        if (rtcio_server_post_take(server, apply, release, s) != 0) {
            __atomic_store_n(&jwks->parts[i].pending, false, __ATOMIC_RELAXED);
            release(s);
            all = false;
        }
    }
    release(jwks->current);
    jwks->current = all ? s : NULL; /* NULL: with the next fetch again */
    if (!all)
        release(s);
    return all;
}

static void take(rtcio__jwks *jwks, rtcio_slice body, int n_keys)
{
    const set *now = jwks->current;
    bool same = now != NULL && now->len == body.len && memcmp(now->text, body.data, body.len) == 0;
    uint64_t n_before = jwks->stats.n_keys;
    __atomic_store_n(&jwks->stats.n_keys, (uint64_t)n_keys, __ATOMIC_RELAXED);
    if (same) {
        end(jwks);
        (void)rtcio_workers_post(jwks->workers, resume, NULL);
    } else if (!hand_out(jwks, body)) {
        __atomic_store_n(&jwks->stats.n_keys, n_before, __ATOMIC_RELAXED);
        fail(jwks, "out of memory");
        return;
    }
    __atomic_add_fetch(&jwks->stats.ok, 1, __ATOMIC_RELAXED);
    if (!same || jwks->n_failures > 0)
        rtcio__log_line(jwks->log, RTCIO__LOG_INFO, "jwks.keys", N("keys", n_keys));
    jwks->n_failures = 0;
    fetch_in(jwks, jwks->refresh_ms);
}

static void on_answer(const rtcio__fetch_result *result, void *user)
{
    rtcio__jwks *jwks = user;
    rtcio_slice body = {result->body.data != NULL ? result->body.data : "", result->body.len};
    char why[64];
    if (jwks->finished)
        return;
    if (result->status == 0) {
        fail(jwks, result->error);
        return;
    }
    if (result->status != 200) {
        snprintf(why, sizeof why, "status %d", result->status);
        fail(jwks, why);
        return;
    }
    int n_keys = rtcio_auth_issuer_keys_check(body.data, body.len, why, sizeof why);
    if (n_keys > 0)
        take(jwks, body, n_keys);
    else
        fail(jwks, why);
}

static void fetch(rtcio__jwks *jwks)
{
    const rtcio__fetch_request request = {
        .url = jwks->url,
        .headers = {"Accept: application/jwk-set+json, application/json"},
        .timeout_ms = TIMEOUT_MS,
        .max_bytes = MAX_BYTES,
        .done = on_answer,
        .user = jwks};
    uv_timer_stop(&jwks->timer);
    __atomic_store_n(&jwks->asked, true, __ATOMIC_RELEASE);
    if (rtcio__fetch_send(jwks->fetch, &request) == 0)
        return;
    fail(jwks, "out of memory");
}

static void on_wake(uv_async_t *async)
{
    rtcio__jwks *jwks = async->data;
    uint64_t now = now_ms();
    if (jwks->asked) /* its end resumes */
        return;
    if (now < jwks->ask_again_ms) {
        (void)rtcio_workers_post(jwks->workers, resume, NULL);
        return;
    }
    __atomic_store_n(&jwks->ask_again_ms, now + ASK_EVERY_MS, __ATOMIC_RELAXED);
    fetch(jwks);
}

/* --- life --------------------------------------------------------------------------------------
 */

int rtcio__jwks_check(const rtcio__config *config, char *why, size_t why_size)
{
    const char *url = config->values[RTCIO__SET_AUTH_JWKS_URL].text;
    if (*url == '\0')
        return 0;
    const char *fault = rtcio__fetch_url_fault(url);
    if (fault == NULL && !rtcio__fetch_url_is_safe(url))
        fault = "is not encrypted: whoever can change the answer lets in whom he likes. Give "
                "https, http is for this machine only";
    if (fault == NULL)
        return 0;
    return rtcio__config_blame(config, RTCIO__SET_AUTH_JWKS_URL, why, why_size, "%s %s",
                               rtcio__settings[RTCIO__SET_AUTH_JWKS_URL].key, fault);
}

int rtcio__jwks_create(rtcio__jwks **out, const rtcio__config *config, rtcio__log *log)
{
    const rtcio__value *v = config->values;
    *out = NULL;
    if (*v[RTCIO__SET_AUTH_JWKS_URL].text == '\0')
        return 0;
    rtcio__jwks *jwks = calloc(1, sizeof *jwks);
    if (jwks == NULL)
        return -1;
    jwks->url = v[RTCIO__SET_AUTH_JWKS_URL].text;
    jwks->refresh_ms = v[RTCIO__SET_AUTH_JWKS_REFRESH].number;
    jwks->others = *v[RTCIO__SET_AUTH_SECRET].text != '\0' ||
                   *v[RTCIO__SET_AUTH_PUBLIC_KEY].text != '\0' ||
                   *v[RTCIO__SET_AUTH_JWKS].text != '\0';
    jwks->log = log;
    *out = jwks;
    return 0;
}

int rtcio__jwks_open(rtcio__jwks *jwks, uv_loop_t *loop)
{
    if (jwks == NULL)
        return 0;
    int rc = uv_async_init(loop, &jwks->wake, on_wake);
    if (rc != 0)
        return rc;
    uv_timer_init(loop, &jwks->timer);
    jwks->loop = loop;
    jwks->n_handles = 2;
    jwks->wake.data = jwks->timer.data = jwks;
    return rtcio__fetch_open(&jwks->fetch, loop);
}

void rtcio__jwks_start(rtcio__jwks *jwks, rtcio_workers *workers)
{
    if (jwks == NULL)
        return;
    jwks->workers = workers;
    fetch(jwks);
}

static void on_closed(uv_handle_t *handle)
{
    rtcio__jwks *jwks = handle->data;
    if (--jwks->n_handles == 0)
        free(jwks);
}

void rtcio__jwks_finish(rtcio__jwks *jwks)
{
    if (jwks == NULL)
        return;
    jwks->finished = true;
    rtcio__fetch_close(jwks->fetch);
    release(jwks->current);
    if (jwks->n_handles == 0) {
        free(jwks);
        return;
    }
    uv_close((uv_handle_t *)&jwks->wake, on_closed);
    uv_close((uv_handle_t *)&jwks->timer, on_closed);
}

bool rtcio__jwks_has_keys(const rtcio__jwks *jwks)
{
    return jwks == NULL || jwks->others ||
           __atomic_load_n(&jwks->stats.n_keys, __ATOMIC_RELAXED) > 0;
}

void rtcio__jwks_get_stats(const rtcio__jwks *jwks, rtcio__jwks_stats *stats)
{
    *stats = (rtcio__jwks_stats){
        .ok = __atomic_load_n(&jwks->stats.ok, __ATOMIC_RELAXED),
        .failed = __atomic_load_n(&jwks->stats.failed, __ATOMIC_RELAXED),
        .n_keys = __atomic_load_n(&jwks->stats.n_keys, __ATOMIC_RELAXED),
    };
}
