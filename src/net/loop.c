/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The loop: order of a turn, posted work, the grave. It knows connections only as things with
 * pending output. */

#include "net/loop.h"

#include "net/conn.h"
#include "net/tls.h"

#include <rtcio/server.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* A turn flushes as soon as this many connections have output: a thousand cold buffers would fall
 * out of the cache before they are sent. */
#define FLUSH_AT 64

/* A call as a post. */
struct call {
    struct rtcio__post post;
    void (*fn)(void *a, void *b);
    void *a, *b;
};

static struct timespec read_clock(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts;
}

static uint64_t in_ms(struct timespec ts)
{
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static uint64_t clock_ms(void)
{
    return in_ms(read_clock());
}

static void time_turn(struct rtcio__turns *turns, struct timespec begun)
{
    static const uint64_t bounds_us[] = RTCIO_TURN_BOUNDS_US;
    const struct timespec now = read_clock();
    int64_t us =
        (int64_t)(now.tv_sec - begun.tv_sec) * 1000000 + (now.tv_nsec - begun.tv_nsec) / 1000;
    size_t i = 0;

    while (i < RTCIO__TURN_BUCKETS - 1 && (uint64_t)us > bounds_us[i])
        i++;
    rtcio__counter_add(&turns->buckets[i], 1);
    rtcio__counter_add(&turns->us, (uint64_t)us);
    rtcio__counter_add(&turns->n_timed, 1);
}

static void between(struct rtcio__loop *loop)
{
    if (loop->n_dirty >= FLUSH_AT)
        rtcio__loop_flush(loop);
}

static void append(struct rtcio__posts *posts, struct rtcio__post *post)
{
    post->next = NULL;
    *posts->end = post;
    posts->end = &post->next;
}

static struct rtcio__posts no_posts(struct rtcio__posts *at)
{
    return (struct rtcio__posts){NULL, &at->first};
}

void rtcio__loop_collect(struct rtcio__loop *loop)
{
    pthread_mutex_lock(&loop->post_lock);
    if (loop->posts.first != NULL) {
        *loop->inbox.end = loop->posts.first;
        loop->inbox.end = loop->posts.end;
        loop->posts = no_posts(&loop->posts);
        loop->posted_bytes = 0;
    }
    loop->woken = false;
    pthread_mutex_unlock(&loop->post_lock);
}

static struct rtcio__post *take(struct rtcio__posts *posts, struct rtcio__post **at)
{
    struct rtcio__post *post = *at;

    *at = post->next;
    if (posts->end == &post->next)
        posts->end = at;
    return post;
}

static void run_inbox(struct rtcio__loop *loop)
{
    /* What comes in meanwhile waits for the next turn: sockets want theirs, too. */
    size_t n = 0;
    for (const struct rtcio__post *post = loop->inbox.first; post != NULL; post = post->next)
        n++;
    for (; n > 0 && loop->inbox.first != NULL; n--) {
        struct rtcio__post *post = take(&loop->inbox, &loop->inbox.first);
        post->run(post);
        between(loop);
    }
}

static void on_wakeup(struct rtcio__source *source, unsigned events)
{
    struct rtcio__loop *loop = rtcio__container_of(source, struct rtcio__loop, wakeup);
    uint64_t count;
    (void)events;

    /* The counter only wakes; the list says what there is. */
    if (read(loop->wakeup_fd, &count, sizeof count) < 0 && errno != EAGAIN)
        return;
    rtcio__loop_collect(loop);
    run_inbox(loop);
}

void rtcio__loop_catch_up(struct rtcio__loop *loop)
{
    struct rtcio__post **at = &loop->inbox.first;

    while (*at != NULL) {
        if (!(*at)->quick) {
            at = &(*at)->next;
            continue;
        }
        struct rtcio__post *post = take(&loop->inbox, at);
        post->run(post);
    }
}

int rtcio__loop_init(struct rtcio__loop *loop)
{
    memset(loop, 0, sizeof *loop);
    loop->poller = loop->wakeup_fd = -1;
    loop->posts = no_posts(&loop->posts);
    loop->inbox = no_posts(&loop->inbox);
    rtcio__list_init(&loop->deferred);
    rtcio__list_init(&loop->conns);
    rtcio__pool_init(&loop->conn_pool, sizeof(struct rtcio__conn));
    loop->max_posted_bytes = SIZE_MAX;
    loop->now_ms = clock_ms();
    rtcio__timers_init(&loop->timers, loop->now_ms);
    loop->wakeup.ready = on_wakeup;
    if (pthread_mutex_init(&loop->post_lock, NULL) != 0)
        return RTCIO_E_SYSTEM;
    loop->read_buffer = malloc(RTCIO__READ_SIZE + 1);
    loop->poller = rtcio__poller_create();
    loop->wakeup_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->read_buffer == NULL || loop->poller < 0 || loop->wakeup_fd < 0 ||
        rtcio__poller_add(loop->poller, loop->wakeup_fd, &loop->wakeup) != 0) {
        rtcio__loop_fini(loop);
        return RTCIO_E_SYSTEM;
    }
    return 0;
}

