/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What curl waits for, in libuv's hands. */

#include "internal.h"

#include <stdlib.h>

/* A socket of curl's. Its memory lives until libuv has closed the handle. */
typedef struct watch {
    uv_poll_t poll;
    rtcio__fetch *fetch;
    curl_socket_t fd;
} watch;

static void on_ready(uv_poll_t *poll, int status, int events)
{
    const watch *w = poll->data;
    rtcio__fetch *fetch = w->fetch;
    int flags = status < 0 ? CURL_CSELECT_ERR
                           : ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                                 ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
    int running;
    (void)curl_multi_socket_action(fetch->multi, w->fd, flags, &running); /* may close `w` */
    rtcio__fetch_look(fetch);
}

static void on_time(uv_timer_t *timer)
{
    rtcio__fetch *fetch = timer->data;
    int running;
    (void)curl_multi_socket_action(fetch->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    rtcio__fetch_look(fetch);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static watch *watch_begin(rtcio__fetch *fetch, curl_socket_t fd)
{
    watch *w = calloc(1, sizeof *w);
    if (w == NULL || uv_poll_init_socket(fetch->loop, &w->poll, fd) != 0) {
        free(w);
        return NULL;
    }
    w->poll.data = w;
    w->fetch = fetch;
    w->fd = fd;
    (void)curl_multi_assign(fetch->multi, fd, w);
    return w;
}

/* A socket that cannot be watched is a request that runs into its deadline. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    rtcio__fetch *fetch = user;
    watch *w = socket_user;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (w != NULL) {
            (void)curl_multi_assign(fetch->multi, fd, NULL);
            uv_close((uv_handle_t *)&w->poll, on_closed);
        }
        return 0;
    }
    if (w == NULL && (w = watch_begin(fetch, fd)) == NULL)
        return 0;
    int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                 ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    (void)uv_poll_start(&w->poll, events, on_ready);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
    rtcio__fetch *fetch = user;
    (void)multi;
    if (timeout_ms < 0)
        uv_timer_stop(&fetch->timer);
    else
        uv_timer_start(&fetch->timer, on_time, (uint64_t)timeout_ms, 0);
    return 0;
}

int rtcio__fetch_loop_attach(rtcio__fetch *fetch)
{
    CURLM *multi = fetch->multi;
    bool ok = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
              curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, fetch) == CURLM_OK &&
              curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
              curl_multi_setopt(multi, CURLMOPT_TIMERDATA, fetch) == CURLM_OK;
    return ok ? 0 : -1;
}
