/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* JSONP: what a poll answers as a script, and what a form brings. */

#include "engine/jsonp.h"

#include "codec/http.h"

#include <stdlib.h>
#include <string.h>

/* Appends a JSON string in which nothing ends a line of a script: U+2028 and U+2029 (E2 80 A8, E2
 * 80 A9) are legal in JSON, but were line ends in JavaScript. */
static void append_script_string(struct rtcio__buf *b, const char *text, size_t len)
{
    struct rtcio__buf json = {0};
    const char *p, *at;

    rtcio__buf_append_json_string(&json, text, len);
    at = json.data;
    const char *end = at + json.len;
    while (at != NULL && (p = memmem(at, (size_t)(end - at), "\xe2\x80", 2)) != NULL &&
           end - p > 2) {
        unsigned char last = (unsigned char)p[2];
        rtcio__buf_append(b, at, (size_t)(p - at));
        if (last == 0xa8 || last == 0xa9)
            rtcio__buf_append_str(b, last == 0xa8 ? "\\u2028" : "\\u2029");
        else
            rtcio__buf_append(b, p, 3);
        at = p + 3;
    }
    if (at != NULL)
        rtcio__buf_append(b, at, (size_t)(end - at));
    rtcio__buf_fini(&json);
}

void rtcio__jsonp_wrap(struct rtcio__buf *b, const char *index, const char *body, size_t len)
{
    rtcio__buf_printf(b, "___eio[%s](", index);
    append_script_string(b, body, len);
    rtcio__buf_append_str(b, ");");
}

long rtcio__jsonp_field(char *body, size_t len)
{
    char *query = malloc(len + 2);
    int n;

    if (query == NULL)
        return -1;
    query[0] = '?';
    memcpy(query + 1, body, len);
    n = rtcio__http_query(query, len + 1, "d", body, len + 1);
    free(query);
    if (n < 0)
        return -1;
    char *out = body;
    for (char *in = body, *end = body + n; in < end; in++) {
        if (*in == '\\' && in + 2 < end && in[1] == '\\' && in[2] == 'n') {
            *out++ = '\\';
            *out++ = 'n';
            in += 2;
        } else if (*in == '\\' && in + 1 < end && in[1] == 'n') {
            *out++ = '\n';
            in++;
        } else {
            *out++ = *in;
        }
    }
    return (long)(out - body);
}
