/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `rtcio serve`: what the process has once. Settings, the log, signals, what a newcomer reads at
 * the start; the workers run on threads of their own. What is attached to each is in setup.c. */

#include "serve.h"

#include "config/config.h"
#include "hooks/access.h"
#include "hooks/hooks.h"
#include "host.h"
#include "jwks.h"
#include "life.h"
#include "notify.h"
#include "options.h"
#include "places.h"
#include "reload.h"
#include "sandbox.h"
#include "setup.h"
#include "store/store.h"
#include "tls.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

typedef struct service {
    rtcio__config config;
    rtcio__serve_options options;
    rtcio__serve_tls tls;
    rtcio__places places;
    rtcio__place control_place;
    rtcio__control control;
    rtcio__drain drain;
    rtcio__log log;
    rtcio__life life;
    rtcio__setup setup;
    rtcio__store *store;             /* NULL: nothing is stored */
    rtcio__webhooks *hooks;          /* NULL: no backend is told */
    rtcio__access_hook *access_hook; /* NULL: none is asked */
    rtcio__jwks *jwks;               /* NULL: no keys are fetched */
    rtcio__reloader reloader;
    rtcio__host host;
    rtcio_workers *workers;
    struct timespec begun;
    rtcio__sandbox sandbox;
} service;

void rtcio__serve_help(FILE *out)
{
    fputs("Usage: rtcio serve [--config FILE] [--option value]...\n"
          "\n"
          "Serves WebRTC signaling to rtc.io and socket.io clients until SIGTERM or Ctrl-C.\n"
          "\n"
          "  rtcio serve                                 on port 3001, for any web page\n"
          "  PORT=8080 rtcio serve                       the same by environment\n"
          "  rtcio serve --config /etc/rtcio/rtcio.yaml  settings in a file; make one with:\n"
          "                                              rtcio config --defaults > rtcio.yaml\n"
          "\n"
          "An option wins over its environment variable, that over the file (-c, --config or\n"
          "RTCIO_CONFIG), and that over the default. In the file an option is named as in\n"
          "docs/serve.md: --max-rooms is max.rooms. `rtcio check FILE` checks it.\n"
          "TIME is in milliseconds, or with a unit: 500ms, 25s, 2m, 1h, 7d.\n"
          "SIZE is in bytes, or with a unit: 64K, 1M, 2G. LIST has commas between its entries.\n"
          "\n",
          out);
    rtcio__config_print_help(out);
    fputs("\n"
          "GET /health answers 200 \"ok\", GET /ready the same until the server drains.\n"
          "SIGHUP reads certificate and settings again. SIGUSR1 takes no newcomers, sends clients\n"
          "away one after the other (--drain) and ends with status 0.\n"
          "The first SIGTERM or SIGINT tells clients and stops\n"
          "with status 0, a second one stops at once with status 1. Status 2 is bad usage, 78 a\n"
          "bad configuration file.\n",
          out);
}

void rtcio__serve_manual(FILE *out)
{
    fprintf(out,
            ".TH RTCIO\\-SERVE 1 \"\" \"rtcio %s\"\n"
            ".SH NAME\nrtcio\\-serve \\- WebRTC signaling server\n"
            ".SH SYNOPSIS\n.B rtcio serve\n[\\-\\-config FILE] [\\-\\-option value]...\n"
            ".SH DESCRIPTION\nServes WebRTC signaling to rtc.io and socket.io clients until "
            "SIGTERM or SIGINT.\n"
            "An option wins over its environment variable, that over the configuration file, and "
            "that over the default.\n"
            ".SH OPTIONS\n",
            rtcio_version());
    rtcio__config_print_roff(out);
    fputs(".SH EXIT STATUS\n0: served and stopped by a signal; 1: could not serve; 2: bad usage; "
          "78: a bad configuration file.\n"
          ".SH SEE ALSO\nrtcio check \\-\\-help, rtcio config \\-\\-help\n",
          out);
}

#define FEW_DESCRIPTORS   1024
#define SPARE_DESCRIPTORS 64 /* for what is no client: listeners, files, the loop's own */

