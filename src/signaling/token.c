/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Claims (RFC 7519, section 4.1) and options of authentication. */

#include "signaling/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUB_MAX   256
#define TIME_MAX  253402300800.0 /* the year 10000: beyond it, it is in another unit */
#define ROOMS_MAX 256

/* --- claims --------------------------------------------------------------------------------- */

/* A NumericDate. 1: there is one, 0: there is none, -1: it is something else. */
static int read_time(const json_t *claims, const char *name, double *seconds)
{
    const json_t *value = json_object_get(claims, name);
    if (value == NULL)
        return 0;
    *seconds = json_number_value(value);
    return json_is_number(value) && *seconds > 0 && *seconds < TIME_MAX ? 1 : -1;
}

static bool is_now(rtcio__token *token, const json_t *claims, const rtcio__token_rules *rules)
{
    double exp = 0, nbf = 0, now = (double)rules->now_s, leeway = rules->leeway_s;
    int has_exp = read_time(claims, "exp", &exp), has_nbf = read_time(claims, "nbf", &nbf);
    if (has_exp < 0 || has_nbf < 0 || (has_exp > 0 && now >= exp + leeway) ||
        (has_nbf > 0 && now < nbf - leeway))
        return false;
    token->exp_ms = has_exp > 0 ? (int64_t)(exp * 1000) : 0;
    return true;
}

/* "In the general case, the "aud" value is an array … or a single case-sensitive string" (4.1.3) */
static bool is_audience(const json_t *aud, const char *wanted)
{
    size_t i;
    json_t *entry;
    if (json_is_string(aud))
        return strcmp(json_string_value(aud), wanted) == 0;
    json_array_foreach(aud, i, entry)
    {
        if (json_is_string(entry) && strcmp(json_string_value(entry), wanted) == 0)
            return true;
    }
    return false;
}

static bool is_for_us(const json_t *claims, const rtcio__token_rules *rules)
{
    const char *issuer = json_string_value(json_object_get(claims, "iss"));
    if (rules->issuer != NULL && (issuer == NULL || strcmp(issuer, rules->issuer) != 0))
        return false;
    return rules->audience == NULL || is_audience(json_object_get(claims, "aud"), rules->audience);
}

static bool take_rooms(rtcio__token *token, const json_t *claims)
{
    json_t *rooms = json_object_get(claims, "rooms"), *entry;
    size_t i;
    if (rooms == NULL)
        return true;
    if (!json_is_array(rooms) || json_array_size(rooms) > ROOMS_MAX)
        return false;
    json_array_foreach(rooms, i, entry)
    {
        if (!json_is_string(entry))
            return false;
    }
    token->rooms = json_incref(rooms);
    return true;
}

int rtcio__token_read(rtcio__token *token, const rtcio__jwt_keys *keys,
                      const rtcio__token_rules *rules, const char *text, size_t len)
{
    json_t *claims = rtcio__jwt_verify(keys, text, len);
    const char *sub = json_string_value(json_object_get(claims, "sub"));
    *token = (rtcio__token){0};
    if (claims != NULL && (sub == NULL || strlen(sub) <= SUB_MAX) && is_now(token, claims, rules) &&
        is_for_us(claims, rules) && take_rooms(token, claims))
        token->sub = strdup(sub != NULL ? sub : "");
    json_decref(claims);
    if (token->sub != NULL)
        return 0;
    rtcio__token_fini(token);
    return RTCIO_E_INVALID;
}

void rtcio__token_fini(rtcio__token *token)
{
    free(token->sub);
    json_decref(token->rooms);
    *token = (rtcio__token){0};
}

/* Goes back to the last `*` only: linear in the product of two short texts, whatever they are. */
bool rtcio__token_fits(const char *pattern, const char *name)
{
    const char *star = NULL, *resume = NULL;
    while (*name != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            resume = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star + 1;
            name = ++resume;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

bool rtcio__token_opens(const rtcio__token *token, const char *room)
{
    size_t i;
    json_t *entry;
    if (token->rooms == NULL)
        return true;
    json_array_foreach(token->rooms, i, entry)
    {
        if (rtcio__token_fits(json_string_value(entry), room))
            return true;
    }
    return false;
}

/* --- options -------------------------------------------------------------------------------- */

static const rtcio_auth_options defaults = {
    .size = sizeof defaults,
    .leeway_s = 30,
    .warn_s = 60,
};

void rtcio_auth_options_init_sized(rtcio_auth_options *opt, size_t size)
{
    memset(opt, 0, size);
    memcpy(opt, &defaults, size < sizeof defaults ? size : sizeof defaults);
    opt->size = size;
}

int rtcio__token_options_read(const rtcio_auth_options *opt, rtcio__jwt_keys **keys, char *why,
                              size_t why_size)
{
    char unused[1];
    *keys = NULL;
    if (why == NULL) {
        why = unused;
        why_size = sizeof unused;
    }
    if (opt->size < sizeof *opt) {
        snprintf(why, why_size, "size: fill the options with rtcio_auth_options_init()");
        return RTCIO_E_INVALID;
    }
    for (size_t i = sizeof *opt; i < opt->size; i++) {
        if (((const char *)opt)[i] != 0) {
            snprintf(why, why_size, "an option is set that this version does not know");
            return RTCIO_E_UNSUPPORTED;
        }
    }
    if (opt->leeway_s > 3600 || opt->warn_s < 1 || opt->warn_s > 86400) {
        snprintf(why, why_size, "leeway_s takes 0 to 3600, warn_s 1 to 86400");
        return RTCIO_E_INVALID;
    }
    if (opt->issuer_keys && opt->secrets == NULL && opt->public_keys == NULL && opt->jwks == NULL)
        return 0;
    *keys = rtcio__jwt_keys_create(opt->secrets, opt->public_keys, opt->jwks, why, why_size);
    return *keys != NULL ? 0 : RTCIO_E_INVALID;
}

int rtcio_auth_options_check(const rtcio_auth_options *opt, char *why, size_t why_size)
{
    rtcio__jwt_keys *keys;
    int rc = rtcio__token_options_read(opt, &keys, why, why_size);
    rtcio__jwt_keys_destroy(keys);
    return rc;
}
