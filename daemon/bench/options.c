/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The command line of `rtcio bench` and the table of workloads. */

#include "bench/options.h"

#include "bench/load.h"
#include "bench/relay.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define DEFAULT_URL "http://127.0.0.1:3001"
#define SPARE_FILES 32

#define PAIRED  (BENCH_TAKES_PAIRS | BENCH_TAKES_IN_FLIGHT | BENCH_TAKES_TIME | BENCH_TAKES_RATE)
#define ROOMED  (BENCH_TAKES_CLIENTS | BENCH_TAKES_ROOMS_OF | BENCH_TAKES_TIME)
#define SERIAL  (BENCH_TAKES_CLIENTS | BENCH_TAKES_TIME)
#define WAITING (BENCH_TAKES_CLIENTS | BENCH_TAKES_ROOMS_OF)

static const char per_message[] = "message, sent to received";
static const char per_session[] = "session, connect to close";

static const struct bench_workload workloads[] = {
    {"relay", rtcio__bench_load_relay, PAIRED, "messages", per_message,
     "64 pairs exchange calls (offer, answer, 10 candidates), one message in flight each", 64, 0, 0,
     1, false},
    {"relay1k", rtcio__bench_load_relay, PAIRED, "messages", per_message,
     "the same with 1024 pairs", 1024, 0, 0, 1, false},
    {"relay8", rtcio__bench_load_relay, PAIRED, "messages", per_message,
     "64 pairs, 8 messages in flight each", 64, 0, 0, 8, false},
    {"small", rtcio__bench_load_relay, PAIRED, "messages", per_message,
     "relay with messages of 200 bytes", 64, 0, 0, 1, true},
    {"mesh", rtcio__bench_load_mesh, ROOMED, "calls", per_message,
     "64 rooms of 8 fill one by one; all call the newcomer, one message in flight a call", 0, 512,
     8, 0, false},
    {"meshburst", rtcio__bench_load_mesh, ROOMED, "calls", per_message,
     "the same, each side's eleven messages at once", 0, 512, 8, 0, true},
    {"bcast", rtcio__bench_load_bcast, ROOMED, "deliveries", per_message,
     "16 rooms of 16, media-state to all others, one in flight a room", 0, 256, 16, 0, false},
    {"bcastbig", rtcio__bench_load_bcast, ROOMED, "deliveries", per_message,
     "the same with 2 rooms of 250", 0, 500, 250, 0, false},
    {"polling", rtcio__bench_load_polling, SERIAL, "sessions", per_message,
     "64 lanes of long-polling sessions: six requests, one relayed message", 0, 64, 0, 0, false},
    {"churn", rtcio__bench_load_churn, SERIAL, "sessions", per_session,
     "64 at a time: connect, join a room of four, leave, disconnect", 0, 64, 0, 0, false},
    {"connect", rtcio__bench_load_connect, SERIAL, "handshakes", per_session,
     "64 at a time: WebSocket handshake and CONNECT, then close", 0, 64, 0, 0, false},
    {"idle", rtcio__bench_load_idle, WAITING, "handshakes", NULL,
     "10000 clients connect and stay; memory of each; with --seconds S, CPU of their pings", 0,
     10000, 0, 0, false},
};

#define N_WORKLOADS (sizeof(workloads) / sizeof(workloads[0]))