/* One client is one descriptor: take as many as the system lets us. */
static void raise_descriptor_limit(service *sv)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    uint64_t wanted = sv->config.values[RTCIO__SET_MAX_SESSIONS].number;
    if (limit.rlim_cur < FEW_DESCRIPTORS || limit.rlim_cur < wanted + SPARE_DESCRIPTORS)
        rtcio__log_line(
            &sv->log, RTCIO__LOG_WARN, "server.descriptors",
            RTCIO__NUMBER_FIELD("limit", limit.rlim_cur),
            RTCIO__NUMBER_FIELD("wanted", wanted + SPARE_DESCRIPTORS),
            RTCIO__TEXT_FIELD("mend", "raise LimitNOFILE= of the service, or ulimit -n"));
}

static const char *setting(const service *sv, rtcio__setting_id id)
{
    return sv->config.values[id].text;
}

static void greet(const service *sv, const rtcio__place *place, const char *url, int port)
{
    const char *host = place->host;
    bool everywhere = strcmp(host, "::") == 0 || strcmp(host, "0.0.0.0") == 0;
    printf("rtcio is listening on %s\n\n", url);
    rtcio__web_greet(&sv->options.web, stdout, url, place->opt.tls != NULL ? "https" : "http",
                     everywhere, port);
    printf("  health:  curl %s%s/health\n"
           "  client:  const socket = io(\"%s\");            // npm install socket.io-client\n"
           "           socket.emit(\"join-room\", { roomId: \"hello\", name: \"Ada\" });\n"
           "  options: rtcio serve --help\n"
           "\n",
           sv->tls.dev ? "-k " : "", url, url);
    fflush(stdout);
    rtcio__serve_tls_greet(&sv->tls);
}

/* Why a place cannot be listened at, and what to do about it. */
static void blame_place(const rtcio__place *place, int result, int error)
{
    const char *reason = error != 0 ? strerror(error) : rtcio_strerror(result);
    bool plain = place->opt.unix_path == NULL && place->opt.fd < 0;

    fprintf(stderr, "rtcio serve: cannot listen on %s: %s; choose another with %s\n", place->text,
            reason,
            !plain                      ? "--listen"
            : result == RTCIO_E_ADDRESS ? "--host or --port"
                                        : "--port");
}

static int start_listening(service *sv)
{
    for (size_t i = 0; i < sv->places.n; i++) {
        const rtcio__place *place = &sv->places.list[i];
        char url[300];
        errno = 0;
        int port = rtcio_workers_listen_with(sv->workers, &place->opt);
        if (port < 0) {
            blame_place(place, port, errno);
            return -1;
        }
        rtcio__place_url(place, port, url, sizeof url);
        if (i == 0 && sv->config.values[RTCIO__SET_QUIET].number == 0)
            greet(sv, place, *url != '\0' ? url : place->text, port);
        rtcio__log_line(&sv->log, RTCIO__LOG_INFO, "server.listen",
                        RTCIO__TEXT_FIELD("host", *place->host != '\0' ? place->host : place->text),
                        RTCIO__NUMBER_FIELD("port", port),
                        RTCIO__TEXT_FIELD("scheme", place->opt.tls != NULL ? "https" : "http"),
                        RTCIO__TEXT_FIELD("origins", sv->options.origins),
                        RTCIO__TEXT_FIELD("relay_scope", setting(sv, RTCIO__SET_RELAY_SCOPE)),
                        RTCIO__NUMBER_FIELD("workers", rtcio_workers_count(sv->workers)),
                        RTCIO__TEXT_FIELD("sandbox", rtcio__sandbox_name(sv->sandbox)),
                        RTCIO__TEXT_FIELD("version", rtcio_version()),
                        RTCIO__NUMBER_FIELD("pid", getpid()));
    }
    return 0;
}

/* What is sent there stays on this machine, or is encrypted. */
static bool is_private(const rtcio__place *place)
{
    return place->opt.unix_path != NULL || place->opt.tls != NULL ||
           strncmp(place->host, "127.", 4) == 0 || strcmp(place->host, "::1") == 0 ||
           strcmp(place->host, "localhost") == 0;
}

