/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The way of a request: copied by whoever asks, begun on the loop's thread, answered there. */

#include "internal.h"

#include <arpa/inet.h>
#include <rtcio/errors.h>
#include <rtcio/version.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void call_free(rtcio__call *call)
{
    curl_slist_free_all(call->headers);
    curl_easy_cleanup(call->easy);
    free(call->url);
    free(call->body);
    free(call->answer);
    free(call);
}

/* Tells who asked, and forgets the call. Curl does not have it any more. */
static void finish(rtcio__call *call, int status, const char *error)
{
    rtcio__fetch *fetch = call->fetch;
    rtcio__fetch_result result = {
        .status = status, .error = error, .body = {call->answer, call->answer_len}};
    pthread_mutex_lock(&fetch->lock);
    fetch->n_calls--;
    fetch->n_bytes -= call->size;
    pthread_mutex_unlock(&fetch->lock);
    call->done(&result, call->user);
    call_free(call);
}

static void unlink_running(rtcio__call *call)
{
    *call->link = call->next;
    if (call->next != NULL)
        call->next->link = call->link;
}

void rtcio__fetch_look(rtcio__fetch *fetch)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(fetch->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        rtcio__call *call = NULL;
        long status = 0;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        (void)curl_multi_remove_handle(fetch->multi, call->easy); /* `message` is gone */
        unlink_running(call);
        if (call->too_large)
            finish(call, 0, "the answer is too large");
        else if (code != CURLE_OK)
            finish(call, 0, curl_easy_strerror(code));
        else
            finish(call, (int)status, "");
    }
}

static size_t on_answer(char *data, size_t one, size_t len, void *user)
{
    rtcio__call *call = user;
    len *= one;
    if (call->max_bytes == 0)
        return len;
    if (len > call->max_bytes - call->answer_len) {
        call->too_large = true;
        return 0;
    }
    char *answer = len > 0 ? realloc(call->answer, call->answer_len + len) : call->answer;
    if (answer == NULL && len > 0)
        return 0;
    call->answer = answer;
    if (len > 0)
        memcpy(answer + call->answer_len, data, len);
    call->answer_len += len;
    return len;
}

static bool prepare(rtcio__call *call)
{
    CURL *e = call->easy = curl_easy_init();
    char agent[64];
    if (e == NULL)
        return false;
    snprintf(agent, sizeof agent, "rtcio/%s", rtcio_version());
    bool ok = curl_easy_setopt(e, CURLOPT_URL, call->url) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_USERAGENT, agent) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_answer) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_WRITEDATA, call) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_PRIVATE, call) == CURLE_OK;
    if (ok && call->body != NULL)
        ok = curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len) ==
                 CURLE_OK &&
             curl_easy_setopt(e, CURLOPT_POSTFIELDS, call->body) == CURLE_OK;
    return ok;
}

static void begin(rtcio__fetch *fetch, rtcio__call *call)
{
    if (!prepare(call) || curl_multi_add_handle(fetch->multi, call->easy) != CURLM_OK) {
        finish(call, 0, "out of memory");
        return;
    }
    call->next = fetch->running;
    call->link = &fetch->running;
    if (call->next != NULL)
        call->next->link = &call->next;
    fetch->running = call;
}

static rtcio__call *take_waiting(rtcio__fetch *fetch)
{
    pthread_mutex_lock(&fetch->lock);
    rtcio__call *call = fetch->waiting;
    fetch->waiting = NULL;
    fetch->waiting_end = &fetch->waiting;
    pthread_mutex_unlock(&fetch->lock);
    return call;
}

static void on_wake(uv_async_t *async)
{
    rtcio__fetch *fetch = async->data;
    rtcio__call *next;
    for (rtcio__call *call = take_waiting(fetch); call != NULL; call = next) {
        next = call->next;
        begin(fetch, call);
    }
}

static bool copy_headers(rtcio__call *call, const rtcio__fetch_request *request)
{
    /* Curl would ask whether a large body is welcome, and wait a second for the answer. */
    call->headers = curl_slist_append(NULL, "Expect:");
    bool ok = call->headers != NULL;
    for (size_t i = 0; ok && i < RTCIO__FETCH_MAX_HEADERS && request->headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(call->headers, request->headers[i]);
        ok = longer != NULL;
        call->headers = ok ? longer : call->headers;
        call->size += strlen(request->headers[i]);
    }
    return ok;
}