static void help(FILE *out)
{
    fputs("Usage: rtcio bench WORKLOAD [options]\n"
          "\n"
          "Puts a load on a running Socket.IO v5 server and tells what it did with it. Every\n"
          "message is numbered and checked on arrival: lost, duplicated, reordered and corrupted\n"
          "ones are counted. The server must offer the events of `rtcio serve`: #rtcio:message,\n"
          "join-room with join-ok, leave-room, media-state (not needed by idle and connect).\n"
          "\n"
          "Workloads:\n",
          out);
    for (size_t i = 0; i < N_WORKLOADS; i++)
        fprintf(out, "  %-10s %s\n", workloads[i].name, workloads[i].text);
    fputs("\n"
          "Options:\n"
          "  --url URL        the server (" DEFAULT_URL "); a path other than /socket.io/ may\n"
          "                   follow the port\n"
          "  --pid PID        the server's process, when it runs on this machine: adds its CPU\n"
          "                   time (work per CPU second) and memory to the report\n"
          "  --seconds S      how long to measure (5); for idle, how long to hold (0)\n"
          "  --warmup S       how long to run before measuring (2)\n"
          "  --messages N     measure until N units of work are done instead of for a time\n"
          "  --pairs N        pairs of clients (relay workloads, small)\n"
          "  --in-flight N    messages on their way in each pair, 1 to 16\n"
          "  --rate N         send N messages a second, answered or not, instead of one for each\n"
          "                   that comes: for the latency at a load that the server can carry\n"
          "                   (relay workloads, small)\n"
          "  --clients N      clients, or sessions at a time (the other workloads)\n"
          "  --rooms-of N     members of a room (mesh, bcast; idle: 0 joins none)\n"
          "  --token TOKEN    for a server that asks for one: `token` of each client's auth\n"
          "  --json           one JSON object instead of the table\n"
          "  --help           this text\n"
          "\n"
          "Example, with the server in another terminal:\n"
          "  rtcio serve --port 3001\n"
          "  rtcio bench relay --pid $(pidof -s rtcio)\n"
          "\n"
          "Exit status: 0 all well, 1 the run failed or a message went wrong, 2 bad usage.\n",
          out);
}

static int usage_error(int *status)
{
    fputs("rtcio bench --help lists workloads and options\n", stderr);
    *status = 2;
    return -1;
}

static int whole(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n < min || n > max) {
        fprintf(stderr,
                "rtcio bench: %s %s: must be a whole number from %" PRIu64 " to %" PRIu64 "\n",
                option, text, min, max);
        return -1;
    }
    *out = n;
    return 0;
}

static int count(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
    uint64_t n = 0;
    if (whole(option, text, min, max, &n) != 0)
        return -1;
    *out = (uint32_t)n;
    return 0;
}

static int duration(const char *option, const char *text, double min, double *out)
{
    char *end;
    double s = strtod(text, &end);
    if (end == text || *end != '\0' || !(s >= min && s <= 3600)) {
        fprintf(stderr, "rtcio bench: %s %s: must be seconds from %g to 3600, such as 2.5\n",
                option, text, min);
        return -1;
    }
    *out = s;
    return 0;
}

/* http://HOST[:PORT][/PATH], HOST in brackets when it is an IPv6 address. */
static int parse_url(struct bench_options *opt, const char *url)
{
    opt->url = url;
    const char *p = url;
    if (strncmp(p, "http://", 7) != 0 && strncmp(p, "ws://", 5) != 0) {
        fprintf(stderr,
                "rtcio bench: --url %s: must begin with http://; TLS is not measured, aim at the "
                "plain port behind it\n",
                url);
        return -1;
    }
    p = strchr(p, '/') + 2;
    size_t authority_len = strcspn(p, "/?#");
    bool bracket = p[0] == '[';
    const char *host = bracket ? p + 1 : p;
    size_t host_len = strcspn(host, bracket ? "]/" : ":/?#");
    const char *after = host + host_len + (bracket && host[host_len] == ']' ? 1 : 0);
    const char *port = after[0] == ':' ? after + 1 : "80";
    size_t port_len = after[0] == ':' ? strcspn(port, "/?#") : 2;
    const char *path = p + authority_len;
    if (host_len == 0 || host_len >= sizeof(opt->host) || port_len == 0 ||
        port_len >= sizeof(opt->port) || authority_len >= sizeof(opt->authority) ||
        strlen(path) >= sizeof(opt->path) - 1 || strpbrk(path, "?# ") != NULL) {
        fprintf(stderr, "rtcio bench: --url %s: must look like " DEFAULT_URL "\n", url);
        return -1;
    }
    memcpy(opt->host, host, host_len);
    memcpy(opt->port, port, port_len);
    memcpy(opt->authority, p, authority_len);
    bool plain = path[0] == '\0' || strcmp(path, "/") == 0;
    snprintf(opt->path, sizeof(opt->path), "%s%s", plain ? "/socket.io/" : path,
             plain || path[strlen(path) - 1] == '/' ? "" : "/");
    uint64_t n;
    return whole("--url: port", opt->port, 1, 65535, &n);
}