static int start_control(service *sv)
{
    rtcio__place *place = &sv->control_place;
    char url[300];

    if (sv->setup.control == NULL)
        return 0;
    errno = 0;
    place->opt.site = RTCIO__CONTROL_SITE;
    int port = rtcio_workers_listen_with(sv->workers, &place->opt);
    if (port < 0) {
        fprintf(stderr,
                "rtcio serve: the control API cannot listen on %s: %s; choose another place with "
                "--control-listen\n",
                place->text, errno != 0 ? strerror(errno) : rtcio_strerror(port));
        return -1;
    }
    rtcio__place_url(place, port, url, sizeof url);
    rtcio__log_line(&sv->log, RTCIO__LOG_INFO, "control.listen",
                    RTCIO__TEXT_FIELD("place", *url != '\0' ? url : place->text),
                    RTCIO__TEXT_FIELD("key", *sv->options.control_keys != '\0' ? "yes" : "no"));
    if (!is_private(place))
        rtcio__log_line(&sv->log, RTCIO__LOG_WARN, "control.plain", RTCIO__TEXT_FIELD("place", url),
                        RTCIO__TEXT_FIELD("reason", "keys travel unencrypted: listen at 127.0.0.1 "
                                                    "or a Unix socket, or with https://"));
    return 0;
}

static int start(service *sv)
{
    int error;
    unsigned n = (unsigned)sv->config.values[RTCIO__SET_WORKERS].number;
    sv->workers =
        rtcio_workers_create(n, &sv->options.server, rtcio__setup_server, &sv->setup, &error);
    if (sv->workers == NULL) {
        const char *why = sv->setup.why[0] != '\0'  ? sv->setup.why
                          : error == RTCIO_E_SYSTEM ? strerror(errno)
                                                    : rtcio_strerror(error);
        fprintf(stderr, "rtcio serve: cannot set up the server: %s\n", why);
        return -1;
    }
    rtcio__jwks_start(sv->jwks, sv->workers);
    return start_control(sv) == 0 ? start_listening(sv) : -1;
}

static void stopping(const char *signal_name, void *user)
{
    service *sv = user;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    rtcio_server_stats stats = {.size = sizeof stats};
    rtcio_signaling_stats signaling = {.size = sizeof signaling};
    rtcio_workers_get_stats(sv->workers, &stats);
    rtcio_signaling_get_stats(sv->setup.signaling, &signaling);
    rtcio__log_line(
        &sv->log, RTCIO__LOG_INFO, "server.stop", RTCIO__TEXT_FIELD("reason", signal_name),
        RTCIO__NUMBER_FIELD("uptime_s", now.tv_sec - sv->begun.tv_sec),
        RTCIO__NUMBER_FIELD("clients", stats.n_sockets),
        RTCIO__NUMBER_FIELD("relayed", signaling.relayed),
        RTCIO__NUMBER_FIELD("dropped", signaling.dropped_invalid + signaling.dropped_target +
                                           signaling.dropped_scope + signaling.dropped_size +
                                           signaling.dropped_event));
    rtcio__notify("STOPPING=1");
    rtcio_workers_close(sv->workers);
}

static void alive(void *user)
{
    (void)user;
    rtcio__notify("WATCHDOG=1");
}

static void reloading(void *user)
{
    service *sv = user;
    rtcio__notify_reloading();
    rtcio__serve_tls_reload(&sv->tls, &sv->log);
    rtcio__reload_run(&sv->reloader, sv->workers);
    rtcio__notify("READY=1");
}

static void drained(void *user)
{
    stopping("drained", user);
}

static void draining(void *user)
{
    service *sv = user;
    rtcio__drain_begin(&sv->drain, sv->workers, -1);
}

static void flush_log(void *user)
{
    service *sv = user;
    rtcio__log_flush(&sv->log);
}

static void lines_wait(void *user)
{
    service *sv = user;
    rtcio__host_wake(&sv->host);
}

