/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Looking things up in a request's head. */

#include "codec/http.h"

#include <string.h>

#include "base/ascii.h"

const struct rtcio__http_field *rtcio__http_find(const struct rtcio__http_head *head,
                                                 const char *name, const char **value, size_t *len)
{
    size_t name_len = strlen(name);

    for (size_t i = 0; i < head->n_fields; i++) {
        const struct rtcio__http_field *field = &head->field[i];
        if (field->name_len == name_len &&
            rtcio__ascii_equal_nocase(head->text + field->name, name, name_len)) {
            *value = head->text + field->value;
            *len = field->value_len;
            return field;
        }
    }
    return NULL;
}

static bool list_has_token(const char *p, const char *end, const char *token, size_t token_len)
{
    while (p < end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma != NULL ? comma : end;
        const char *last = stop;
        while (p < last && rtcio__ascii_is_blank(*p))
            p++;
        while (p < last && rtcio__ascii_is_blank(last[-1]))
            last--;
        if ((size_t)(last - p) == token_len && rtcio__ascii_equal_nocase(p, token, token_len))
            return true;
        p = stop < end ? stop + 1 : end;
    }
    return false;
}

bool rtcio__http_has_token(const struct rtcio__http_head *head, const char *name, const char *token)
{
    size_t name_len = strlen(name), token_len = strlen(token);

    for (size_t i = 0; i < head->n_fields; i++) {
        const struct rtcio__http_field *field = &head->field[i];
        const char *value = head->text + field->value;
        if (field->name_len == name_len &&
            rtcio__ascii_equal_nocase(head->text + field->name, name, name_len) &&
            list_has_token(value, value + field->value_len, token, token_len))
            return true;
    }
    return false;
}
