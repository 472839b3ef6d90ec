/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The server that the interop tests drive: options from the command line, a poll loop of its own
 * that hosts the library by its descriptor, counters on demand. It uses the public headers only and
 * leaves what happens in namespaces to the other files. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server.h"

static int signal_pipe[2]; /* what is written tells why: */
#define SIGNALLED "s"
#define TIMER_SET "t"

_Thread_local rtcio_server *here;
static rtcio_workers *workers; /* NULL: one server, in the loop below */
static unsigned n_workers = 1;

void note(json_t *what)
{
    char *text = json_dumps(what, JSON_COMPACT);
    if (text)
        puts(text);
    fflush(stdout);
    free(text);
    json_decref(what);
}

json_t *slice_json(rtcio_slice slice)
{
    return slice.data ? json_stringn(slice.data, slice.len) : json_null();
}

void handle_set(struct handle *handle, rtcio_socket *socket)
{
    handle->nsp = rtcio_socket_namespace(socket);
    snprintf(handle->id, sizeof(handle->id), "%s", rtcio_socket_id(socket));
}

struct handle *handle_create(rtcio_socket *socket)
{
    struct handle *handle = malloc(sizeof(*handle));
    if (!handle)
        abort();
    handle_set(handle, socket);
    return handle;
}

rtcio_socket *handle_socket(const struct handle *handle)
{
    return rtcio_namespace_socket(handle->nsp, handle->id);
}

/* --- options ---------------------------------------------------------------------------------- */

enum kind { BOOL, INT, UNSIGNED, U32, I64, SIZE, STRING, TRANSPORTS };

#define FIELD(name) #name, offsetof(rtcio_server_options, name)

static const struct option {
    const char *name;
    size_t offset;
    enum kind kind;
} option_table[] = {
    {FIELD(path), STRING},
    {FIELD(transports), TRANSPORTS},
    {FIELD(allow_upgrades), BOOL},
    {FIELD(ping_interval_ms), U32},
    {FIELD(ping_timeout_ms), U32},
    {FIELD(upgrade_timeout_ms), U32},
    {FIELD(connect_timeout_ms), U32},
    {FIELD(request_timeout_ms), U32},
    {FIELD(keep_alive_timeout_ms), U32},
    {FIELD(attachment_timeout_ms), U32},
    {FIELD(close_timeout_ms), U32},
    {FIELD(max_payload_bytes), SIZE},
    {FIELD(max_head_bytes), SIZE},
    {FIELD(max_queue_bytes), SIZE},
    {FIELD(max_inbox_bytes), SIZE},
    {FIELD(max_json_depth), UNSIGNED},
    {FIELD(max_sessions), SIZE},
    {FIELD(max_namespaces), UNSIGNED},
    {FIELD(recovery_max_ms), U32},
    {FIELD(recovery_skip_middlewares), BOOL},
    {FIELD(recovery_without_offset), BOOL},
    {FIELD(recovery_rotate_pid), BOOL},
    {FIELD(recovery_max_packets), SIZE},
    {FIELD(recovery_max_bytes), SIZE},
    {FIELD(recovery_max_session_packets), SIZE},
    {FIELD(recovery_max_session_bytes), SIZE},
    {FIELD(recovery_max_sessions), SIZE},
    {FIELD(cleanup_empty_child_namespaces), BOOL},
    {FIELD(retain_handshake), BOOL},
    {FIELD(answer_head), BOOL},
    {FIELD(cors_origin), STRING},
    {FIELD(cors_credentials), BOOL},
    {FIELD(cors_methods), STRING},
    {FIELD(cors_allowed_headers), STRING},
    {FIELD(cors_exposed_headers), STRING},
    {FIELD(cors_max_age_s), INT},
    {FIELD(cookie_name), STRING},
    {FIELD(cookie_path), STRING},
    {FIELD(cookie_domain), STRING},
    {FIELD(cookie_max_age_s), INT},
    {FIELD(cookie_expires_s), I64},
    {FIELD(cookie_http_only), BOOL},
    {FIELD(cookie_secure), BOOL},
    {FIELD(cookie_partitioned), BOOL},
    {FIELD(cookie_priority), STRING},
    {FIELD(cookie_same_site), STRING},
    {FIELD(add_trailing_slash), BOOL},
    {FIELD(destroy_upgrade), BOOL},
    {FIELD(destroy_upgrade_timeout_ms), U32},
    {FIELD(initial_packet), STRING},
    {FIELD(trusted_proxies), STRING},
    {FIELD(http_compression), BOOL},
    {FIELD(http_compression_threshold), SIZE},
    {FIELD(forwarded_header), INT},
    {FIELD(allow_eio3), BOOL},
    {FIELD(max_sessions_per_address), U32},
    {FIELD(max_handshakes_per_s), U32},
    {FIELD(unlimited_addresses), STRING},
    {FIELD(max_events_per_s), U32},
    {FIELD(max_events_burst), U32},
    {FIELD(max_bytes_per_s), U32},
    {FIELD(max_bytes_burst), U32},
    {FIELD(max_delay_ms), U32},
    {FIELD(per_message_deflate), BOOL},
    {FIELD(deflate_threshold), SIZE},
    {FIELD(deflate_level), INT},
    {FIELD(deflate_server_no_context_takeover), BOOL},
    {FIELD(deflate_client_no_context_takeover), BOOL},
    {FIELD(deflate_server_max_window_bits), UNSIGNED},
    {FIELD(deflate_client_max_window_bits), UNSIGNED},
    {FIELD(deflate_max_connection_bytes), SIZE},
    {FIELD(deflate_max_bytes), SIZE},
};