/* Serves until the workers have finished. 0 or -1 with the reason told. */
static int serve(service *sv)
{
    rtcio__notify("READY=1");
    int rc = rtcio__host_run(&sv->host, rtcio_workers_fd(sv->workers));
    if (rc != 0) {
        fprintf(stderr, "rtcio serve: the main loop cannot run: %s\n", uv_strerror(rc));
        return -1;
    }
    rc = rtcio_workers_run(sv->workers);
    if (rc != 0)
        fprintf(stderr, "rtcio serve: a worker's loop ended: %s\n", rtcio_strerror(rc));
    return rc == 0 ? 0 : -1;
}

static int run(service *sv)
{
    const rtcio__host_hooks hooks = {.woken = flush_log,
                                     .reloading = reloading,
                                     .draining = draining,
                                     .stopping = stopping,
                                     .alive = alive,
                                     .watchdog_ms = rtcio__notify_watchdog_ms(),
                                     .user = sv};
    int rc = rtcio__host_init(&sv->host, &hooks);
    if (rc != 0) {
        fprintf(stderr, "rtcio serve: the main loop cannot run: %s\n", uv_strerror(rc));
        return -1;
    }
    rtcio__log_flush(&sv->log); /* only the first line that waits wakes */
    rtcio__log_on_lines(&sv->log, lines_wait, sv);
    const char *const read[] = {sv->options.web.folder, sv->tls.dev_file, NULL};
    sv->sandbox = rtcio__sandbox_enter(&sv->config, read);
    rc = rtcio__store_start(sv->store);
    if (rc != 0)
        fprintf(stderr, "rtcio serve: the thread of the store cannot start: %s\n", strerror(rc));
    if (rc == 0 && ((rc = rtcio__webhooks_start(sv->hooks, &sv->host.loop)) != 0 ||
                    (rc = rtcio__access_hook_start(sv->access_hook, &sv->host.loop)) != 0))
        fprintf(stderr, "rtcio serve: hooks cannot start: %s\n", uv_strerror(rc));
    if (rc == 0 && (rc = rtcio__jwks_open(sv->jwks, &sv->host.loop)) != 0)
        fprintf(stderr, "rtcio serve: keys cannot be fetched: %s\n", uv_strerror(rc));
    rc = rc == 0 && start(sv) == 0 ? serve(sv) : -1;
    rtcio__store_finish(sv->store);
    rtcio_workers_destroy(sv->workers);
    rtcio__access_hook_finish(sv->access_hook);
    rtcio__jwks_finish(sv->jwks);
    rtcio__webhooks_finish(sv->hooks);
    rtcio__store_free(sv->store);
    rtcio__log_on_lines(&sv->log, NULL, NULL);
    rtcio__reload_fini(&sv->reloader);
    rtcio__host_fini(&sv->host);
    return rc;
}

static void on_unknown_variable(const char *name, const char *nearest, void *user)
{
    service *sv = user;
    rtcio__log_line(&sv->log, RTCIO__LOG_WARN, "config.unknown",
                    RTCIO__TEXT_FIELD("variable", name),
                    RTCIO__TEXT_FIELD("nearest", nearest != NULL ? nearest : ""));
}

/* Settings, and options made of them. 0 or the exit status, after a line about it. */
static int configure(service *sv, int argc, char **argv)
{
    char why[1024];
    int status = rtcio__config_read(&sv->config, argc - 1, argv + 1, why, sizeof why);
    if (status == 0 && !sv->config.help)
        status = rtcio__serve_options_fill(&sv->options, &sv->config, why, sizeof why);
    if (status == 0 && !sv->config.help)
        status = rtcio__serve_tls_open(&sv->tls, &sv->config, why, sizeof why);
    if (status == 0 && !sv->config.help &&
        rtcio__plugins_load(&sv->options.plugins, why, sizeof why) != 0)
        status = 1;
    if (status == 0 && !sv->config.help)
        status = rtcio__places_read(&sv->places, &sv->config, sv->tls.tls, why, sizeof why);
    if (status == 0 && !sv->config.help)
        status = rtcio__places_read_control(&sv->control_place, &sv->config, sv->tls.tls, why,
                                            sizeof why);
    if (status != 0)
        fprintf(stderr, "rtcio serve: %s\n", why);
    return status;
}

