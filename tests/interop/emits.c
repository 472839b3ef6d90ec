/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Commands by which a client makes the interop test server send: to rooms and past them, with and
 * without acknowledgement, paced by a timer, all at once, and from another thread. */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server.h"

/* --- say: where to, from a JSON object -------------------------------------------------------- */

static const json_t *spec_of(const rtcio_event *ev)
{
    return json_array_get(rtcio_event_json(ev), 0);
}

static const char *spec_string(const json_t *spec, const char *key)
{
    const char *value = json_string_value(json_object_get(spec, key));
    return value ? value : "";
}

static bool spec_true(const json_t *spec, const char *key)
{
    return json_is_true(json_object_get(spec, key));
}

/* {from, to, except, broadcast, volatile, local, timeout}. The strings stay the event's. */
rtcio_operator emits_target(rtcio_socket *socket, const json_t *spec)
{
    static _Thread_local const char *list[64]; /* borrowed until the emit */
    const json_t *to = json_object_get(spec, "to"), *except = json_object_get(spec, "except");
    size_t n_to = json_array_size(to);
    rtcio_operator op = strcmp(spec_string(spec, "from"), "nsp") == 0
                            ? rtcio_op(rtcio_socket_namespace(socket))
                            : rtcio_op(socket);
    if (n_to > RTCIO_OPERATOR_ROOMS && n_to <= 64) {
        for (size_t i = 0; i < n_to; i++)
            list[i] = json_string_value(json_array_get(to, i));
        op = rtcio_to_list(op, list, n_to);
    } else {
        for (size_t i = 0; i < n_to; i++)
            op = rtcio_to(op, json_string_value(json_array_get(to, i)));
    }
    for (size_t i = 0; i < json_array_size(except); i++)
        op = rtcio_except(op, json_string_value(json_array_get(except, i)));
    if (spec_true(spec, "broadcast"))
        op = rtcio_broadcast(op);
    if (spec_true(spec, "volatile"))
        op = rtcio_volatile(op);
    if (spec_true(spec, "plain"))
        op = rtcio_compress(op, false);
    if (spec_true(spec, "local"))
        op = rtcio_local(op);
    json_int_t timeout = json_integer_value(json_object_get(spec, "timeout"));
    return timeout > 0 ? rtcio_timeout(op, (uint32_t)timeout) : op;
}

/* The message of {event, args}, its arguments as the very bytes that came. */
struct parcel {
    rtcio_slice args, blobs[10];
    rtcio_message message;
};

static void wrap(struct parcel *parcel, const rtcio_event *ev)
{
    parcel->args = rtcio_event_member(ev, "args");
    if (parcel->args.len >= 2) { /* without the brackets */
        parcel->args.data++;
        parcel->args.len -= 2;
    }
    size_t n = rtcio_event_attachments(ev);
    for (size_t i = 0; i < n; i++)
        parcel->blobs[i] = rtcio_event_attachment(ev, i);
    parcel->message = (rtcio_message){.event = spec_string(spec_of(ev), "event"),
                                      .args = &parcel->args,
                                      .n_args = 1,
                                      .attachments = parcel->blobs,
                                      .n_attachments = n};
}

static void on_say(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    struct parcel parcel;
    wrap(&parcel, ev);
    rtcio_emit_message(emits_target(socket, spec_of(ev)), &parcel.message);
    rtcio_reply(ev, NULL);
}

static void on_move(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const json_t *spec = spec_of(ev);
    if (json_object_get(spec, "join"))
        rtcio_sockets_join(emits_target(socket, spec), spec_string(spec, "join"));
    if (json_object_get(spec, "leave"))
        rtcio_sockets_leave(emits_target(socket, spec), spec_string(spec, "leave"));
    rtcio_reply(ev, NULL);
}

static void on_drop(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const json_t *spec = spec_of(ev);
    rtcio_disconnect_sockets(emits_target(socket, spec), spec_true(spec, "close"));
    rtcio_reply(ev, NULL);
}

/* --- ask: what clients answer ----------------------------------------------------------------- */

static const char *status_text(int status)
{
    return status == 0 ? "ok" : status == RTCIO_E_TIMEOUT ? "timeout" : "closed";
}

/* Tells the one who asked: {"status":…,"values":[…]}, the values as they came. */
static void tell_answer(const struct handle *asker, int status, const rtcio_slice *values,
                        size_t n_values, const rtcio_event *blobs_of)
{
    const char *text = status_text(status);
    note(json_pack("{s:s, s:s, s:s}", "note", "answered", "id", asker->id, "status", text));
    rtcio_socket *socket = handle_socket(asker);
    rtcio_slice *pieces = calloc(2 * n_values + 4, sizeof(*pieces)), blobs[10];
    if (!pieces)
        abort();
    size_t n = 0, n_blobs = blobs_of ? rtcio_event_attachments(blobs_of) : 0;
    pieces[n++] = (rtcio_slice){"{\"status\":\"", 11};
    pieces[n++] = (rtcio_slice){text, strlen(text)};
    pieces[n++] = (rtcio_slice){"\",\"values\":[", 12};
    for (size_t i = 0; i < n_values; i++) {
        if (i > 0)
            pieces[n++] = (rtcio_slice){",", 1};
        pieces[n++] = values[i];
    }
    pieces[n++] = (rtcio_slice){"]}", 2};
    for (size_t i = 0; i < n_blobs; i++)
        blobs[i] = rtcio_event_attachment(blobs_of, i);
    if (socket)
        rtcio_emit_message(socket, &((rtcio_message){.event = "answered",
                                                     .args = pieces,
                                                     .n_args = n,
                                                     .attachments = blobs,
                                                     .n_attachments = n_blobs}));
    free(pieces);
}

