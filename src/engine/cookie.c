/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Set-Cookie, with the attributes in the order in which npm's `cookie` writes them. */

#include "engine/cookie.h"

#include <string.h>
#include <strings.h>
#include <time.h>

static bool is_one_of(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcasecmp(text, *list) == 0)
            return true;
    return false;
}

/* "any CHAR except CTLs or ;" (RFC 6265 section 4.1.1) */
static bool is_attribute(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text == 0x7f || *text == ';')
            return false;
    return true;
}

static bool is_token(const char *text)
{
    return *text != '\0' && is_attribute(text) && strpbrk(text, " \t()<>@,;:\\\"/[]?={}") == NULL;
}

const char *rtcio__cookie_fault(const rtcio_server_options *opt)
{
    static const char *const same_site[] = {"strict", "lax", "none", NULL};
    static const char *const priority[] = {"low", "medium", "high", NULL};

    if (opt->cookie_name == NULL)
        return NULL;
    if (!is_token(opt->cookie_name))
        return "cookie_name";
    if (opt->cookie_path != NULL && !is_attribute(opt->cookie_path))
        return "cookie_path";
    if (opt->cookie_domain != NULL && !is_attribute(opt->cookie_domain))
        return "cookie_domain";
    if (opt->cookie_same_site != NULL && !is_one_of(opt->cookie_same_site, same_site))
        return "cookie_same_site";
    if (opt->cookie_priority != NULL && !is_one_of(opt->cookie_priority, priority))
        return "cookie_priority";
    return NULL;
}

/* A word of the two lists above with its first letter large. */
static void append_word(struct rtcio__buf *b, const char *attribute, const char *word)
{
    rtcio__buf_printf(b, "; %s=", attribute);
    for (size_t i = 0; word[i] != '\0'; i++)
        rtcio__buf_append_byte(b, (char)(i == 0 ? word[i] & ~0x20 : word[i] | 0x20));
}

void rtcio__cookie_append(struct rtcio__buf *b, const rtcio_server_options *opt, const char *sid)
{
    /* Identifiers need no encoding: rtcio__sid_is_valid(). */
    rtcio__buf_printf(b, "Set-Cookie: %s=%s", opt->cookie_name, sid);
    if (opt->cookie_max_age_s >= 0)
        rtcio__buf_printf(b, "; Max-Age=%d", opt->cookie_max_age_s);
    if (opt->cookie_domain != NULL)
        rtcio__buf_printf(b, "; Domain=%s", opt->cookie_domain);
    if (opt->cookie_path != NULL)
        rtcio__buf_printf(b, "; Path=%s", opt->cookie_path);
    if (opt->cookie_expires_s != 0) {
        time_t at = (time_t)opt->cookie_expires_s;
        char text[40];
        struct tm tm;
        gmtime_r(&at, &tm);
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        rtcio__buf_printf(b, "; Expires=%s", text);
    }
    if (opt->cookie_http_only)
        rtcio__buf_append_str(b, "; HttpOnly");
    if (opt->cookie_secure)
        rtcio__buf_append_str(b, "; Secure");
    if (opt->cookie_partitioned)
        rtcio__buf_append_str(b, "; Partitioned");
    if (opt->cookie_priority != NULL)
        append_word(b, "Priority", opt->cookie_priority);
    if (opt->cookie_same_site != NULL)
        append_word(b, "SameSite", opt->cookie_same_site);
    rtcio__buf_append_str(b, "\r\n");
}
