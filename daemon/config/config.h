/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONFIG_H
#define RTCIO_DAEMON_CONFIG_H

/* The settings of `rtcio serve`: what there is stands in settings.def. Turns words, variables and
 * a file into checked values that know where they came from. Knows nothing of servers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RTCIO__GIB (UINT64_C(1) << 30)
#define RTCIO__DAY UINT64_C(86400000)

typedef enum rtcio__setting_id {
#define SETTING(id, ...) RTCIO__SET_##id,
#include "settings.def"
#undef SETTING
    RTCIO__N_SETTINGS
} rtcio__setting_id;

typedef enum rtcio__setting_type {
    RTCIO__TYPE_TEXT,
    RTCIO__TYPE_LIST,
    RTCIO__TYPE_NUMBER,
    RTCIO__TYPE_DURATION, /* in ms; written 500, 500ms, 25s, 2m, 1h, 7d */
    RTCIO__TYPE_SIZE,     /* in bytes; written 4096, 64K, 1M, 2G */
    RTCIO__TYPE_SWITCH,
    RTCIO__TYPE_CHOICE,
    RTCIO__TYPE_SECRET,
} rtcio__setting_type;

typedef struct rtcio__setting {
    const char *group, *key;
    rtcio__setting_type type;
    const char *fallback, *text;
    uint64_t min, max;
    const char *choices, *env;
    bool live, many, record;
} rtcio__setting;

extern const rtcio__setting rtcio__settings[RTCIO__N_SETTINGS];

typedef enum rtcio__origin {
    RTCIO__FROM_DEFAULT,
    RTCIO__FROM_FILE,
    RTCIO__FROM_CREDENTIAL, /* $CREDENTIALS_DIRECTORY */
    RTCIO__FROM_ENVIRONMENT,
    RTCIO__FROM_FLAG,
} rtcio__origin;

typedef struct rtcio__value {
    const char *text; /* as written; a secret itself */
    uint64_t number;  /* NUMBER, DURATION, SIZE: the value; SWITCH: 0 or 1; CHOICE: from 0 */
    rtcio__origin origin;
    unsigned line;    /* of the file */
    char env[64];     /* the variable's name */
    bool by_file;     /* a secret that was given as KEY_file */
    const char *path; /* of that file */
} rtcio__value;

typedef struct rtcio__config {
    bool help;        /* --help was among the words */
    const char *file; /* --config or RTCIO_CONFIG; NULL: none */
    rtcio__value values[RTCIO__N_SETTINGS];
    struct rtcio__string *strings; /* what the values borrow, beside argv and the environment */
} rtcio__config;

/* Exit statuses: sysexits.h has the second. */
#define RTCIO__EXIT_USAGE  2
#define RTCIO__EXIT_CONFIG 78

/**
 * Reads settings from words (without the command), then from the environment, credentials and the
 * file, then from the defaults: the first that has one counts; an empty variable has none. All of
 * the file is checked, also what a word or a variable overrides.
 * @param why  receives one line that says where, what is wrong and how to mend it
 * @return 0, or the exit status. rtcio__config_fini() is due in any case.
 */
int rtcio__config_read(rtcio__config *config, int n_words, char **words, char *why,
                       size_t why_size);
void rtcio__config_fini(rtcio__config *config);

/* For checks that go beyond one value. Writes one line that blames the place where the value was
 * set; @return the exit status for it. */
__attribute__((format(printf, 5, 6))) int rtcio__config_blame(const rtcio__config *config,
                                                              rtcio__setting_id id, char *why,
                                                              size_t why_size, const char *format,
                                                              ...);
/* What the user calls the setting: --tls-cert, or tls.cert when it came from the file. */
const char *rtcio__config_name(const rtcio__config *config, rtcio__setting_id id, char *buf,
                               size_t size);

/* Is the text a value of the setting's type and range? `*value` as rtcio__value.number. */
bool rtcio__value_read(const rtcio__setting *setting, const char *text, uint64_t *value);

/* The next entry of a list, trimmed, empty ones left out. `*list` is moved behind it.
 * @return false at the end */
bool rtcio__list_next(const char **list, const char **entry, size_t *len);

/* Calls `fn` for each RTCIO_ variable that names no setting, with the nearest that does or NULL. */
void rtcio__config_unknown_env(void (*fn)(const char *name, const char *nearest, void *user),
                               void *user);

/* The table for a terminal, as the tables of docs/serve.md, as a sample file and as the OPTIONS of
 * a manual page; and the values in use with their origins. */
void rtcio__config_print_help(FILE *out);
void rtcio__config_print_markdown(FILE *out);
void rtcio__config_print_sample(FILE *out);
void rtcio__config_print_roff(FILE *out);
void rtcio__config_print_values(const rtcio__config *config, FILE *out);

#endif
