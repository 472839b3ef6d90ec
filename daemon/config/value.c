/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What one value may be: units, ranges, words. */

#include "internal.h"

#include <string.h>
#include <strings.h>

typedef struct unit {
    const char *name;
    uint64_t factor;
} unit;

static const unit durations[] = {
    {"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0},
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

bool rtcio__value_read(const rtcio__setting *setting, const char *text, uint64_t *value)
{
    const unit *units = plain;
    switch (setting->type) {
    case RTCIO__TYPE_TEXT:
    case RTCIO__TYPE_LIST:
    case RTCIO__TYPE_SECRET:
        return *text != '\0' || *setting->fallback == '\0';
    case RTCIO__TYPE_SWITCH:
        return read_switch(text, value);
    case RTCIO__TYPE_CHOICE:
        return read_choice(text, setting->choices, value);
    case RTCIO__TYPE_NUMBER:
        break;
    case RTCIO__TYPE_DURATION:
        units = durations;
        break;
    case RTCIO__TYPE_SIZE:
        units = sizes;
        break;
    }
    return read_number(text, units, value) && *value >= setting->min && *value <= setting->max;
}

static void describe_choices(const char *choices, char *buf, size_t size)
{
    size_t len = 0;
    for (const char *p = choices; *p != '\0' && len + 5 < size; p++) {
        if (*p == '|')
            len += (size_t)snprintf(buf + len, size - len, "%s",
                                    strchr(p + 1, '|') != NULL ? ", " : " or ");
        else
            buf[len++] = *p;
    }
    buf[len] = '\0';
}

void rtcio__value_describe(const rtcio__setting *setting, char *buf, size_t size)
{
    unsigned long long min = setting->min, max = setting->max;
    switch (setting->type) {
    case RTCIO__TYPE_TEXT:
        snprintf(buf, size, "text");
        break;
    case RTCIO__TYPE_LIST:
        snprintf(buf, size, "a list");
        break;
    case RTCIO__TYPE_SECRET:
        snprintf(buf, size, setting->many ? "secrets" : "secret");
        break;
    case RTCIO__TYPE_SWITCH:
        snprintf(buf, size, "yes or no");
        break;
    case RTCIO__TYPE_CHOICE:
        describe_choices(setting->choices, buf, size);
        break;
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

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* "ALLOWED_ORIGINS comma-separated (no trimming)" bites whoever writes ", " between two (rtc.io
 * spec 4.7); we trim. */
bool rtcio__list_next(const char **list, const char **entry, size_t *len)
{
    while (**list != '\0') {
        size_t n = strcspn(*list, ",");
        const char *start = *list, *end = start + n;
        *list = end + (*end == ',');
        while (start < end && is_blank(*start))
            start++;
        while (end > start && is_blank(end[-1]))
            end--;
        *entry = start;
        *len = (size_t)(end - start);
        if (*len > 0)
            return true;
    }
    return false;
}