static unsigned parse_transports(const char *text)
{
    unsigned transports = 0;
    if (strstr(text, "polling"))
        transports |= RTCIO_POLLING;
    if (strstr(text, "websocket"))
        transports |= RTCIO_WEBSOCKET;
    return transports;
}

static void set_option(rtcio_server_options *opt, const struct option *option, const char *value)
{
    void *field = (char *)opt + option->offset;
    switch (option->kind) {
    case BOOL:
        *(bool *)field = strcmp(value, "true") == 0;
        break;
    case INT:
        *(int *)field = atoi(value);
        break;
    case UNSIGNED:
        *(unsigned *)field = (unsigned)strtoul(value, NULL, 10);
        break;
    case U32:
        *(uint32_t *)field = (uint32_t)strtoul(value, NULL, 10);
        break;
    case I64:
        *(int64_t *)field = strtoll(value, NULL, 10);
        break;
    case SIZE:
        *(size_t *)field = strtoul(value, NULL, 10);
        break;
    case STRING:
        *(const char **)field = strcmp(value, "none") != 0 ? value : NULL;
        break;
    case TRANSPORTS:
        *(unsigned *)field = parse_transports(value);
        break;
    }
}

static const char *admin_how; /* see admin_install() */

/* Where to listen, and with which certificate. */
struct address {
    const char *host;
    int port;
    const char *tls_cert, *tls_key;
    const char *hooks;        /* not NULL: hooks.c takes part */
    const char *unix_path;    /* listened to as well */
    const char *serve_client; /* a folder */
    const char *site;         /* sites.c takes part */
    const char *proxy;        /* not NULL: the PROXY protocol is spoken */
    rtcio_tls *tls;
};

/* Options that are not the library's. */
static bool read_address(struct address *address, const char *name, size_t len, const char *value)
{
    const struct {
        const char *name;
        const char **field;
    } texts[] = {{"host", &address->host},
                 {"admin", &admin_how},
                 {"tls_cert", &address->tls_cert},
                 {"tls_key", &address->tls_key},
                 {"hooks", &address->hooks},
                 {"unix_path", &address->unix_path},
                 {"proxy", &address->proxy},
                 {"site", &address->site},
                 {"serve_client", &address->serve_client}};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strlen(texts[i].name) == len && strncmp(name, texts[i].name, len) == 0) {
            *texts[i].field = value;
            return true;
        }
    }
    if (len != 4 || strncmp(name, "port", 4) != 0)
        return false;
    address->port = atoi(value);
    return true;
}

