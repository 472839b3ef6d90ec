/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `rtcio token`: makes a token that `rtcio serve` with the same configuration takes. */

#include "token.h"

#include "config/config.h"

#include <jansson.h>
#include <rtcio/auth.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void print_usage(FILE *out)
{
    fputs("Usage: rtcio token --sub ID [--name NAME] [--room PATTERN]... [--for SECONDS]\n"
          "                   [--config FILE] [--auth-secret-file FILE]\n"
          "\n"
          "Prints a token (HS256) signed with the newest auth.secret, or JWT_SECRET. It lasts an\n"
          "hour unless --for says otherwise, and opens every room unless --room names some; * in\n"
          "PATTERN stands for any text.\n"
          "\n"
          "  JWT_SECRET=... rtcio token --sub ann --room 'team-*' --for 86400\n",
          out);
}

/* Takes our own options out of the words; the rest is for the parser of `rtcio serve`.
 * @return how many words that gets, or -1 */
static int take_words(int argc, char **argv, json_t *claims, char *why, size_t size)
{
    int n = 0;
    json_int_t seconds = 3600;
    for (int i = 1; i < argc; i++) {
        bool sub = strcmp(argv[i], "--sub") == 0, room = strcmp(argv[i], "--room") == 0;
        bool name = strcmp(argv[i], "--name") == 0, life = strcmp(argv[i], "--for") == 0;
        if (!sub && !room && !name && !life) {
            argv[1 + n++] = argv[i];
            continue;
        }
        if (i + 1 == argc) {
            snprintf(why, size, "%s needs a value, see: rtcio token --help", argv[i]);
            return -1;
        }
        const char *value = argv[++i];
        char *end;
        if (room && json_object_get(claims, "rooms") == NULL)
            json_object_set_new(claims, "rooms", json_array());
        if (room)
            json_array_append_new(json_object_get(claims, "rooms"), json_string(value));
        else if (!life)
            json_object_set_new(claims, sub ? "sub" : "name", json_string(value));
        else if ((seconds = strtol(value, &end, 10)) < 1 || *end != '\0') {
            snprintf(why, size, "--for %.60s cannot be used, give a number of seconds", value);
            return -1;
        }
    }
    json_int_t now = (json_int_t)time(NULL);
    json_object_set_new(claims, "iat", json_integer(now));
    json_object_set_new(claims, "exp", json_integer(now + seconds));
    return n;
}

static void add_text(json_t *claims, const char *name, const rtcio__config *config,
                     rtcio__setting_id id)
{
    if (*config->values[id].text != '\0')
        json_object_set_new(claims, name, json_string(config->values[id].text));
}

static int print_token(json_t *claims, const rtcio__config *config)
{
    const char *secrets = config->values[RTCIO__SET_AUTH_SECRET].text, *entry;
    size_t len;
    if (!rtcio__list_next(&secrets, &entry, &len)) {
        fputs("rtcio token: there is no secret, give --auth-secret-file or JWT_SECRET\n", stderr);
        return 1;
    }
    add_text(claims, "aud", config, RTCIO__SET_AUTH_AUDIENCE);
    add_text(claims, "iss", config, RTCIO__SET_AUTH_ISSUER);
    char *secret = strndup(entry, len), *text = json_dumps(claims, JSON_COMPACT);
    char *token = secret != NULL && text != NULL ? rtcio_token_sign(secret, text) : NULL;
    bool made = token != NULL;
    if (made)
        puts(token);
    if (secret != NULL)
        explicit_bzero(secret, len);
    free(secret);
    free(text);
    free(token);
    return made ? 0 : 1;
}

int rtcio__token_main(int argc, char **argv)
{
    static rtcio__config config;
    char why[1024];
    json_t *claims = json_object();
    int status = RTCIO__EXIT_USAGE, n = take_words(argc, argv, claims, why, sizeof why);
    if (n >= 0)
        status = rtcio__config_read(&config, n, argv + 1, why, sizeof why);
    if (status == 0 && config.help) {
        print_usage(stdout);
    } else if (status == 0 && json_object_get(claims, "sub") == NULL) {
        fputs("rtcio token: --sub is missing, see: rtcio token --help\n", stderr);
        status = RTCIO__EXIT_USAGE;
    } else if (status == 0) {
        status = print_token(claims, &config);
    } else {
        fprintf(stderr, "rtcio token: %s\n", why);
    }
    json_decref(claims);
    rtcio__config_fini(&config);
    return status;
}
