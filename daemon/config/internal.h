/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONFIG_INTERNAL_H
#define RTCIO_DAEMON_CONFIG_INTERNAL_H

/* What the files of this folder share. */

#include "config.h"

/* Where one line about a mistake goes. */
typedef struct rtcio__complaint {
    char *why;
    size_t size;
} rtcio__complaint;

/* Writes the line, whatever the arguments hold; @return -1 */
__attribute__((format(printf, 2, 3))) int rtcio__complain(const rtcio__complaint *to,
                                                          const char *format, ...);

/* Names: the flag and the variable of a setting, with `suffix` ("" or "_file"). */
#define RTCIO__NAME_SIZE 64
void rtcio__setting_flag(const rtcio__setting *setting, const char *suffix,
                         char buf[RTCIO__NAME_SIZE]);
void rtcio__setting_env(const rtcio__setting *setting, const char *suffix,
                        char buf[RTCIO__NAME_SIZE]);
/* The setting whose key is `name`, whether written with dots, dashes or underscores and in what
 * case when `loose`; "_file" behind a secret's key sets `by_file`. -1 when there is none. */
int rtcio__setting_find(const char *name, size_t len, bool loose, bool *by_file);
/* The key that was probably meant, or NULL. */
const char *rtcio__setting_nearest(const char *name);
/* Is `name` the beginning of keys, as `tls` is of `tls.cert`? */
bool rtcio__setting_is_section(const char *name);

/* Values. */
/* What a setting takes, in words that fit behind "give …" and into a table. */
void rtcio__value_describe(const rtcio__setting *setting, char *buf, size_t size);

/* Keeps a copy until rtcio__config_fini(), which wipes it; NULL for want of memory. */
char *rtcio__config_keep(rtcio__config *config, const char *text, size_t len);

/* Adds what the file says for settings that nothing else has set. @return 0 or -1 */
int rtcio__config_read_file(rtcio__config *config, const rtcio__complaint *to);
/* Replaces the paths of secrets by what they hold. @return 0 or -1; `id` is the one to blame */
int rtcio__config_read_secrets(rtcio__config *config, rtcio__setting_id *id,
                               const rtcio__complaint *to);
/* Is there a credential of that name? */
bool rtcio__config_credential(const rtcio__setting *setting, char *path, size_t size);

#endif
