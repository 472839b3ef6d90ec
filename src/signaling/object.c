/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Reading the top level of a JSON object in place. Knows JSON's grammar as far as it is needed
 * to skip values that are known to be valid; validating is not its task. */

#include "signaling/object.h"

#include <rtcio/event.h>

#include <string.h>

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

/* `p` is at the opening quote. */
static const char *skip_string(const char *p, const char *end)
{
    const char *quote = p + 1;
    while (quote < end && (quote = memchr(quote, '"', (size_t)(end - quote))) != NULL) {
        const char *escape = quote;
        while (escape > p + 1 && escape[-1] == '\\')
            escape--;
        quote++;
        if ((quote - 1 - escape) % 2 == 0)
            return quote;
    }
    return end;
}

static const char *skip_container(const char *p, const char *end)
{
    size_t depth = 0;
    while (p < end) {
        char c = *p;
        if (c == '"') {
            p = skip_string(p, end);
            continue;
        }
        p++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return p;
    }
    return end;
}

static const char *skip_value(const char *p, const char *end)
{
    if (p == end)
        return end;
    if (*p == '"')
        return skip_string(p, end);
    if (*p == '{' || *p == '[')
        return skip_container(p, end);
    while (p < end && *p != ',' && *p != '}' && *p != ']' && *p != ' ' && *p != '\t' &&
           *p != '\n' && *p != '\r')
        p++;
    return p;
}

bool rtcio__signaling_members_of(rtcio__signaling_members *walk, const rtcio_event *ev)
{
    size_t n = rtcio_event_members(ev, walk->listed, RTCIO__SIGNALING_LISTED);
    if (n == 0 || n > RTCIO__SIGNALING_LISTED)
        return rtcio__signaling_members_open(walk, rtcio_event_arg(ev, 0));
    walk->n_listed = n;
    walk->i = 0;
    return true;
}

static bool next_listed(rtcio__signaling_members *walk, rtcio__signaling_member *member)
{
    if (walk->i == walk->n_listed)
        return false;
    const rtcio_member *m = &walk->listed[walk->i++];
    const char *quote = m->key.data - 1;
    member->key = m->key;
    member->value = m->value;
    member->whole = (rtcio_slice){quote, (size_t)(m->value.data + m->value.len - quote)};
    return true;
}

bool rtcio__signaling_members_open(rtcio__signaling_members *walk, rtcio_slice json)
{
    walk->n_listed = 0;
    if (json.len == 0)
        return false;
    walk->end = json.data + json.len;
    walk->at = skip_space(json.data, walk->end);
    if (walk->at == walk->end || *walk->at != '{')
        return false;
    walk->at++;
    return true;
}

bool rtcio__signaling_members_next(rtcio__signaling_members *walk, rtcio__signaling_member *member)
{
    if (walk->n_listed > 0)
        return next_listed(walk, member);
    const char *p = skip_space(walk->at, walk->end);
    if (p < walk->end && *p == ',')
        p = skip_space(p + 1, walk->end);
    if (p == walk->end || *p != '"')
        return false;
    const char *key_end = skip_string(p, walk->end);
    if (key_end - p < 2)
        return false;
    member->key = (rtcio_slice){p + 1, (size_t)(key_end - p) - 2};
    const char *value = skip_space(key_end, walk->end);
    if (value == walk->end || *value != ':')
        return false;
    value = skip_space(value + 1, walk->end);
    walk->at = skip_value(value, walk->end);
    if (walk->at == value)
        return false;
    member->value = (rtcio_slice){value, (size_t)(walk->at - value)};
    member->whole = (rtcio_slice){p, (size_t)(walk->at - p)};
    return true;
}

bool rtcio__signaling_key_spells(rtcio_slice key, const char *name)
{
    char buf[64];
    if (memchr(key.data, '\\', key.len) == NULL)
        return false;
    int n =
        rtcio__signaling_string_decode((rtcio_slice){key.data - 1, key.len + 2}, buf, sizeof buf);
    return n >= 0 && (size_t)n == strlen(name) && memcmp(buf, name, (size_t)n) == 0;
}

static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return (unsigned)((c | 0x20) - 'a' + 10) & 15u;
}

static uint32_t hex4(const char *p)
{
    return hex_digit(p[0]) << 12 | hex_digit(p[1]) << 8 | hex_digit(p[2]) << 4 | hex_digit(p[3]);
}

static size_t put_utf8(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* One escape sequence; `p` is behind the backslash. Returns where it ends. */
static const char *decode_escape(const char *p, const char *end, uint32_t *c)
{
    static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
    if (*p != 'u' || end - p < 5) {
        const char *found = strchr(names, *p);
        *c = found != NULL && *p != '\0' ? (unsigned char)values[found - names] : (unsigned char)*p;
        return p + 1;
    }
    *c = hex4(p + 1);
    p += 5;
    /* A pair of surrogates is one character. */
    if (*c >= 0xD800 && *c < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        uint32_t low = hex4(p + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            *c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
            p += 6;
        }
    }
    return p;
}

int rtcio__signaling_string_decode(rtcio_slice json, char *buf, size_t size)
{
    if (!rtcio__signaling_is_string(json))
        return RTCIO_E_FORMAT;
    const char *p = json.data + 1, *end = json.data + json.len - 1;
    size_t len = 0;
    while (p < end) {
        const char *backslash = memchr(p, '\\', (size_t)(end - p));
        char out[4];
        const char *from = p;
        size_t n = (size_t)((backslash != NULL ? backslash : end) - p);
        if (n == 0 && end - p >= 2) {
            uint32_t c;
            p = decode_escape(p + 1, end, &c);
            n = put_utf8(c, out);
            from = out;
        } else {
            n += n == 0; /* a backslash at the end of what was not validated */
            p += n;
        }
        if (len + n >= size)
            return RTCIO_E_LIMIT;
        memcpy(buf + len, from, n);
        len += n;
    }
    if (size == 0)
        return RTCIO_E_LIMIT;
    buf[len] = '\0';
    return (int)len;
}

size_t rtcio__signaling_string_units(rtcio_slice json)
{
    if (!rtcio__signaling_is_string(json))
        return 0;
    const char *p = json.data + 1, *end = json.data + json.len - 1;
    size_t units = 0;
    while (p < end) {
        unsigned char c = (unsigned char)*p++;
        if (c == '\\' && p < end) {
            p += *p == 'u' && end - p >= 5 ? 5 : 1;
            units++;
        } else if (c >= 0xF0) {
            units += 2;
        } else if (c < 0x80 || c >= 0xC0) {
            units++;
        }
    }
    return units;
}
