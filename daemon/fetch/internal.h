/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_FETCH_INTERNAL_H
#define RTCIO_DAEMON_FETCH_INTERNAL_H

#include "fetch/fetch.h"

#include <curl/curl.h>
#include <pthread.h>

/* A request on its way. */
typedef struct rtcio__call {
    struct rtcio__call *next, **link; /* of those that wait, then of those in curl's hands */
    rtcio__fetch *fetch;
    CURL *easy;
    struct curl_slist *headers;
    char *url, *body; /* body NULL: a GET */
    size_t body_len, size;
    uint32_t timeout_ms;
    size_t max_bytes;
    char *answer;
    size_t answer_len;
    bool too_large;
    rtcio__fetch_fn done;
    void *user;
} rtcio__call;

struct rtcio__fetch {
    uv_loop_t *loop;
    uv_async_t wake;
    uv_timer_t timer;
    unsigned n_handles; /* of the two above; the last one that is closed frees this */
    CURLM *multi;
    rtcio__call *running;
    pthread_mutex_t lock; /* of: */
    rtcio__call *waiting, **waiting_end;
    size_t n_calls, n_bytes; /* running ones, too */
};

/* Curl's sockets and its timer on the loop. 0 or -1. */
int rtcio__fetch_loop_attach(rtcio__fetch *fetch);
/* Looks for calls that have ended. */
void rtcio__fetch_look(rtcio__fetch *fetch);

#endif
