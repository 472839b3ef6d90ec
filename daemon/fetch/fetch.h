/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_FETCH_FETCH_H
#define RTCIO_DAEMON_FETCH_FETCH_H

/* HTTP requests of ours to other servers, by libcurl on a libuv loop. Straight to the server that
 * the URL names: no proxy, no redirects, no credentials in URLs. Certificates are checked against
 * the system's. Knows nothing of what is asked. */

#include <rtcio/types.h>
#include <uv.h>

#define RTCIO__FETCH_MAX_REQUESTS 1024        /* asked and not answered yet */
#define RTCIO__FETCH_MAX_BYTES    (16u << 20) /* … of their bodies, headers, URLs */
#define RTCIO__FETCH_MAX_SOCKETS  16          /* connections at a time */
#define RTCIO__FETCH_MAX_HEADERS  8

typedef struct rtcio__fetch rtcio__fetch;

typedef struct rtcio__fetch_result {
    int status;        /* HTTP's; 0: there was no whole answer, and `error` says why */
    const char *error; /* "" with a status; never has the URL in it */
    rtcio_slice body;  /* valid inside the callback */
} rtcio__fetch_result;

typedef void (*rtcio__fetch_fn)(const rtcio__fetch_result *result, void *user);

typedef struct rtcio__fetch_request {
    const char *url;
    rtcio_slice body; /* of a POST; data NULL: it is a GET */
    /* "Name: value", the rest NULL. */
    const char *headers[RTCIO__FETCH_MAX_HEADERS];
    uint32_t timeout_ms;  /* from here to the end of the answer */
    size_t max_bytes;     /* of the answer's body; a longer one is an error. 0: it is not kept */
    rtcio__fetch_fn done; /* called once, on the loop's thread, never from inside the call */
    void *user;           /* for done */
} rtcio__fetch_request;

/* On the loop's thread, before other threads are there. 0 or a negative error of libuv. */
int rtcio__fetch_open(rtcio__fetch **fetch, uv_loop_t *loop);
/* On the loop's thread, when no other knows of it any more; `done` is called for what is not
 * answered. What is left is freed by the loop's next round. NULL is fine. */
void rtcio__fetch_close(rtcio__fetch *fetch);

/* Asks; everything is copied. Any thread. 0, RTCIO_E_QUEUE_FULL, RTCIO_E_NO_MEMORY: `done` is not
 * called then. */
int rtcio__fetch_send(rtcio__fetch *fetch, const rtcio__fetch_request *request);

/* What is wrong with a URL for this, or NULL. Any thread. */
const char *rtcio__fetch_url_fault(const char *url);
/* Can nobody on the way change what a faultless URL answers: https, or this machine's loopback? */
bool rtcio__fetch_url_is_safe(const char *url);

#endif