/* Reads "name=value". */
static bool read_option(rtcio_server_options *opt, struct address *address, const char *arg)
{
    size_t len = strcspn(arg, "=");
    if (arg[len] != '=')
        return false;
    const char *value = arg + len + 1;
    if (read_address(address, arg, len, value))
        return true;
    if (strncmp(arg, "workers=", 8) == 0) {
        n_workers = (unsigned)atoi(value);
        return true;
    }
    for (size_t i = 0; i < sizeof(option_table) / sizeof(option_table[0]); i++) {
        const struct option *option = &option_table[i];
        if (strlen(option->name) == len && strncmp(arg, option->name, len) == 0) {
            set_option(opt, option, value);
            return true;
        }
    }
    return false;
}

/* --- what the server tells -------------------------------------------------------------------- */

static void on_refused(const rtcio_refusal *refusal, void *user)
{
    (void)user;
    rtcio_slice target = {"", 0};
    if (refusal->request)
        target = rtcio_http_target(refusal->request);
    note(json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s%}", "note", "refused", "code",
                   (int)refusal->code, "message", refusal->message, "context", refusal->context,
                   "address", refusal->address, "transport", refusal->transport, "asked",
                   refusal->asked, "expected", refusal->expected, "target", target.data,
                   target.len));
}

static void on_overflow(rtcio_server *server, void *user)
{
    (void)user;
    note(json_pack("{s:s, s:i}", "note", "overflow", "worker", (int)rtcio_server_worker(server)));
}

static void on_limit(const rtcio_limit_note *limit, void *user)
{
    (void)user;
    note(json_pack("{s:s, s:i, s:i, s:b, s:s, s:s}", "note", "limit", "limit", (int)limit->limit,
                   "value", (int)limit->value, "closed", limit->closed, "text", limit->text,
                   "address", limit->address));
}

static void on_hello(rtcio_http_request *request, void *user)
{
    (void)user;
    rtcio_slice name = rtcio_http_header(request, "X-Name");
    char body[64];
    int n = snprintf(body, sizeof(body), "hello %.*s", (int)(name.len < 32 ? name.len : 32),
                     name.data ? name.data : "");
    rtcio_http_respond(request, 200, "text/plain", "X-Seen: yes\r\n",
                       (rtcio_slice){body, (size_t)n});
}

static void tell_stats(const rtcio_server *server)
{
    rtcio_server_stats stats = {.size = sizeof(stats)};
    if (workers)
        rtcio_workers_get_stats(workers, &stats);
    else
        rtcio_server_get_stats(server, &stats);
    json_t *told = json_pack("{s:s}", "note", "stats");
#define TELL(name) json_object_set_new(told, #name, json_integer((json_int_t)stats.name))
    TELL(n_connections);
    TELL(n_sessions);
    TELL(n_polling);
    TELL(n_sockets);
    TELL(n_queued_bytes);
    TELL(sessions);
    TELL(upgrades);
    TELL(messages_in);
    TELL(messages_out);
    TELL(bytes_in);
    TELL(bytes_out);
    TELL(refused);
    TELL(parse_errors);
    TELL(slow_closed);
    TELL(volatile_dropped);
    TELL(ping_timeouts);
    TELL(tls_handshakes);
    TELL(tls_failures);
    TELL(n_recoverable);
    TELL(n_logged);
    TELL(n_logged_bytes);
    TELL(recoveries);
    TELL(recovery_failures);
    TELL(n_inbox_bytes);
    TELL(inbox_refused);
    TELL(refused_sessions);
    TELL(refused_handshakes);
    TELL(delayed);
    TELL(delayed_closed);
    TELL(n_deflate_bytes);
    TELL(deflated_in);
    TELL(deflated_out);
    TELL(deflate_refused);
#undef TELL
    note(told);
}

/* --- the loop --------------------------------------------------------------------------------- */

static void on_signal(int number)
{
    (void)number;
    int saved = errno;
    if (write(signal_pipe[1], SIGNALLED, 1) < 0) {
        /* the pipe is full: the loop will wake anyway */
    }
    errno = saved;
}