static void free_grave(struct rtcio__loop *loop)
{
    /* What is freed may run callers' code, which buries more, or may ask to go after the others. */
    while (loop->grave != NULL) {
        struct rtcio__corpse *corpse = loop->grave;
        loop->grave = NULL;
        while (corpse != NULL) {
            struct rtcio__corpse *next = corpse->next;
            corpse->free_fn(corpse);
            corpse = next;
        }
    }
}

void rtcio__loop_drop_posts(struct rtcio__loop *loop)
{
    rtcio__loop_collect(loop);
    while (loop->inbox.first != NULL) {
        struct rtcio__post *post = take(&loop->inbox, &loop->inbox.first);
        post->drop(post);
    }
}

void rtcio__loop_fini(struct rtcio__loop *loop)
{
    free_grave(loop);
    rtcio__pool_fini(&loop->conn_pool);
    rtcio__wq_free_pool(loop);
    rtcio__tls_free_room(loop);
    rtcio__loop_drop_posts(loop);
    if (loop->wakeup_fd >= 0)
        close(loop->wakeup_fd);
    if (loop->poller >= 0)
        close(loop->poller);
    free(loop->read_buffer);
    pthread_mutex_destroy(&loop->post_lock);
}

/* Fails only when the counter is full, and then the loop is awake anyway. */
static void write_wakeup(struct rtcio__loop *loop)
{
    uint64_t one = 1;
    ssize_t ignored = write(loop->wakeup_fd, &one, sizeof one);
    (void)ignored;
}

void rtcio__loop_send_quietly(struct rtcio__loop *loop, struct rtcio__post *post)
{
    pthread_mutex_lock(&loop->post_lock);
    append(&loop->posts, post);
    loop->posted_bytes += post->bytes;
    pthread_mutex_unlock(&loop->post_lock);
}

bool rtcio__loop_offer_quietly(struct rtcio__loop *loop, struct rtcio__post *post)
{
    pthread_mutex_lock(&loop->post_lock);
    bool fits = loop->posted_bytes + post->bytes <= loop->max_posted_bytes;
    if (fits) {
        append(&loop->posts, post);
        loop->posted_bytes += post->bytes;
    } else {
        loop->n_posts_refused++;
    }
    pthread_mutex_unlock(&loop->post_lock);
    return fits;
}

void rtcio__loop_posted(struct rtcio__loop *loop, size_t *bytes, uint64_t *n_refused)
{
    pthread_mutex_lock(&loop->post_lock);
    *bytes = loop->posted_bytes;
    *n_refused = loop->n_posts_refused;
    pthread_mutex_unlock(&loop->post_lock);
}

void rtcio__loop_wake(struct rtcio__loop *loop)
{
    pthread_mutex_lock(&loop->post_lock);
    bool sleeps = loop->posts.first != NULL && !loop->woken;
    loop->woken |= sleeps;
    pthread_mutex_unlock(&loop->post_lock);
    if (sleeps)
        write_wakeup(loop);
}