static rtcio__call *call_create(rtcio__fetch *fetch, const rtcio__fetch_request *request)
{
    rtcio__call *call = calloc(1, sizeof *call);
    if (call == NULL)
        return NULL;
    call->fetch = fetch;
    call->timeout_ms = request->timeout_ms;
    call->max_bytes = request->max_bytes;
    call->done = request->done;
    call->user = request->user;
    call->url = strdup(request->url);
    call->body_len = request->body.len;
    call->size = sizeof *call + strlen(request->url) + request->body.len + request->max_bytes;
    bool ok = call->url != NULL && copy_headers(call, request);
    if (ok && request->body.data != NULL) {
        call->body = malloc(request->body.len + 1);
        ok = call->body != NULL;
        if (ok)
            memcpy(call->body, request->body.data, request->body.len);
    }
    if (ok)
        return call;
    call_free(call);
    return NULL;
}

int rtcio__fetch_send(rtcio__fetch *fetch, const rtcio__fetch_request *request)
{
    rtcio__call *call = call_create(fetch, request);
    if (call == NULL)
        return RTCIO_E_NO_MEMORY;
    pthread_mutex_lock(&fetch->lock);
    bool fits = fetch->n_calls < RTCIO__FETCH_MAX_REQUESTS &&
                fetch->n_bytes + call->size <= RTCIO__FETCH_MAX_BYTES;
    if (fits) {
        fetch->n_calls++;
        fetch->n_bytes += call->size;
        *fetch->waiting_end = call;
        fetch->waiting_end = &call->next;
    }
    pthread_mutex_unlock(&fetch->lock);
    if (!fits) {
        call_free(call);
        return RTCIO_E_QUEUE_FULL;
    }
    uv_async_send(&fetch->wake);
    return 0;
}

const char *rtcio__fetch_url_fault(const char *url)
{
    const char *fault = NULL;
    char *scheme = NULL, *user = NULL, *fragment = NULL;
    CURLU *u = curl_url();
    if (u == NULL)
        return "cannot be looked at, memory is short";
    if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        fault = "is no URL, write it as https://example.org/path";
    else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
        fault = "has a user or a password in it, leave them out";
    else if (curl_url_get(u, CURLUPART_FRAGMENT, &fragment, 0) == CURLUE_OK)
        fault = "has a # in it, leave that and the rest out";
    curl_free(scheme);
    curl_free(user);
    curl_free(fragment);
    curl_url_cleanup(u);
    return fault;
}

static bool is_loopback(const char *host)
{
    struct in_addr address;
    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == 127;
    return strcmp(host, "[::1]") == 0 || strcasecmp(host, "localhost") == 0;
}

bool rtcio__fetch_url_is_safe(const char *url)
{
    char *scheme = NULL, *host = NULL;
    CURLU *u = curl_url();
    bool safe = u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
                curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                (strcmp(scheme, "https") == 0 || is_loopback(host));
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(u);
    return safe;
}

static void on_closed(uv_handle_t *handle)
{
    rtcio__fetch *fetch = handle->data;
    if (--fetch->n_handles > 0)
        return;
    pthread_mutex_destroy(&fetch->lock);
    free(fetch);
}

int rtcio__fetch_open(rtcio__fetch **out, uv_loop_t *loop)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return UV_ENOMEM;
    rtcio__fetch *fetch = calloc(1, sizeof *fetch);
    CURLM *multi = curl_multi_init();
    int rc =
        fetch != NULL && multi != NULL ? uv_async_init(loop, &fetch->wake, on_wake) : UV_ENOMEM;
    if (rc != 0) {
        curl_multi_cleanup(multi);
        free(fetch);
        curl_global_cleanup();
        return rc;
    }
    pthread_mutex_init(&fetch->lock, NULL);
    fetch->loop = loop;
    fetch->multi = multi;
    fetch->waiting_end = &fetch->waiting;
    fetch->wake.data = fetch;
    uv_timer_init(loop, &fetch->timer);
    fetch->timer.data = fetch;
    fetch->n_handles = 2;
    (void)curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)RTCIO__FETCH_MAX_SOCKETS);
    if (rtcio__fetch_loop_attach(fetch) == 0) {
        *out = fetch;
        return 0;
    }
    rtcio__fetch_close(fetch);
    return UV_ENOMEM;
}

void rtcio__fetch_close(rtcio__fetch *fetch)
{
    static const char why[] = "the server is going";
    rtcio__call *next, *call;
    if (fetch == NULL)
        return;
    while ((call = fetch->running) != NULL) {
        (void)curl_multi_remove_handle(fetch->multi, call->easy);
        unlink_running(call);
        finish(call, 0, why);
    }
    for (call = take_waiting(fetch); call != NULL; call = next) {
        next = call->next;
        finish(call, 0, why);
    }
    curl_multi_cleanup(fetch->multi); /* closes what on_socket() watches */
    curl_global_cleanup();
    uv_close((uv_handle_t *)&fetch->wake, on_closed);
    uv_close((uv_handle_t *)&fetch->timer, on_closed);
}
