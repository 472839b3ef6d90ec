/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Answers in JSON, and parameters. */

#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_TYPE "application/json"
#define NO_STORE  "Cache-Control: no-store\r\n"

void rtcio__answer(rtcio_http_request *request, int status, json_t *what)
{
    static const char memory[] =
        "{\"error\":{\"code\":\"no_memory\",\"message\":\"out of memory\"}}\n";
    char *text = what != NULL ? json_dumps(what, JSON_COMPACT) : NULL;

    json_decref(what);
    if (text == NULL) {
        rtcio_http_respond(request, 503, JSON_TYPE, NO_STORE,
                           (rtcio_slice){memory, sizeof memory - 1});
        return;
    }
    /* A line's end for those who read it in a terminal, in the place of the NUL. */
    size_t len = strlen(text);
    text[len] = '\n';
    rtcio_http_respond(request, status, JSON_TYPE, NO_STORE, (rtcio_slice){text, len + 1});
    free(text);
}

void rtcio__answer_error(rtcio_http_request *request, int status, const char *code,
                         const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    /* A name that is cut, or that is no UTF-8, leaves no message rather than none at all. */
    json_t *text = json_string(message);
    if (text == NULL)
        text = json_string("the request has text that is not UTF-8");
    rtcio__answer(request, status,
                  json_pack("{s:{s:s, s:o}}", "error", "code", code, "message", text));
}

bool rtcio__call_number(rtcio__call *call, const char *key, uint64_t min, uint64_t max,
                        uint64_t otherwise, uint64_t *number)
{
    char text[24], *end;
    int n = rtcio_http_query(call->request, key, text, sizeof text);
    *number = otherwise;
    if (n < 0)
        return true;
    if (n > 0 && n < 20 && text[strspn(text, "0123456789")] == '\0') {
        *number = strtoull(text, &end, 10);
        if (*number >= min && *number <= max)
            return true;
    }
    rtcio__answer_error(call->request, 400, "bad_parameter",
                        "%s has to be a number from %llu to %llu", key, (unsigned long long)min,
                        (unsigned long long)max);
    return false;
}

static bool is_utf8(const char *text)
{
    json_t *string = json_string(text); /* which is none for anything else */
    bool is = string != NULL;
    json_decref(string);
    return is;
}

bool rtcio__call_text(rtcio__call *call, const char *key, char *buf, size_t size)
{
    int n = rtcio_http_query(call->request, key, buf, size);
    if (n < 0)
        buf[0] = '\0';
    if (n < 0 || ((size_t)n < size && memchr(buf, '\0', (size_t)n) == NULL && is_utf8(buf)))
        return true;
    rtcio__answer_error(call->request, 400, "bad_parameter",
                        "%s has to be at most %zu bytes of UTF-8, without NUL", key, size - 1);
    return false;
}

bool rtcio__call_only(rtcio__call *call, const char *const *names)
{
    const char *key;
    json_t *value;
    json_object_foreach(call->body, key, value)
    {
        size_t i = 0;
        while (names[i] != NULL && strcmp(names[i], key) != 0)
            i++;
        if (names[i] == NULL) {
            rtcio__answer_error(call->request, 400, "unknown_member",
                                "\"%.60s\" means nothing in this body", key);
            return false;
        }
    }
    return true;
}
