/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Cross-origin headers (Socket.IO spec 4.2). They never block a request: browsers do. */

#include "engine/http_conn.h"

#include <string.h>
#include <strings.h>

static void line(struct rtcio__buf *b, const char *name, const char *value, size_t len)
{
    size_t before = b->len;

    if (rtcio__buf_append_str(b, name) != 0 || rtcio__buf_append(b, ": ", 2) != 0 ||
        rtcio__buf_append(b, value, len) != 0 || rtcio__buf_append(b, "\r\n", 2) != 0)
        b->len = before; /* memory is short: no half lines */
}

static void line_str(struct rtcio__buf *b, const char *name, const char *value)
{
    line(b, name, value, strlen(value));
}

/* Is `origin` one of the comma separated list? */
static bool listed(const char *list, const char *origin, size_t len)
{
    while (*list != '\0') {
        size_t skip = strspn(list, ", \t");
        size_t n = strcspn(list + skip, ", \t");
        if (n > 0 && n == len && memcmp(list + skip, origin, len) == 0)
            return true;
        list += skip + n;
    }
    return false;
}

bool rtcio__cors_allows(const struct rtcio__engine *engine, const struct rtcio__http_head *head)
{
    const char *setting = engine->opt.cors_origin;
    const char *origin;
    size_t len;

    if (setting == NULL || strcmp(setting, "*") == 0 || strcmp(setting, "reflect") == 0 ||
        rtcio__http_find(head, "origin", &origin, &len) == NULL)
        return true;
    return listed(setting, origin, len);
}

static void allow_origin(struct rtcio__buf *b, const char *setting, const char *origin, size_t len)
{
    static const char name[] = "Access-Control-Allow-Origin";

    if (strcmp(setting, "*") == 0) {
        line_str(b, name, "*");
        return;
    }
    bool reflect = strcmp(setting, "reflect") == 0;
    if (reflect || strchr(setting, ',') != NULL) {
        if (origin != NULL && (reflect || listed(setting, origin, len)))
            line(b, name, origin, len);
    } else {
        line_str(b, name, setting);
    }
}

static void preflight(struct rtcio__http_conn *hc, const struct rtcio__http_head *head)
{
    const rtcio_server_options *opt = &hc->engine->opt;
    struct rtcio__buf *b = &hc->extra;
    const char *asked;
    size_t asked_len;

    if (opt->cors_credentials)
        line_str(b, "Access-Control-Allow-Credentials", "true");
    line_str(b, "Access-Control-Allow-Methods", opt->cors_methods);
    if (opt->cors_allowed_headers != NULL)
        line_str(b, "Access-Control-Allow-Headers", opt->cors_allowed_headers);
    else if (rtcio__http_find(head, "access-control-request-headers", &asked, &asked_len) != NULL)
        line(b, "Access-Control-Allow-Headers", asked, asked_len);
    if (opt->cors_max_age_s >= 0)
        rtcio__buf_printf(b, "Access-Control-Max-Age: %d\r\n", opt->cors_max_age_s);
    if (opt->cors_exposed_headers != NULL)
        line_str(b, "Access-Control-Expose-Headers", opt->cors_exposed_headers);
}

bool rtcio__cors(struct rtcio__http_conn *hc, const struct rtcio__http_head *head)
{
    const rtcio_server_options *opt = &hc->engine->opt;
    const char *origin = NULL;
    size_t origin_len = 0;
    bool options = head->method == RTCIO__HTTP_OPTIONS;

    if (opt->cors_origin == NULL)
        return false;
    rtcio__http_find(head, "origin", &origin, &origin_len);
    allow_origin(&hc->extra, opt->cors_origin, origin, origin_len);

    bool vary_origin = strcmp(opt->cors_origin, "*") != 0;
    bool vary_headers = options && opt->cors_allowed_headers == NULL;
    if (vary_origin || vary_headers)
        rtcio__buf_printf(&hc->extra, "Vary: %s%s%s\r\n", vary_origin ? "Origin" : "",
                          vary_origin && vary_headers ? ", " : "",
                          vary_headers ? "Access-Control-Request-Headers" : "");
    if (options) {
        preflight(hc, head);
        rtcio__http_answer(hc, 204, NULL, "Content-Length: 0\r\n", NULL, 0);
        return true;
    }
    if (opt->cors_credentials)
        line_str(&hc->extra, "Access-Control-Allow-Credentials", "true");
    if (opt->cors_exposed_headers != NULL)
        line_str(&hc->extra, "Access-Control-Expose-Headers", opt->cors_exposed_headers);
    return false;
}