static void on_answer(int status, const rtcio_responses *responses, void *user)
{
    const rtcio_event *answer = rtcio_responses_at(responses, 0);
    rtcio_slice values = {"", 0};
    if (answer)
        values = rtcio_event_args(answer);
    tell_answer(user, status, &values, values.len > 0, answer);
    free(user);
}

static void on_ask(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    struct parcel parcel;
    wrap(&parcel, ev);
    struct handle *asker = handle_create(socket);
    if (rtcio_emit_message_with_ack(emits_target(socket, spec_of(ev)), &parcel.message, on_answer,
                                    asker) < 0)
        free(asker);
}

/* Of each client the first argument counts. */
static void on_answers(int status, const rtcio_responses *responses, void *user)
{
    size_t n = rtcio_responses_count(responses);
    rtcio_slice *values = calloc(n + 1, sizeof(*values));
    if (!values)
        abort();
    for (size_t i = 0; i < n; i++) {
        values[i] = rtcio_event_arg(rtcio_responses_at(responses, i), 0);
        if (!values[i].data)
            values[i] = (rtcio_slice){"null", 4};
    }
    tell_answer(user, status, values, n, NULL);
    free(values);
    free(user);
}

static void on_ask_all(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    struct parcel parcel;
    wrap(&parcel, ev);
    struct handle *asker = handle_create(socket);
    if (rtcio_emit_message_with_ack(emits_target(socket, spec_of(ev)), &parcel.message, on_answers,
                                    asker) < 0)
        free(asker);
}

/* --- paced, and all at once ------------------------------------------------------------------- */

struct ticker {
    struct handle to;
    int i, n, every;
};

static void tick(void *arg)
{
    struct ticker *ticker = arg;
    rtcio_socket *socket = handle_socket(&ticker->to);
    if (!socket || ticker->i == ticker->n) {
        free(ticker);
        return;
    }
    rtcio_emit(socket, "tick", "i", ticker->i++);
    timer_start((unsigned)ticker->every, tick, ticker);
}

static void on_ticks(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    struct ticker *ticker = calloc(1, sizeof(*ticker));
    if (!ticker)
        abort();
    handle_set(&ticker->to, socket);
    if (rtcio_event_unpack(ev, "{s:i, s:i}", "n", &ticker->n, "every", &ticker->every) == 0)
        timer_start((unsigned)ticker->every, tick, ticker);
    else
        free(ticker);
}

static void on_flood(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    int n, size;
    if (rtcio_event_unpack(ev, "{s:i, s:i}", "n", &n, "size", &size) != 0 || size < 0)
        return;
    char *filler = malloc((size_t)size + 1);
    if (!filler)
        abort();
    memset(filler, 'x', (size_t)size);
    filler[size] = '\0';
    for (int i = 0; i < n; i++)
        rtcio_emit(socket, "flood", "i s", i, filler);
    free(filler);
}

/* This worker does nothing else meanwhile. */
static void on_stall(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)socket;
    (void)user;
    int ms = 0;
    if (rtcio_event_unpack(ev, "i", &ms) != 0 || ms < 0)
        return;
    note(json_pack("{s:s}", "note", "stalling"));
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

/* --- from another thread ---------------------------------------------------------------------- */

struct job {
    struct job *next;
    pthread_t thread;
    rtcio_server *server;
    struct handle to;
    int n, done;
};

static struct job *jobs; /* kept to the end: what was posted points to them */
static pthread_mutex_t jobs_lock = PTHREAD_MUTEX_INITIALIZER;

static void posted(rtcio_server *server, void *arg)
{
    (void)server;
    struct job *job = arg;
    rtcio_socket *socket = handle_socket(&job->to);
    if (socket)
        rtcio_emit(socket, "posted", "i", job->done);
    job->done++;
}

static void *work(void *arg)
{
    struct job *job = arg;
    for (int i = 0; i < job->n; i++)
        rtcio_server_post(job->server, posted, job);
    return NULL;
}

static void on_post(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        abort();
    job->server = rtcio_socket_server(socket);
    handle_set(&job->to, socket);
    if (rtcio_event_unpack(ev, "i", &job->n) != 0 ||
        pthread_create(&job->thread, NULL, work, job) != 0) {
        free(job);
        return;
    }
    pthread_mutex_lock(&jobs_lock);
    job->next = jobs;
    jobs = job;
    pthread_mutex_unlock(&jobs_lock);
}

void emits_join(void)
{
    for (struct job *job = jobs; job; job = job->next)
        pthread_join(job->thread, NULL);
}

void emits_finish(void)
{
    while (jobs) {
        struct job *job = jobs;
        jobs = job->next;
        free(job);
    }
}

void emits_install(rtcio_namespace *nsp)
{
    rtcio_on(nsp, "say", on_say, NULL);
    rtcio_on(nsp, "move", on_move, NULL);
    rtcio_on(nsp, "drop", on_drop, NULL);
    rtcio_on(nsp, "ask", on_ask, NULL);
    rtcio_on(nsp, "ask-all", on_ask_all, NULL);
    rtcio_on(nsp, "ticks", on_ticks, NULL);
    rtcio_on(nsp, "flood", on_flood, NULL);
    rtcio_on(nsp, "stall", on_stall, NULL);
    rtcio_on(nsp, "post", on_post, NULL);
}
