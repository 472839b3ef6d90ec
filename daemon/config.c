/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Reads the settings of `rtcio serve` from words and environment. Knows nothing of servers. */

#include "config.h"

#include "nearest.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const rtcio__setting rtcio__settings[RTCIO__N_SETTINGS] = {
#define ROW(id, group, key, env, type, min, max, fallback, choices, text) \
    {group, key, env, RTCIO__TYPE_##type, min, max, fallback, choices, text},
    RTCIO__SETTINGS(ROW)
#undef ROW
};

typedef struct unit {
    const char *name;
    uint64_t factor;
} unit;

static const unit durations[] = {
    {"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {NULL, 0},
};
static const unit sizes[] = {
    {"", 1},          {"B", 1},       {"K", 1024},      {"KiB", 1024}, {"M", 1 << 20},
    {"MiB", 1 << 20}, {"G", 1 << 30}, {"GiB", 1 << 30}, {NULL, 0},
};
static const unit plain[] = {{"", 1}, {NULL, 0}};

/* A value that is too large for the type is as large as the type: out of every range. */
static bool read_number(const char *text, const unit *units, uint64_t *value)
{
    const char *p = text;
    uint64_t n = 0;
    bool overflow = false;
    for (; *p >= '0' && *p <= '9'; p++)
        overflow |= __builtin_mul_overflow(n, 10, &n) ||
                    __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n);
    if (p == text)
        return false;
    for (; units->name != NULL; units++) {
        if (strcasecmp(p, units->name) != 0)
            continue;
        overflow |= __builtin_mul_overflow(n, units->factor, &n);
        *value = overflow ? UINT64_MAX : n;
        return true;
    }
    return false;
}

static bool read_switch(const char *text, uint64_t *value)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *value = i % 2;
            return true;
        }
    }
    return false;
}

static bool read_choice(const char *text, const char *choices, uint64_t *value)
{
    size_t len = strlen(text);
    for (*value = 0; *choices != '\0'; ++*value) {
        size_t n = strcspn(choices, "|");
        if (n == len && memcmp(choices, text, n) == 0)
            return true;
        choices += n + (choices[n] == '|');
    }
    return false;
}

static bool read_value(const rtcio__setting *setting, const char *text, uint64_t *value)
{
    switch (setting->type) {
    case RTCIO__TYPE_TEXT:
        return *text != '\0';
    case RTCIO__TYPE_SWITCH:
        return read_switch(text, value);
    case RTCIO__TYPE_CHOICE:
        return read_choice(text, setting->choices, value);
    case RTCIO__TYPE_NUMBER:
        return read_number(text, plain, value) && *value >= setting->min && *value <= setting->max;
    case RTCIO__TYPE_DURATION:
        return read_number(text, durations, value) && *value >= setting->min &&
               *value <= setting->max;
    case RTCIO__TYPE_SIZE:
        return read_number(text, sizes, value) && *value >= setting->min && *value <= setting->max;
    }
    return false;
}

/* What a setting takes, in words that fit behind "give …" and into a table. */
static void describe_range(const rtcio__setting *setting, char *buf, size_t size)
{
    unsigned long long min = setting->min, max = setting->max;
    switch (setting->type) {
    case RTCIO__TYPE_TEXT:
        snprintf(buf, size, "text");
        break;
    case RTCIO__TYPE_SWITCH:
        snprintf(buf, size, "yes or no");
        break;
    case RTCIO__TYPE_CHOICE: {
        size_t len = 0;
        for (const char *p = setting->choices; *p != '\0' && len + 5 < size; p++) {
            if (*p == '|')
                len += (size_t)snprintf(buf + len, size - len, "%s",
                                        strchr(p + 1, '|') != NULL ? ", " : " or ");
            else
                buf[len++] = *p;
        }
        buf[len] = '\0';
        break;
    }
    case RTCIO__TYPE_NUMBER:
        snprintf(buf, size, "%llu to %llu", min, max);
        break;
    case RTCIO__TYPE_DURATION:
        snprintf(buf, size, "%llu to %llu ms", min, max);
        break;
    case RTCIO__TYPE_SIZE:
        snprintf(buf, size, "%llu to %llu bytes", min, max);
        break;
    }
}

__attribute__((format(printf, 3, 4))) static int complain(char *why, size_t size,
                                                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, size, format, args);
    va_end(args);
    /* One line, whatever was in the words. */
    for (char *p = why; *p != '\0'; p++) {
        if ((unsigned char)*p < ' ' || *p == '\x7f')
            *p = '?';
    }
    return -1;
}