void rtcio__loop_send(struct rtcio__loop *loop, struct rtcio__post *post)
{
    rtcio__loop_send_quietly(loop, post);
    rtcio__loop_wake(loop);
}

static void drop_call(struct rtcio__post *post)
{
    struct call *call = rtcio__container_of(post, struct call, post);

    free(call->b);
    free(call);
}

static void run_call(struct rtcio__post *post)
{
    const struct call *call = rtcio__container_of(post, struct call, post);

    call->fn(call->a, call->b);
    drop_call(post);
}

int rtcio__loop_post(struct rtcio__loop *loop, void (*fn)(void *a, void *b), void *a, void *b)
{
    struct call *call = malloc(sizeof *call);

    if (call == NULL)
        return RTCIO_E_NO_MEMORY;
    *call = (struct call){{.run = run_call, .drop = drop_call}, fn, a, b};
    rtcio__loop_send(loop, &call->post);
    return 0;
}

void rtcio__loop_flush(struct rtcio__loop *loop)
{
    struct rtcio__conn *conn = loop->dirty;

    loop->dirty = NULL;
    loop->n_dirty = 0;
    while (conn != NULL) {
        struct rtcio__conn *next = conn->next_dirty;
        conn->dirty = false;
        rtcio__conn_flush(conn);
        conn = next;
    }
}

uint64_t rtcio__loop_now(struct rtcio__loop *loop)
{
    /* A host may call after its server has been idle for hours. */
    if (!loop->turning)
        loop->now_ms = clock_ms();
    return loop->now_ms;
}

/* Completes the turn: deferred work makes output, output makes ends, ends make deferred work. */
static void settle(struct rtcio__loop *loop)
{
    do {
        while (!rtcio__list_empty(&loop->deferred)) {
            struct rtcio__list *link = loop->deferred.next;
            rtcio__list_remove(link);
            struct rtcio__deferred *deferred =
                rtcio__container_of(link, struct rtcio__deferred, link);
            deferred->run(deferred);
            between(loop);
        }
        rtcio__loop_flush(loop);
    } while (!rtcio__list_empty(&loop->deferred) || loop->dirty != NULL);
}

int rtcio__loop_turn(struct rtcio__loop *loop, int timeout_ms)
{
    if (loop->turning)
        return RTCIO_E_INVALID;
    loop->turning = true;
    /* What was emitted between two turns goes out before waiting. */
    settle(loop);
    if (loop->grave != NULL)
        free_grave(loop);
    struct rtcio__ready ready[RTCIO__READY_MAX];
    int n = rtcio__poller_wait(loop->poller, rtcio__loop_timeout(loop, timeout_ms), ready);
    /* The wait may have been long: deadlines set from here on count from now. */
    const struct timespec begun = read_clock();
    loop->now_ms = in_ms(begun);
    if (loop->inbox.first != NULL) /* left over from a catching up */
        run_inbox(loop);
    for (int i = 0; i < n; i++) {
        ready[i].source->ready(ready[i].source, ready[i].events);
        between(loop);
    }
    rtcio__timers_advance(&loop->timers, loop->now_ms);
    settle(loop);
    free_grave(loop);
    loop->turning = false;
    rtcio__counter_add(&loop->turns.n, 1);
    if (rtcio__counter_get(&loop->turns.n) % RTCIO__TURN_EVERY == 0)
        time_turn(&loop->turns, begun);
    return n < 0 ? n : 0;
}

int rtcio__loop_timeout(struct rtcio__loop *loop, int most)
{
    if (loop->dirty != NULL || !rtcio__list_empty(&loop->deferred) || loop->grave != NULL ||
        loop->inbox.first != NULL)
        return 0;
    uint64_t next = rtcio__timers_next(&loop->timers);
    if (next == UINT64_MAX)
        return most;
    uint64_t now = clock_ms();
    uint64_t wait = next > now ? next - now : 0;
    if (most >= 0 && wait > (uint64_t)most)
        return most;
    return wait > 3600000 ? 3600000 : (int)wait;
}
