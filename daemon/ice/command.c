/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `rtcio ice` prints the ICE servers that clients get; `rtcio ice --check` allocates a relay at
 * each TURN server, as a client would. */

#include "command.h"

#include "config/config.h"
#include "options.h"
#include "turn.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void print_usage(FILE *out)
{
    fputs(
        "Usage: rtcio ice [--check] [--config FILE] [--option value]...\n"
        "\n"
        "Prints what clients that ask-ice would be told now, with the settings of rtcio serve.\n"
        "With --check, allocates a relay at each TURN server with such credentials, over UDP and\n"
        "over TCP, and gives it back: status 0 if all of it works, 1 if not.\n"
        "\n"
        "  rtcio ice --check --turn-hosts turn.example.org --turn-secret-file secret\n",
        out);
}

/* host, host:port, [ipv6]:port; the list has been checked. */
static void take_apart(const char *entry, size_t len, char *host, size_t size, const char **port)
{
    snprintf(host, size, "%.*s", (int)len, entry);
    char *colon = strrchr(host, ':'), *bracket = strchr(host, ']');
    *port = "3478";
    if (colon != NULL && (host[0] != '[' || (bracket != NULL && colon > bracket))) {
        *colon = '\0';
        *port = colon + 1;
    }
    if (host[0] == '[') {
        host[strcspn(host, "]")] = '\0';
        memmove(host, host + 1, strlen(host));
    }
}

static int check_host(const char *entry, size_t len, const rtcio_ice_credential *credential)
{
    const rtcio__turn_account account = {credential->username, credential->credential};
    char host[300], result[300];
    const char *port;
    int status = 0;
    take_apart(entry, len, host, sizeof host, &port);
    for (int tcp = 0; tcp < 2; tcp++) {
        int rc = rtcio__turn_check(host, port, tcp != 0, &account, result, sizeof result);
        printf("%s turn:%.*s?transport=%s: %s\n", rc == 0 ? "ok    " : "FAILED", (int)len, entry,
               tcp != 0 ? "tcp" : "udp", result);
        fflush(stdout);
        if (rc != 0)
            status = 1;
    }
    return status;
}

static int check(const rtcio_ice_options *opt)
{
    const char *hosts = opt->turn_hosts, *secrets = opt->secrets, *entry;
    size_t len, secret_len;
    rtcio_ice_credential credential;
    if (*hosts == '\0') {
        fputs("rtcio ice: there is no TURN server to check, set turn.hosts and turn.secret\n",
              stderr);
        return 1;
    }
    if (!rtcio__list_next(&secrets, &entry, &secret_len))
        return 1;
    char *secret = strndup(entry, secret_len);
    int status =
        secret == NULL || rtcio_ice_sign(secret, time(NULL), opt->ttl_s, NULL, &credential) != 0;
    free(secret);
    if (status != 0)
        return status;
    while (rtcio__list_next(&hosts, &entry, &len))
        status |= check_host(entry, len, &credential);
    return status;
}

static int print(const rtcio_ice_options *opt)
{
    size_t len;
    char *json = rtcio_ice_json(opt, time(NULL), NULL, &len);
    if (json == NULL)
        return 1;
    puts(json);
    free(json);
    return 0;
}

int rtcio__ice_main(int argc, char **argv)
{
    static rtcio__config config;
    static rtcio__serve_options options;
    char why[1024];
    bool checking = false;
    int n = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0)
            checking = true;
        else
            argv[1 + n++] = argv[i];
    }
    int status = rtcio__config_read(&config, n, argv + 1, why, sizeof why);
    if (status == 0 && config.help) {
        print_usage(stdout);
    } else {
        if (status == 0)
            status = rtcio__serve_options_fill(&options, &config, why, sizeof why);
        if (status != 0)
            fprintf(stderr, "rtcio ice: %s\n", why);
        else
            status = checking ? check(&options.ice) : print(&options.ice);
    }
    rtcio__config_fini(&config);
    return status;
}
