/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* X-Forwarded-For and Forwarded (RFC 7239). Each proxy adds, at the right end, whom it heard: from
 * there, the first that is not trusted is the client. What stands left of it the client may have
 * made up. */

#include "engine/forwarded.h"

#include "codec/http.h"

#include <string.h>
#include <strings.h>

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && (**text == ' ' || **text == '\t')) {
        ++*text;
        --*len;
    }
    while (*len > 0 && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
        --*len;
}

/* An address as proxies write it: quoted, in brackets, with a port. */
static bool parse_node(struct rtcio__address *address, const char *text, size_t len)
{
    if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
        text++;
        len -= 2;
    }
    if (len > 0 && text[0] == '[') {
        const char *end = memchr(text, ']', len);
        return end != NULL && rtcio__address_parse(address, text + 1, (size_t)(end - text) - 1);
    }
    if (rtcio__address_parse(address, text, len))
        return true;
    const char *colon = memchr(text, ':', len);
    return colon != NULL && rtcio__address_parse(address, text, (size_t)(colon - text));
}

/* The value of a parameter of an element such as `for=192.0.2.1;proto=https`. */
static bool find_parameter(const char *element, size_t len, const char *name, const char **value,
                           size_t *value_len)
{
    size_t name_len = strlen(name);

    for (size_t at = 0; at < len;) {
        const char *semicolon = memchr(element + at, ';', len - at);
        size_t n = semicolon != NULL ? (size_t)(semicolon - element) - at : len - at;
        const char *pair = element + at;
        at += n + 1;
        trim(&pair, &n);
        if (n > name_len && pair[name_len] == '=' && strncasecmp(pair, name, name_len) == 0) {
            *value = pair + name_len + 1;
            *value_len = n - name_len - 1;
            return true;
        }
    }
    return false;
}

/* Walks over the elements of a list header from the right: all fields of the name are one list (RFC
 * 9110 section 5.3). */
struct walk {
    const struct rtcio__http_head *head;
    const char *name;
    size_t field; /* those before it are not looked at yet */
    const char *value;
    size_t left; /* of value */
};

static bool previous(struct walk *w, const char **element, size_t *len)
{
    while (w->left == 0) {
        const struct rtcio__http_field *f;
        do {
            if (w->field == 0)
                return false;
            f = &w->head->field[--w->field];
        } while (f->name_len != strlen(w->name) ||
                 strncasecmp(w->head->text + f->name, w->name, f->name_len) != 0);
        w->value = w->head->text + f->value;
        w->left = f->value_len;
    }
    size_t start = w->left;
    while (start > 0 && w->value[start - 1] != ',')
        start--;
    *element = w->value + start;
    *len = w->left - start;
    w->left = start > 0 ? start - 1 : 0;
    trim(element, len);
    return true;
}

static bool is_https(const char *text, size_t len)
{
    if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
        text++;
        len -= 2;
    }
    return (len == 5 && strncasecmp(text, "https", 5) == 0) ||
           (len == 3 && strncasecmp(text, "wss", 3) == 0);
}

void rtcio__forwarded(const struct rtcio__networks *trusted, enum rtcio_forwarded_header header,
                      const struct rtcio__http_head *head, struct rtcio__address *address,
                      bool *secure)
{
    bool rfc = header == RTCIO_FORWARDED;
    struct walk walk = {
        .head = head, .name = rfc ? "forwarded" : "x-forwarded-for", .field = head->n_fields};
    const char *element, *value;
    size_t len, value_len;

    if (!rtcio__networks_have(trusted, address))
        return;
    if (!rfc) {
        struct walk proto = {.head = head, .name = "x-forwarded-proto", .field = head->n_fields};
        if (previous(&proto, &element, &len))
            *secure = is_https(element, len);
    }
    while (rtcio__networks_have(trusted, address) && previous(&walk, &element, &len)) {
        struct rtcio__address hop;
        value = element;
        value_len = len;
        if (rfc && find_parameter(element, len, "proto", &value, &value_len))
            *secure = is_https(value, value_len);
        if (rfc && !find_parameter(element, len, "for", &value, &value_len))
            return;
        /* "unknown", or a name the proxy made up: the proxy is all that is known. */
        if (!parse_node(&hop, value, value_len))
            return;
        *address = hop;
    }
}
