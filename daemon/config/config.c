/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Reads the settings of `rtcio serve`: words, environment, credentials, file, defaults, in this
 * order, each value checked where it was found. */

#include "internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const rtcio__setting rtcio__settings[RTCIO__N_SETTINGS] = {
#define SETTING(id, group_, key_, type_, fallback_, text_, ...) \
    {.group = group_,                                           \
     .key = key_,                                               \
     .type = RTCIO__TYPE_##type_,                               \
     .fallback = fallback_,                                     \
     .text = text_,                                             \
     __VA_ARGS__},
#include "settings.def"
#undef SETTING
};

struct rtcio__string {
    struct rtcio__string *next;
    size_t len;
    char text[];
};

char *rtcio__config_keep(rtcio__config *config, const char *text, size_t len)
{
    struct rtcio__string *string = malloc(sizeof *string + len + 1);
    if (string == NULL)
        return NULL;
    string->next = config->strings;
    string->len = len;
    memcpy(string->text, text, len);
    string->text[len] = '\0';
    config->strings = string;
    return string->text;
}

void rtcio__config_fini(rtcio__config *config)
{
    while (config->strings != NULL) {
        struct rtcio__string *string = config->strings;
        config->strings = string->next;
        explicit_bzero(string->text, string->len); /* some are secrets */
        free(string);
    }
}

static void one_line(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == '\x7f')
            *text = '?';
    }
}

int rtcio__complain(const rtcio__complaint *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(to->why, to->size, format, args);
    va_end(args);
    one_line(to->why);
    return -1;
}

/* --- words ---------------------------------------------------------------------------------- */

static int unknown_option(const char *word, size_t len, const rtcio__complaint *to)
{
    char name[64], flag[RTCIO__NAME_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)(len < 60 ? len : 60), word);
    const char *nearest = rtcio__setting_nearest(name);
    if (nearest == NULL)
        return rtcio__complain(to, "unknown option --%s, see: rtcio serve --help", name);
    rtcio__setting_flag(&(rtcio__setting){.key = nearest}, "", flag);
    return rtcio__complain(to, "unknown option --%s, did you mean %s?", name, flag);
}

/* Dashes only: one spelling on the command line. */
static int find_option(const char *word, size_t len, bool *by_file)
{
    for (size_t i = 0; i < len; i++) {
        if (word[i] == '.' || word[i] == '_' || (word[i] >= 'A' && word[i] <= 'Z'))
            return -1;
    }
    return rtcio__setting_find(word, len, true, by_file);
}

/* --no-KEY is --KEY=no. */
static bool can_be_no(rtcio__setting_id id)
{
    return id == RTCIO__SET_ROOM || rtcio__settings[id].type == RTCIO__TYPE_SWITCH;
}

/* One option at words[0]. @return how many words it took, or -1 */
static int read_option(rtcio__config *config, int n_words, char **words, const rtcio__complaint *to)
{
    const char *word = words[0] + 2;
    size_t len = strcspn(word, "=");
    const char *given = word[len] == '=' ? word + len + 1 : NULL;
    bool by_file = false, is_config = len == 6 && memcmp(word, "config", 6) == 0;
    int id = is_config ? 0 : find_option(word, len, &by_file);
    if (id < 0 && given == NULL && strncmp(word, "no-", 3) == 0) {
        id = find_option(word + 3, len - 3, &by_file);
        if (id >= 0 && can_be_no((rtcio__setting_id)id))
            given = "no";
        else
            id = -1;
    }
    if (id < 0)
        return unknown_option(word, len, to);

    const rtcio__setting *setting = &rtcio__settings[id];
    if (!is_config && setting->type == RTCIO__TYPE_SECRET && !by_file)
        return rtcio__complain(to,
                               "--%.*s: every user of the machine can read a command line, use "
                               "--%.*s-file PATH",
                               (int)len, word, (int)len, word);
    int taken = 1;
    if (given == NULL && !is_config && setting->type == RTCIO__TYPE_SWITCH) {
        given = "yes";
    } else if (given == NULL) {
        if (n_words < 2)
            return rtcio__complain(to, "--%.*s needs a value, see: rtcio serve --help", (int)len,
                                   word);
        given = words[1];
        taken = 2;
    }
    if (is_config) {
        config->file = given;
    } else {
        config->values[id].text = given;
        config->values[id].origin = RTCIO__FROM_FLAG;
        config->values[id].by_file = by_file;
    }
    return taken;
}

static int read_words(rtcio__config *config, int n_words, char **words, const rtcio__complaint *to)
{
    static char long_config[] = "--config";
    for (int i = 0; i < n_words;) {
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) {
            config->help = true;
            return 0;
        }
        if (strcmp(words[i], "-c") == 0)
            words[i] = long_config;
        if (strncmp(words[i], "--", 2) != 0)
            return rtcio__complain(to, "unexpected \"%.60s\", see: rtcio serve --help", words[i]);
        int taken = read_option(config, n_words - i, words + i, to);
        if (taken < 0)
            return -1;
        i += taken;
    }
    return 0;
}

/* --- environment and credentials ------------------------------------------------------------ */

