/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* One name for each setting, in four spellings: tls.cert and tls: {cert: } in the file, --tls-cert,
 * RTCIO_TLS_CERT. */

#include "internal.h"

#include "nearest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static bool is_separator(char c)
{
    return c == '.' || c == '_' || c == '-';
}

void rtcio__setting_flag(const rtcio__setting *setting, const char *suffix,
                         char buf[RTCIO__NAME_SIZE])
{
    snprintf(buf, RTCIO__NAME_SIZE, "--%s%s", setting->key, suffix);
    for (char *p = buf + 2; *p != '\0'; p++) {
        if (is_separator(*p))
            *p = '-';
    }
}

void rtcio__setting_env(const rtcio__setting *setting, const char *suffix,
                        char buf[RTCIO__NAME_SIZE])
{
    snprintf(buf, RTCIO__NAME_SIZE, "RTCIO_%s%s", setting->key, suffix);
    for (char *p = buf; *p != '\0'; p++)
        *p = is_separator(*p) ? '_' : (char)toupper((unsigned char)*p);
}

static bool same_char(char key, char c, bool loose)
{
    if (!loose)
        return key == c;
    return is_separator(key) ? is_separator(c) : key == tolower((unsigned char)c);
}

/* How much of `name` the whole key takes: 0 when it is no beginning of it. */
static size_t match_key(const char *key, const char *name, size_t len, bool loose)
{
    size_t n = strlen(key);
    if (n > len)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (!same_char(key[i], name[i], loose))
            return 0;
    }
    return n;
}

int rtcio__setting_find(const char *name, size_t len, bool loose, bool *by_file)
{
    static const char suffix[] = "_file";
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        size_t n = match_key(rtcio__settings[i].key, name, len, loose);
        if (n == 0)
            continue;
        *by_file = n != len;
        if (n == len ||
            (rtcio__settings[i].type == RTCIO__TYPE_SECRET && len - n == sizeof suffix - 1 &&
             match_key(suffix, name + n, len - n, loose) != 0))
            return i;
    }
    return -1;
}

const char *rtcio__setting_nearest(const char *name)
{
    bool by_file;
    int loosely = rtcio__setting_find(name, strlen(name), true, &by_file);
    if (loosely >= 0)
        return rtcio__settings[loosely].key;
    /* `cert` for `tls.cert`: the last part alone. */
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        const char *dot = strchr(rtcio__settings[i].key, '.');
        if (dot != NULL && strcmp(dot + 1, name) == 0)
            return rtcio__settings[i].key;
    }
    rtcio__nearest nearest = {.word = name};
    for (int i = 0; i < RTCIO__N_SETTINGS; i++)
        rtcio__nearest_offer(&nearest, rtcio__settings[i].key);
    return nearest.best;
}

bool rtcio__setting_is_section(const char *name)
{
    size_t len = strlen(name);
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        if (strncmp(rtcio__settings[i].key, name, len) == 0 && rtcio__settings[i].key[len] == '.')
            return true;
    }
    return false;
}

void rtcio__config_unknown_env(void (*fn)(const char *name, const char *nearest, void *user),
                               void *user)
{
    static const char prefix[] = "RTCIO_";
    for (char **variable = environ; *variable != NULL; variable++) {
        if (strncmp(*variable, prefix, sizeof prefix - 1) != 0)
            continue;
        char name[128], key[128];
        size_t len = strcspn(*variable, "=");
        snprintf(name, sizeof name, "%.*s", (int)(len < 120 ? len : 120), *variable);
        snprintf(key, sizeof key, "%s", name + sizeof prefix - 1);
        bool by_file;
        if (strcmp(key, "CONFIG") == 0 ||
            rtcio__setting_find(key, strlen(key), true, &by_file) >= 0)
            continue;
        for (char *p = key; *p != '\0'; p++)
            *p = (char)tolower((unsigned char)*p);
        const char *nearest = rtcio__setting_nearest(key);
        char mend[RTCIO__NAME_SIZE];
        for (int i = 0; nearest != NULL && i < RTCIO__N_SETTINGS; i++) {
            if (rtcio__settings[i].key == nearest)
                rtcio__setting_env(&rtcio__settings[i], "", mend);
        }
        fn(name, nearest != NULL ? mend : NULL, user);
    }
}