/* What the servers are given and do not make: the store, the backend that is told, keys. */
static int open_outside(service *sv)
{
    char why[1024];
    int status = rtcio__store_open(&sv->store, &sv->config, &sv->log, why, sizeof why);
    if (status == 0)
        rtcio__store_prepare(sv->store, &sv->options.signaling);
    else
        fprintf(stderr, "rtcio serve: %s\n", why);
    if (status == 0 && (rtcio__webhooks_create(&sv->hooks, &sv->config, &sv->log) != 0 ||
                        rtcio__access_hook_create(&sv->access_hook, &sv->config, &sv->log,
                                                  &sv->options.signaling) != 0 ||
                        rtcio__jwks_create(&sv->jwks, &sv->config, &sv->log) != 0)) {
        fputs("rtcio serve: out of memory\n", stderr);
        status = 1;
    }
    sv->life.hooks = sv->hooks;
    rtcio__log_flush(&sv->log);
    return status;
}

/* Before a file is made that somebody else would own. */
static int become_user(const service *sv)
{
    char why[300];
    if (rtcio__privileges_drop(&sv->config, why, sizeof why) == 0)
        return 0;
    fprintf(stderr, "rtcio serve: %s\n", why);
    return 1;
}

int rtcio__serve_main(int argc, char **argv)
{
    static service sv; /* large for its log; there is one */
    int status = configure(&sv, argc, argv);
    if (status != 0 || sv.config.help) {
        if (status == 0)
            rtcio__serve_help(stdout);
        rtcio__config_fini(&sv.config);
        return status;
    }
    rtcio__log_level level = (rtcio__log_level)sv.config.values[RTCIO__SET_LOG_LEVEL].number;
    if (sv.config.values[RTCIO__SET_QUIET].number != 0 && level < RTCIO__LOG_WARN)
        level = RTCIO__LOG_WARN;
    rtcio__log_init(&sv.log, STDERR_FILENO, sv.config.values[RTCIO__SET_LOG].number == 1, level);
    rtcio__config_unknown_env(on_unknown_variable, &sv);
    rtcio__log_flush(&sv.log); /* whoever is woken by lines is not there yet */
    rtcio__life_prepare(&sv.life, &sv.log, &sv.options.server, &sv.options.signaling);
    status = become_user(&sv);
    if (status == 0)
        status = open_outside(&sv);
    if (status != 0) {
        rtcio__config_fini(&sv.config);
        return status;
    }
    sv.reloader = (rtcio__reloader){.n_words = argc - 1,
                                    .words = argv + 1,
                                    .first = &sv.config,
                                    .has_auth = sv.options.has_auth,
                                    .has_jwks = sv.jwks != NULL,
                                    .store = sv.store,
                                    .log = &sv.log};
    rtcio__setup_init(&sv.setup, &sv.options, &sv.life);
    rtcio__drain_init(&sv.drain, &sv.log, (uint32_t)sv.config.values[RTCIO__SET_DRAIN].number,
                      drained, &sv);
    sv.setup.drain = &sv.drain;
    sv.setup.jwks = sv.jwks;
    if (sv.control_place.text[0] != '\0') {
        rtcio__control_init(&sv.control, &sv.life, &sv.drain, sv.options.server.max_payload_bytes);
        sv.control.store = sv.store;
        sv.control.hooks = sv.hooks;
        sv.control.jwks = sv.jwks;
        sv.control.open_metrics = sv.config.values[RTCIO__SET_CONTROL_METRICS].number != 0;
        sv.setup.control = &sv.control;
    }
    clock_gettime(CLOCK_MONOTONIC, &sv.begun);

    /* A reader of our output that goes away is no reason to go, too. */
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit(&sv);
    rtcio__serve_tls_log(&sv.tls, &sv.log);
    status = run(&sv) == 0 ? 0 : 1;
    rtcio__webhooks_free(sv.hooks);
    rtcio__serve_tls_close(&sv.tls);
    rtcio__log_flush(&sv.log);
    rtcio__config_fini(&sv.config);
    return status;
}