static bool take_variable(rtcio__value *value, const char *name, bool by_file)
{
    const char *text = getenv(name);
    if (text == NULL || *text == '\0')
        return false;
    value->text = text;
    value->origin = RTCIO__FROM_ENVIRONMENT;
    value->by_file = by_file;
    snprintf(value->env, sizeof value->env, "%s", name);
    return true;
}

/* Our own name first, then the documented one: JWT_SECRET, and JWT_SECRET_FILE. */
static void read_environment(rtcio__value *value, const rtcio__setting *setting)
{
    char name[RTCIO__NAME_SIZE];
    rtcio__setting_env(setting, "", name);
    if (take_variable(value, name, false) ||
        (setting->env != NULL && take_variable(value, setting->env, false)) ||
        setting->type != RTCIO__TYPE_SECRET)
        return;
    rtcio__setting_env(setting, "_file", name);
    if (take_variable(value, name, true) || setting->env == NULL)
        return;
    snprintf(name, sizeof name, "%s_FILE", setting->env);
    take_variable(value, name, true);
}

static int read_credential(rtcio__config *config, rtcio__setting_id id, const rtcio__complaint *to)
{
    char path[512];
    rtcio__value *value = &config->values[id];
    if (!rtcio__config_credential(&rtcio__settings[id], path, sizeof path))
        return 0;
    value->text = rtcio__config_keep(config, path, strlen(path));
    value->origin = RTCIO__FROM_CREDENTIAL;
    value->by_file = true;
    return value->text != NULL ? 0 : rtcio__complain(to, "out of memory");
}

/* --- checks --------------------------------------------------------------------------------- */

static int blame(const rtcio__config *config, rtcio__setting_id id, const rtcio__complaint *to,
                 const char *text)
{
    const rtcio__value *value = &config->values[id];
    if (value->origin == RTCIO__FROM_FILE)
        return rtcio__complain(to, "%s:%u: %s%s: %s", config->file, value->line,
                               rtcio__settings[id].key, value->by_file ? "_file" : "", text);
    return rtcio__complain(to, "%s", text);
}

int rtcio__config_blame(const rtcio__config *config, rtcio__setting_id id, char *why,
                        size_t why_size, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    blame(config, id, &(rtcio__complaint){why, why_size}, text);
    return config->values[id].origin == RTCIO__FROM_FILE ? RTCIO__EXIT_CONFIG : RTCIO__EXIT_USAGE;
}

const char *rtcio__config_name(const rtcio__config *config, rtcio__setting_id id, char *buf,
                               size_t size)
{
    char flag[RTCIO__NAME_SIZE];
    rtcio__setting_flag(&rtcio__settings[id], "", flag);
    bool in_file = config->file != NULL && (config->values[id].origin == RTCIO__FROM_FILE ||
                                            config->values[id].origin == RTCIO__FROM_DEFAULT);
    snprintf(buf, size, "%s", in_file ? rtcio__settings[id].key : flag);
    return buf;
}

/* A value of a word or a variable; the file has checked its own. */
static int check_value(rtcio__config *config, rtcio__setting_id id, const rtcio__complaint *to)
{
    const rtcio__setting *setting = &rtcio__settings[id];
    rtcio__value *value = &config->values[id];
    char range[64], flag[RTCIO__NAME_SIZE];
    if (value->by_file || rtcio__value_read(setting, value->text, &value->number))
        return 0;
    rtcio__value_describe(setting, range, sizeof range);
    if (value->origin == RTCIO__FROM_ENVIRONMENT)
        return rtcio__complain(to, "%s=%.60s cannot be used, give %s", value->env, value->text,
                               range);
    rtcio__setting_flag(setting, "", flag);
    return rtcio__complain(to, "%s %.60s cannot be used, give %s", flag, value->text, range);
}

int rtcio__config_read(rtcio__config *config, int n_words, char **words, char *why, size_t why_size)
{
    const rtcio__complaint to = {why, why_size};
    memset(config, 0, sizeof *config);
    if (read_words(config, n_words, words, &to) != 0)
        return RTCIO__EXIT_USAGE;
    if (config->help)
        return 0;
    for (rtcio__setting_id i = 0; i < RTCIO__N_SETTINGS; i++) {
        if (config->values[i].text == NULL)
            read_environment(&config->values[i], &rtcio__settings[i]);
        if (config->values[i].text == NULL && read_credential(config, i, &to) != 0)
            return RTCIO__EXIT_CONFIG;
    }
    if (config->file == NULL && (config->file = getenv("RTCIO_CONFIG")) != NULL &&
        *config->file == '\0')
        config->file = NULL;
    if (config->file != NULL && rtcio__config_read_file(config, &to) != 0)
        return RTCIO__EXIT_CONFIG;
    for (rtcio__setting_id i = 0; i < RTCIO__N_SETTINGS; i++) {
        if (config->values[i].text == NULL)
            config->values[i].text = rtcio__settings[i].fallback;
        if (check_value(config, i, &to) != 0)
            return RTCIO__EXIT_USAGE;
    }
    char text[512];
    rtcio__setting_id id;
    if (rtcio__config_read_secrets(config, &id, &(rtcio__complaint){text, sizeof text}) == 0)
        return 0;
    blame(config, id, &to, text);
    return RTCIO__EXIT_CONFIG;
}