static void reload(rtcio_tls *tls)
{
    char why[256] = "";
    int error = rtcio_tls_reload(tls, why, sizeof(why));
    note(json_pack("{s:s, s:i, s:s}", "note", "reload", "error", error, "why", why));
}

/* One line of stdin is one command. The end of stdin means that the test is gone. */
static bool read_stdin(const rtcio_server *server, rtcio_tls *tls)
{
    static char line[64];
    static size_t len;
    char bytes[64];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (n <= 0)
        return n < 0 && errno == EINTR;
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] != '\n') {
            if (len < sizeof(line) - 1)
                line[len++] = bytes[i];
            continue;
        }
        line[len] = '\0';
        len = 0;
        if (strcmp(line, "stats") == 0)
            tell_stats(server);
        else if (strcmp(line, "reload") == 0 && tls)
            reload(tls);
    }
    return true;
}

void everywhere(rtcio_server *server, void (*fn)(rtcio_server *server, void *arg), void *arg)
{
    if (!workers)
        fn(server, arg);
    else if (rtcio_workers_post(workers, fn, arg) != 0)
        abort();
}

static int sooner(int a, int b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    return a < b ? a : b;
}

static void close_it(rtcio_server *server)
{
    if (workers)
        rtcio_workers_close(workers);
    else
        rtcio_server_close(server);
}

static void on_timer_set(void)
{
    if (workers && write(signal_pipe[1], TIMER_SET, 1) < 0) {
        /* the pipe is full: the loop will wake anyway */
    }
}

/* The server hosted as its header says: a turn when its descriptor is readable or its time has
 * come, and never otherwise. Workers run by themselves, and their descriptor says when they have
 * finished. */
static void run(rtcio_server *server, rtcio_tls *tls)
{
    struct pollfd fds[] = {
        {.fd = workers ? rtcio_workers_fd(workers) : rtcio_server_fd(server), .events = POLLIN},
        {.fd = signal_pipe[0], .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN},
    };
    for (;;) {
        int wait = timers_timeout();
        int ready = poll(fds, 3, workers ? wait : sooner(rtcio_server_timeout(server), wait));
        if (ready < 0 && errno != EINTR)
            abort();
        bool readable = ready > 0 && fds[0].revents != 0;
        char why;
        if (ready > 0 && fds[1].revents != 0 && read(signal_pipe[0], &why, 1) == 1 &&
            why == *SIGNALLED)
            close_it(server);
        if (ready > 0 && fds[2].revents != 0 && !read_stdin(server, tls)) {
            fds[2].fd = -1;
            close_it(server);
        }
        timers_run();
        if (workers && readable)
            return;
        if (!workers && (readable || rtcio_server_timeout(server) == 0) &&
            !rtcio_server_turn(server))
            return;
    }
}

/* What each server offers, on its thread. */
static int install(rtcio_server *server, void *user)
{
    const struct address *address = user;
    here = server;
    const char *names[] = {"/", "/custom", "/chat", "/guarded", "/lab", "/api"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        commands_install(rtcio_of(server, names[i]));
        emits_install(rtcio_of(server, names[i]));
        corners_install(rtcio_of(server, names[i]));
    }
    cluster_install(rtcio_of(server, "/"));
    guarded_install(rtcio_of(server, "/guarded"));
    lab_install(rtcio_of(server, "/lab"));
    if (admin_how)
        admin_install(server, admin_how);
    dynamic_install(server);
    api_install(rtcio_of(server, "/api"));
    if (address->hooks)
        hooks_install(server);
    if (address->site && sites_install(server, address->site) != 0)
        return RTCIO_E_INVALID;
    char why[256] = "";
    if (address->serve_client &&
        rtcio_server_serve_client(server, address->serve_client, why, sizeof(why)) != 0) {
        fprintf(stderr, "serve_client: %s\n", why);
        return RTCIO_E_INVALID;
    }
    return rtcio_server_on_http(server, "/hello", on_hello, NULL);
}

