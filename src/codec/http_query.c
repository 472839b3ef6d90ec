/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Query strings of request targets. */

#include "codec/http.h"

#include <limits.h>
#include <string.h>

#include "base/ascii.h"

/* Takes one character off a query string, resolving its escape. */
static const char *query_char(const char *p, const char *end, char *c)
{
    *c = *p == '+' ? ' ' : *p;
    if (*p == '%' && end - p > 2) {
        int high = rtcio__ascii_hex(p[1]), low = rtcio__ascii_hex(p[2]);
        if (high >= 0 && low >= 0) {
            *c = (char)(high << 4 | low);
            return p + 3;
        }
    }
    return p + 1;
}

bool rtcio__http_param_is(const struct rtcio__http_param *param, const char *key)
{
    const char *p = param->name, *end = p + param->name_len;

    for (; p < end; key++) {
        char c;
        p = query_char(p, end, &c);
        if (c == '\0' || c != *key) /* never goes on behind key's NUL */
            return false;
    }
    return *key == '\0';
}

int rtcio__http_param_value(const struct rtcio__http_param *param, char *out, size_t size)
{
    const char *p = param->value, *end = p + param->value_len;
    int len = 0;

    /* Most values have no escapes. */
    for (; p < end && *p != '%' && *p != '+'; p++) {
        if ((size_t)len < size)
            out[len] = *p;
        len++;
    }
    while (p < end) {
        char c;
        p = query_char(p, end, &c);
        if ((size_t)len < size)
            out[len] = c;
        len++;
    }
    if (size > 0)
        out[(size_t)len < size ? (size_t)len : size - 1] = '\0';
    return len;
}

struct rtcio__http_params rtcio__http_params(const char *target, size_t target_len)
{
    const char *p = target_len <= INT_MAX ? memchr(target, '?', target_len) : NULL;

    if (p == NULL)
        return (struct rtcio__http_params){NULL, NULL};
    size_t len = target_len - (size_t)(++p - target);
    const char *hash = memchr(p, '#', len);
    return (struct rtcio__http_params){p, hash != NULL ? hash : p + len};
}

bool rtcio__http_params_next(struct rtcio__http_params *params, struct rtcio__http_param *param)
{
    const char *p = params->at, *end = params->end, *value = NULL;

    if (p == end)
        return false;
    param->name = p;
    for (; p < end && *p != '&'; p++) {
        if (*p == '=' && value == NULL)
            value = p;
    }
    param->name_len = (size_t)((value != NULL ? value : p) - param->name);
    param->value = value != NULL ? value + 1 : p;
    param->value_len = (size_t)(p - param->value);
    params->at = p < end ? p + 1 : end;
    return true;
}

int rtcio__http_query(const char *target, size_t target_len, const char *key, char *out,
                      size_t size)
{
    struct rtcio__http_params params = rtcio__http_params(target, target_len);
    struct rtcio__http_param param;
    int found = -1;

    while (rtcio__http_params_next(&params, &param))
        if (rtcio__http_param_is(&param, key))
            found = rtcio__http_param_value(&param, out, size);
    return found;
}