/* It is put between quotes as it is; what tokens are made of needs no more. */
static int token(struct bench_options *opt, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > BENCH_TOKEN_MAX || strpbrk(text, "\"\\") != NULL) {
        fprintf(stderr,
                "rtcio bench: --token: must be 1 to %d bytes without quotes and backslashes\n",
                BENCH_TOKEN_MAX);
        return -1;
    }
    opt->token = text;
    return 0;
}

static int choose(struct bench_options *opt, const char *name)
{
    for (size_t i = 0; i < N_WORKLOADS; i++) {
        const struct bench_workload *w = &workloads[i];
        if (strcmp(w->name, name) != 0)
            continue;
        opt->workload = w;
        opt->pairs = w->pairs;
        opt->clients = w->clients;
        opt->rooms_of = w->rooms_of;
        opt->in_flight = w->in_flight;
        opt->seconds = (w->takes & BENCH_TAKES_TIME) != 0 ? 5 : 0;
        opt->warmup = 2;
        return 0;
    }
    fprintf(stderr, "rtcio bench: unknown workload \"%s\"\n", name);
    return -1;
}

static const struct option long_options[] = {{"url", required_argument, NULL, 'u'},
                                             {"pid", required_argument, NULL, 'p'},
                                             {"seconds", required_argument, NULL, 's'},
                                             {"warmup", required_argument, NULL, 'w'},
                                             {"messages", required_argument, NULL, 'm'},
                                             {"pairs", required_argument, NULL, 'P'},
                                             {"in-flight", required_argument, NULL, 'f'},
                                             {"rate", required_argument, NULL, 'R'},
                                             {"clients", required_argument, NULL, 'c'},
                                             {"rooms-of", required_argument, NULL, 'r'},
                                             {"token", required_argument, NULL, 't'},
                                             {"json", no_argument, NULL, 'j'},
                                             {"help", no_argument, NULL, 'h'},
                                             {NULL, 0, NULL, 0}};

/* An option that does nothing would be taken for one that did. */
static int check_taken(const struct bench_options *opt, int letter)
{
    static const struct {
        int letter;
        unsigned takes;
        const char *name;
    } needs[] = {
        {'P', BENCH_TAKES_PAIRS, "--pairs"},     {'f', BENCH_TAKES_IN_FLIGHT, "--in-flight"},
        {'c', BENCH_TAKES_CLIENTS, "--clients"}, {'r', BENCH_TAKES_ROOMS_OF, "--rooms-of"},
        {'w', BENCH_TAKES_TIME, "--warmup"},     {'m', BENCH_TAKES_TIME, "--messages"},
        {'R', BENCH_TAKES_RATE, "--rate"}};
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        if (needs[i].letter == letter && (opt->workload->takes & needs[i].takes) == 0) {
            fprintf(stderr, "rtcio bench: %s means nothing to the workload %s\n", needs[i].name,
                    opt->workload->name);
            return -1;
        }
    }
    return 0;
}