/* One server, or several of which the first is returned. */
static rtcio_server *create(int argc, char **argv, struct address *address)
{
    rtcio_server_options opt;
    rtcio_server_options_init(&opt);
    opt.on_refused = on_refused;
    opt.on_inbox_overflow = on_overflow;
    opt.on_limit = on_limit;
    for (int i = 1; i < argc; i++) {
        if (!read_option(&opt, address, argv[i])) {
            fprintf(stderr, "no such option: %s\n", argv[i]);
            return NULL;
        }
    }
    if (address->hooks)
        hooks_prepare(&opt);
    char why[256] = "";
    if (rtcio_server_options_check(&opt, why, sizeof(why)) != 0)
        fprintf(stderr, "%s\n", why);
    if (n_workers > 1) {
        workers = rtcio_workers_create(n_workers, &opt, install, address, NULL);
        return workers ? rtcio_workers_server(workers, 0) : NULL;
    }
    rtcio_server *server = rtcio_server_create(&opt);
    if (server && install(server, address) != 0) {
        rtcio_server_destroy(server);
        return NULL;
    }
    return server;
}

static int listen_with(rtcio_server *server, const rtcio_listen_options *opt)
{
    return workers ? rtcio_workers_listen_with(workers, opt)
                   : rtcio_server_listen_with(server, opt);
}

/* With a certificate on a TLS port, and without one on a second port too. @return the first port */
static int start_listening(rtcio_server *server, struct address *address)
{
    rtcio_listen_options opt;
    rtcio_listen_options_init(&opt);
    opt.host = address->host;
    opt.port = address->port;
    opt.proxy_protocol = address->proxy != NULL;
    if (address->tls_cert) {
        rtcio_tls_options tls;
        rtcio_tls_options_init(&tls);
        tls.cert_file = address->tls_cert;
        tls.key_file = address->tls_key;
        char why[256];
        address->tls = rtcio_tls_create(&tls, why, sizeof(why));
        if (!address->tls) {
            fprintf(stderr, "tls: %s\n", why);
            return RTCIO_E_INVALID;
        }
        opt.tls = address->tls;
    }
    int port = listen_with(server, &opt);
    if (port >= 0 && address->unix_path) {
        opt.unix_path = address->unix_path;
        opt.unix_mode = 0600;
        int error = listen_with(server, &opt);
        if (error != 0)
            return error;
    }
    if (port >= 0 && address->site) {
        rtcio_listen_options other;
        rtcio_listen_options_init(&other);
        other.host = address->host;
        other.site = address->site;
        note(json_pack("{s:s, s:i}", "note", "site", "port", listen_with(server, &other)));
    }
    if (port >= 0 && opt.tls) {
        int plain = rtcio_server_listen(server, address->host, 0);
        note(json_pack("{s:s, s:i}", "note", "plain", "port", plain));
    }
    return port;
}

static void destroy(rtcio_server *server)
{
    if (workers)
        rtcio_workers_destroy(workers);
    else
        rtcio_server_destroy(server);
}

/* What was kept is given back while the servers are still there; they have nobody left. */
static void finish(rtcio_server *server)
{
    timers_finish();
    for (unsigned i = 0; i < n_workers; i++)
        guarded_decide(workers ? rtcio_workers_server(workers, i) : server, NULL);
    commands_finish();
    emits_join();
}

int main(int argc, char **argv)
{
    struct address address = {.host = "127.0.0.1"};
    if (pipe(signal_pipe) != 0)
        return 1;
    timers_on_start(on_timer_set);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);

    rtcio_server *server = create(argc, argv, &address);
    if (!server)
        return 1;
    int port = start_listening(server, &address);
    if (port < 0) {
        fprintf(stderr, "listen: %s\n", rtcio_strerror(port));
        destroy(server);
        rtcio_tls_destroy(address.tls);
        return 1;
    }
    printf("listening %d\n", port);
    fflush(stdout);

    run(server, address.tls);
    finish(server);
    destroy(server);
    rtcio_tls_destroy(address.tls);
    emits_finish();
    dynamic_finish();
    return 0;
}
