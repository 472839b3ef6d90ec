/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `rtcio check`: what `rtcio serve` would say to a configuration, without serving. `rtcio config`:
 * the table of settings in the forms that people and packages need. */

#include "check.h"

#include "config/config.h"
#include "options.h"
#include "places.h"
#include "sandbox.h"
#include "serve.h"
#include "store/store.h"
#include "tls.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void on_unknown(const char *name, const char *nearest, void *user)
{
    (void)user;
    if (nearest != NULL)
        fprintf(stderr, "warning: %s is set but means nothing, did you mean %s?\n", name, nearest);
    else
        fprintf(stderr, "warning: %s is set but means nothing\n", name);
}

static void print_usage(FILE *out)
{
    fputs("Usage: rtcio check [-v] [FILE] [--option value]...\n"
          "\n"
          "Says whether `rtcio serve --config FILE` with the same options and environment would\n"
          "start: status 0 and one line, or status 78 and the line that is wrong. With -v, every\n"
          "setting, its value and where it came from.\n",
          out);
}

/* [-v] [FILE]; the rest is for the parser of `rtcio serve`. @return how many words that gets */
static int take_words(int argc, char **argv, char **words, bool *verbose)
{
    static char config[] = "--config";
    int n = 0, i = 1;
    if (i < argc && (strcmp(argv[i], "-v") == 0 || strcmp(argv[i], "--verbose") == 0)) {
        *verbose = true;
        i++;
    }
    if (i < argc && argv[i][0] != '-')
        words[n++] = config;
    while (i < argc)
        words[n++] = argv[i++];
    return n;
}

int rtcio__check_main(int argc, char **argv)
{
    static rtcio__config config;
    static rtcio__serve_options options;
    static rtcio__serve_tls tls;
    static rtcio__places places;
    static rtcio__place control;
    char *words[256], why[1024];
    bool verbose = false;
    if ((size_t)argc >= sizeof words / sizeof *words) {
        fputs("rtcio check: too many options\n", stderr);
        return RTCIO__EXIT_USAGE;
    }
    int n = take_words(argc, argv, words, &verbose);
    int status = rtcio__config_read(&config, n, words, why, sizeof why);
    if (status == 0 && config.help) {
        print_usage(stdout);
        rtcio__config_fini(&config);
        return 0;
    }
    if (status == 0)
        status = rtcio__serve_options_fill(&options, &config, why, sizeof why);
    /* A certificate for development would be made, and this only looks. */
    if (status == 0 && config.values[RTCIO__SET_TLS_DEV].number == 0)
        status = rtcio__serve_tls_open(&tls, &config, why, sizeof why);
    /* Without that certificate, https:// would be blamed for nothing. */
    if (status == 0 && config.values[RTCIO__SET_TLS_DEV].number == 0)
        status = rtcio__places_read(&places, &config, tls.tls, why, sizeof why);
    if (status == 0 && config.values[RTCIO__SET_TLS_DEV].number == 0)
        status = rtcio__places_read_control(&control, &config, tls.tls, why, sizeof why);
    if (status == 0)
        status = rtcio__privileges_check(&config, why, sizeof why);
    rtcio__serve_tls_close(&tls);
    if (status == 0)
        status = rtcio__store_check(&config, why, sizeof why);
    if (status != 0) {
        fprintf(stderr, "%s\n", why);
    } else {
        rtcio__config_unknown_env(on_unknown, NULL);
        if (verbose)
            rtcio__config_print_values(&config, stdout);
        printf("%s: good\n", config.file != NULL ? config.file : "no file");
    }
    rtcio__config_fini(&config);
    return status;
}

int rtcio__config_main(int argc, char **argv)
{
    static const struct {
        const char *word;
        void (*print)(FILE *out);
    } forms[] = {
        {"--defaults", rtcio__config_print_sample},
        {"--markdown", rtcio__config_print_markdown},
        {"--manual", rtcio__serve_manual},
    };
    for (size_t i = 0; argc == 2 && i < sizeof forms / sizeof *forms; i++) {
        if (strcmp(argv[1], forms[i].word) == 0) {
            forms[i].print(stdout);
            return 0;
        }
    }
    bool help = argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    fputs("Usage: rtcio config --defaults   a sample rtcio.yaml with every setting\n"
          "       rtcio config --markdown   the tables of docs/serve.md\n"
          "       rtcio config --manual     the manual page rtcio-serve(1)\n",
          help ? stdout : stderr);
    return help ? 0 : RTCIO__EXIT_USAGE;
}