static int find_setting(const char *key, size_t len, char *why, size_t why_size)
{
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        if (strlen(rtcio__settings[i].key) == len && memcmp(rtcio__settings[i].key, key, len) == 0)
            return i;
    }
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(len < 60 ? len : 60), key);
    rtcio__nearest nearest = {.word = word};
    for (int i = 0; i < RTCIO__N_SETTINGS; i++)
        rtcio__nearest_offer(&nearest, rtcio__settings[i].key);
    if (nearest.best != NULL)
        return complain(why, why_size, "unknown option --%s, did you mean --%s?", word,
                        nearest.best);
    return complain(why, why_size, "unknown option --%s, see: rtcio serve --help", word);
}

/* One option at words[i]. @return how many words it took, or -1 */
static int read_option(rtcio__config *config, int n_words, char **words, char *why, size_t why_size)
{
    const char *key = words[0] + 2;
    size_t len = strcspn(key, "=");
    int id = find_setting(key, len, why, why_size);
    if (id < 0)
        return -1;
    if (key[len] == '=') {
        config->values[id].text = key + len + 1;
        return 1;
    }
    if (rtcio__settings[id].type == RTCIO__TYPE_SWITCH) {
        config->values[id].text = "yes";
        return 1;
    }
    if (n_words < 2)
        return complain(why, why_size, "--%s needs a value, see: rtcio serve --help",
                        rtcio__settings[id].key);
    config->values[id].text = words[1];
    return 2;
}

static int read_words(rtcio__config *config, int n_words, char **words, char *why, size_t why_size)
{
    for (int i = 0; i < n_words;) {
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) {
            config->help = true;
            return 0;
        }
        if (strncmp(words[i], "--", 2) != 0)
            return complain(why, why_size, "unexpected \"%.60s\", see: rtcio serve --help",
                            words[i]);
        int taken = read_option(config, n_words - i, words + i, why, why_size);
        if (taken < 0)
            return -1;
        i += taken;
    }
    return 0;
}

int rtcio__config_read(rtcio__config *config, int n_words, char **words, char *why, size_t why_size)
{
    memset(config, 0, sizeof *config);
    if (read_words(config, n_words, words, why, why_size) != 0)
        return -1;
    if (config->help)
        return 0;
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        const rtcio__setting *setting = &rtcio__settings[i];
        const char *text = config->values[i].text, *env = NULL;
        if (text == NULL && (env = getenv(setting->env)) != NULL && *env != '\0')
            text = env;
        if (text == NULL)
            text = setting->fallback;
        config->values[i].text = text;
        if (read_value(setting, text, &config->values[i].number))
            continue;
        char range[64];
        describe_range(setting, range, sizeof range);
        if (text == env)
            return complain(why, why_size, "%s=%.60s cannot be used, give %s", setting->env, text,
                            range);
        return complain(why, why_size, "--%s %.60s cannot be used, give %s", setting->key, text,
                        range);
    }
    return 0;
}

static const char *placeholder(const rtcio__setting *setting)
{
    static const char *const names[] = {
        [RTCIO__TYPE_TEXT] = " TEXT",     [RTCIO__TYPE_NUMBER] = " NUMBER",
        [RTCIO__TYPE_DURATION] = " TIME", [RTCIO__TYPE_SIZE] = " SIZE",
        [RTCIO__TYPE_SWITCH] = "",        [RTCIO__TYPE_CHOICE] = " WORD",
    };
    return names[setting->type];
}

static bool starts_group(int i)
{
    return i == 0 || strcmp(rtcio__settings[i].group, rtcio__settings[i - 1].group) != 0;
}

void rtcio__config_print_help(FILE *out)
{
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        const rtcio__setting *setting = &rtcio__settings[i];
        char range[64], option[64];
        describe_range(setting, range, sizeof range);
        snprintf(option, sizeof option, "--%s%s", setting->key, placeholder(setting));
        if (starts_group(i))
            fprintf(out, "%s%s:\n", i == 0 ? "" : "\n", setting->group);
        fprintf(out, "  %-31s %s\n", option, setting->text);
        fprintf(out, "  %-31s %s; default %s; or %s\n", "", range, setting->fallback, setting->env);
    }
}

void rtcio__config_print_markdown(FILE *out)
{
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        const rtcio__setting *setting = &rtcio__settings[i];
        char range[64];
        describe_range(setting, range, sizeof range);
        if (starts_group(i))
            fprintf(out,
                    "%s### %s\n\n"
                    "| Option | Environment | Default | Takes | Meaning |\n"
                    "|---|---|---|---|---|\n",
                    i == 0 ? "" : "\n", setting->group);
        fprintf(out, "| `--%s` | `%s` | `%s` | %s | %s |\n", setting->key, setting->env,
                setting->fallback, range, setting->text);
    }
}
