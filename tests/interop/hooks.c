/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Hooks of the endpoint, with the option hooks=true: what they do stands in a request's query. */

#include <stdio.h>
#include <string.h>

#include "server.h"

/* Decides when the timer fires; the client may be gone by then. */
static void accept_late(void *arg)
{
    rtcio_admission_accept(arg);
}

static void refuse_late(void *arg)
{
    rtcio_admission *admission = arg;
    const char *address = "nobody";
    if (rtcio_admission_request(admission))
        address = rtcio_http_address(rtcio_admission_request(admission));
    note(json_pack("{s:s, s:s}", "note", "refusing", "whom", address));
    rtcio_admission_refuse(admission, "too late");
}

static void close_server(void *server)
{
    rtcio_server_close(server);
}

static rtcio_server *server_of_hooks;

/* `gate` says what is decided. */
static void allow_request(const rtcio_http_request *request, rtcio_admission *admission, void *user)
{
    char mode[32] = "", sid[80] = "";
    (void)user;
    rtcio_http_query(request, "gate", mode, sizeof(mode));
    rtcio_http_query(request, "as", sid, sizeof(sid));
    if (strcmp(mode, "no") == 0) {
        rtcio_admission_refuse(admission, "not \"today\"");
    } else if (strcmp(mode, "bare") == 0) {
        rtcio_admission_refuse(admission, NULL);
    } else if (strcmp(mode, "late") == 0) {
        timer_start(30, accept_late, admission);
    } else if (strcmp(mode, "late-no") == 0) {
        timer_start(30, refuse_late, admission);
    } else if (strcmp(mode, "never") == 0) {
        timer_start(3000, refuse_late, admission);
    } else if (strcmp(mode, "close") == 0) {
        timer_start(1, close_server, server_of_hooks);
        timer_start(30, accept_late, admission);
    } else if (sid[0] != '\0') {
        if (rtcio_admission_accept_as(admission, sid) != 0)
            rtcio_admission_refuse(admission, "bad id");
    } else {
        rtcio_admission_accept(admission);
    }
}

/* `gen` is the id; "fail" fails. */
static int generate_id(const rtcio_http_request *request, char sid[RTCIO_MAX_SID_LEN + 1],
                       void *user)
{
    static unsigned n;
    char id[RTCIO_MAX_SID_LEN + 1] = "";
    (void)user;
    rtcio_http_query(request, "gen", id, sizeof(id));
    if (strcmp(id, "fail") == 0)
        return -1;
    if (id[0] != '\0')
        snprintf(sid, RTCIO_MAX_SID_LEN + 1, "%s", id);
    else
        snprintf(sid, RTCIO_MAX_SID_LEN + 1, "generated-%u", n++);
    return 0;
}

/* `mw`: end, fail, or pass with a header. */
static int middleware(rtcio_http_request *request, void *user)
{
    char mode[32] = "";
    const char *name = user;
    rtcio_http_query(request, "mw", mode, sizeof(mode));
    if (strcmp(mode, "end") == 0)
        return rtcio_http_respond(request, 503, "text/plain", NULL, (rtcio_slice){"closed", 6});
    if (strcmp(mode, "fail") == 0)
        return -1;
    return rtcio_http_add_header(request, "X-Middleware", name);
}

static void on_initial_headers(rtcio_http_request *request, void *user)
{
    (void)user;
    rtcio_http_add_header(request, "X-Initial", "yes");
    rtcio_http_add_header(request, "Set-Cookie", "mine=1");
    if (rtcio_http_add_header(request, "X-Bad", "a\r\nb") == 0 ||
        rtcio_http_add_header(request, "X Bad", "a") == 0)
        rtcio_http_add_header(request, "X-Bad", "let through");
}

static void on_headers(rtcio_http_request *request, void *user)
{
    char k[32] = "none";
    (void)user;
    rtcio_http_query(request, "k", k, sizeof(k));
    rtcio_http_add_header(request, "X-Headers", k);
}

void hooks_prepare(rtcio_server_options *opt)
{
    opt->allow_request = allow_request;
    opt->generate_id = generate_id;
    opt->on_initial_headers = on_initial_headers;
    opt->on_headers = on_headers;
}

void hooks_install(rtcio_server *server)
{
    static char first[] = "first", second[] = "second";
    server_of_hooks = server;
    rtcio_server_use_http(server, middleware, first);
    rtcio_server_use_http(server, middleware, second);
}
