/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A question's way: put together on the worker's thread, asked and answered on the main one, and
 * back by a post. */

#include "hooks/access.h"

#include "internal.h"

#include <jansson.h>
#include <rtcio/auth.h>
#include <rtcio/workers.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_BYTES 4096
#define REASON_BYTES 33
#define TEXT_BYTES   201

static const char unknown[] = "it cannot be found out now whether you may join this room";

struct rtcio__access_hook {
    const char *url, *secrets;
    uint32_t timeout_ms;
    rtcio__log *log;
    rtcio__log_gate fail_gate;
    rtcio__fetch *fetch;
    bool finished; /* there are no servers any more */
};

/* A question on its way. */
typedef struct question {
    rtcio__access_hook *hook;
    rtcio_access *access;
    bool allowed;
    char reason[REASON_BYTES], message[TEXT_BYTES]; /* "": none */
} question;

static void tell_failure(rtcio__access_hook *hook, const char *reason)
{
    uint64_t suppressed;
    if (rtcio__log_gate_pass(&hook->fail_gate, rtcio__webhooks_unix_ms(), &suppressed))
        rtcio__log_line(hook->log, RTCIO__LOG_ERROR, "access.fail",
                        RTCIO__TEXT_FIELD("reason", reason),
                        RTCIO__NUMBER_FIELD("suppressed", suppressed));
}

static void answer(rtcio_server *server, void *data)
{
    question *q = data;
    (void)server;
    if (q->allowed)
        rtcio_access_allow(q->access);
    else
        rtcio_access_refuse(q->access, q->reason, q->message);
    free(q);
}

static void drop(void *data)
{
    question *q = data;
    rtcio_access_discard(q->access);
    free(q);
}

static void copy_text(char *to, size_t size, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text != NULL && strlen(text) < size)
        memcpy(to, text, strlen(text) + 1);
}

/* NULL, or what is wrong with the answer. */
static const char *read_verdict(question *q, rtcio_slice body)
{
    json_t *json = json_loadb(body.data != NULL ? body.data : "", body.len, 0, NULL);
    const json_t *allow = json_object_get(json, "allow");
    const char *fault = json_is_boolean(allow) ? NULL : "the answer is no JSON with allow in it";
    q->allowed = json_is_true(allow);
    if (fault == NULL && !q->allowed) {
        copy_text(q->reason, sizeof q->reason, json, "reason");
        copy_text(q->message, sizeof q->message, json, "message");
    }
    json_decref(json);
    return fault;
}

static void on_answer(const rtcio__fetch_result *result, void *user)
{
    question *q = user;
    char status[32];
    const char *fault = result->error;
    if (q->hook->finished) {
        drop(q);
        return;
    }
    snprintf(status, sizeof status, "status %d", result->status);
    if (result->status >= 200 && result->status < 300)
        fault = read_verdict(q, result->body);
    else if (result->status != 0)
        fault = status;
    if (fault != NULL) {
        tell_failure(q->hook, fault);
        snprintf(q->reason, sizeof q->reason, "join-failed");
        snprintf(q->message, sizeof q->message, "%s", unknown);
    }
    if (rtcio_server_post_take(rtcio_access_server(q->access), answer, drop, q) != 0)
        drop(q);
}

/* What is asked, to be freed. NULL: memory is short. */
static char *write_question(const rtcio_access *access)
{
    const rtcio_socket *socket = rtcio_access_socket(access);
    json_t *json =
        json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s*}", "type", "access", "at",
                  (json_int_t)rtcio__webhooks_unix_ms(), "event", rtcio_access_event(access),
                  "room", rtcio_access_room(access), "socket", rtcio_socket_id(socket), "address",
                  rtcio_handshake_address(socket), "userId", rtcio_auth_user(socket));
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static bool ask(rtcio__access_hook *hook, question *q)
{
    char signature[RTCIO__HOOKS_SIGNATURE];
    char *body = write_question(q->access);
    size_t len = body != NULL ? strlen(body) : 0;
    bool ok = body != NULL && rtcio__webhooks_sign(signature, sizeof signature, hook->secrets,
                                                   rtcio__webhooks_unix_ms() / 1000, body, len);
    if (ok) {
        const rtcio__fetch_request request = {
            .url = hook->url,
            .body = {body, len},
            .headers = {"Content-Type: application/json", signature},
            .timeout_ms = hook->timeout_ms,
            .max_bytes = ANSWER_BYTES,
            .done = on_answer,
            .user = q};
        ok = rtcio__fetch_send(hook->fetch, &request) == 0;
    }
    free(body);
    return ok;
}

static void on_access(rtcio_access *access, void *user)
{
    rtcio__access_hook *hook = user;
    question *q = calloc(1, sizeof *q);
    if (q != NULL) {
        q->hook = hook;
        q->access = access;
        if (ask(hook, q))
            return;
        free(q);
    }
    tell_failure(hook, "too many questions wait for the backend");
    rtcio_access_refuse(access, "join-failed", unknown);
}

int rtcio__access_hook_create(rtcio__access_hook **out, const rtcio__config *config,
                              rtcio__log *log, rtcio_signaling_options *options)
{
    const rtcio__value *v = config->values;
    *out = NULL;
    if (*v[RTCIO__SET_ACCESS_URL].text == '\0')
        return 0;
    rtcio__access_hook *hook = calloc(1, sizeof *hook);
    if (hook == NULL)
        return -1;
    hook->url = v[RTCIO__SET_ACCESS_URL].text;
    hook->secrets = v[RTCIO__SET_HOOKS_SECRET].text;
    hook->timeout_ms = (uint32_t)v[RTCIO__SET_ACCESS_TIMEOUT].number;
    hook->log = log;
    rtcio__log_gate_init(&hook->fail_gate);
    options->on_access = on_access;
    options->on_access_user = hook;
    *out = hook;
    return 0;
}

int rtcio__access_hook_start(rtcio__access_hook *hook, uv_loop_t *loop)
{
    return hook != NULL ? rtcio__fetch_open(&hook->fetch, loop) : 0;
}

void rtcio__access_hook_finish(rtcio__access_hook *hook)
{
    if (hook == NULL)
        return;
    hook->finished = true;
    rtcio__fetch_close(hook->fetch);
    free(hook);
}