static int take(struct bench_options *opt, int letter, const char *text)
{
    uint64_t n = 0;
    int err;
    if (check_taken(opt, letter) != 0)
        return -1;
    switch (letter) {
    case 'u':
        return parse_url(opt, text);
    case 'p':
        err = whole("--pid", text, 1, INT32_MAX, &n);
        opt->pid = (pid_t)n;
        if (err == 0 && kill(opt->pid, 0) != 0 && errno == ESRCH) {
            fprintf(stderr, "rtcio bench: --pid %s: no such process on this machine\n", text);
            return -1;
        }
        return err;
    case 's':
        return duration("--seconds", text, (opt->workload->takes & BENCH_TAKES_TIME) ? 0.1 : 0,
                        &opt->seconds);
    case 'w':
        return duration("--warmup", text, 0, &opt->warmup);
    case 'm':
        return whole("--messages", text, 1, UINT64_MAX / 2, &opt->messages);
    case 'P':
        return count("--pairs", text, 1, BENCH_STREAMS_MAX / 2, &opt->pairs);
    case 'f':
        return count("--in-flight", text, 1, BENCH_RING, &opt->in_flight);
    case 'R':
        err = whole("--rate", text, 1, 10000000, &n);
        opt->rate = (double)n;
        return err;
    case 'c':
        return count("--clients", text, 1, 1000000, &opt->clients);
    case 'r':
        return count("--rooms-of", text, opt->workload->rooms_of == 0 ? 0 : 2, 10000,
                     &opt->rooms_of);
    case 't':
        return token(opt, text);
    case 'j':
        opt->json = true;
        return 0;
    default:
        return -1;
    }
}

/* Counts that do not fit together, or not into this process. */
static int check_counts(const struct bench_options *opt)
{
    const struct bench_workload *w = opt->workload;
    if (w->rooms_of > 0 && opt->clients < opt->rooms_of) {
        fprintf(stderr,
                "rtcio bench: --clients %" PRIu32 " do not fill one room of %" PRIu32
                "; ask for more clients or a smaller --rooms-of\n",
                opt->clients, opt->rooms_of);
        return -1;
    }
    if (w->run == rtcio__bench_load_mesh &&
        (uint64_t)opt->clients * opt->rooms_of > BENCH_STREAMS_MAX) {
        fprintf(stderr,
                "rtcio bench: --clients %" PRIu32 " times --rooms-of %" PRIu32
                " must be at most %d\n",
                opt->clients, opt->rooms_of, BENCH_STREAMS_MAX);
        return -1;
    }
    uint64_t sockets = opt->pairs > 0 ? (uint64_t)opt->pairs * 2 : opt->clients;
    if (w->run == rtcio__bench_load_polling)
        sockets *= 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < sockets + SPARE_FILES) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur < sockets + SPARE_FILES) {
        fprintf(stderr,
                "rtcio bench: %" PRIu64 " connections need %" PRIu64
                " open files, the hard limit is %" PRIu64
                "; ask for fewer, or raise it (ulimit -Hn, as root)\n",
                sockets, sockets + SPARE_FILES, (uint64_t)files.rlim_max);
        return -1;
    }
    return 0;
}

int rtcio__bench_options_parse(struct bench_options *opt, int argc, char **argv, int *status)
{
    memset(opt, 0, sizeof(*opt));
    if (parse_url(opt, DEFAULT_URL) != 0)
        return usage_error(status);
    const char *first = argc > 1 ? argv[1] : "--help";
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "help") == 0) {
        help(argc > 1 ? stdout : stderr);
        *status = argc > 1 ? 0 : 2;
        return -1;
    }
    if (first[0] == '-') {
        fprintf(stderr, "rtcio bench: the workload comes first, before %s\n", first);
        return usage_error(status);
    }
    if (choose(opt, first) != 0)
        return usage_error(status);
    /* The workload stands where getopt looks for a program's name, and its messages show it. */
    optind = 1;
    int letter;
    while ((letter = getopt_long(argc - 1, argv + 1, "h", long_options, NULL)) != -1) {
        if (letter == 'h') {
            help(stdout);
            *status = 0;
            return -1;
        }
        if (take(opt, letter, optarg) != 0)
            return usage_error(status);
    }
    if (optind < argc - 1) {
        fprintf(stderr, "rtcio bench: what is \"%s\"? One workload, then options\n",
                argv[optind + 1]);
        return usage_error(status);
    }
    if (check_counts(opt) != 0)
        return usage_error(status);
    return 0;
}
