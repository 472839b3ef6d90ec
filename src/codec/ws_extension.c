/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Sec-WebSocket-Extensions, as RFC 6455 section 9.1 writes it and RFC 7692 fills it. Nothing is
 * allocated and every byte is looked at once. */

#include "codec/ws_extension.h"

#include <stdio.h>
#include <string.h>

struct reader {
    const char *at, *end;
};

struct parameter {
    const char *name;
    size_t name_len;
    bool has_value;
    char value[2]; /* its beginning, unquoted: those that mean something are no longer */
    size_t value_len;
};

/* One extension of the list. */
struct offer {
    bool bad; /* to be declined */
    bool server_no_context, client_no_context;
    bool has_server_bits, has_client_bits;
    uint8_t server_bits, client_bits; /* 0: without a value */
};

/* RFC 7230 3.2.6 */
static bool is_token_char(char c)
{
    return c > ' ' && c < 127 && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

static void skip_space(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
}

static bool take_char(struct reader *r, char c)
{
    skip_space(r);
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool take_token(struct reader *r, const char **token, size_t *len)
{
    skip_space(r);
    *token = r->at;
    while (r->at < r->end && is_token_char(*r->at))
        r->at++;
    *len = (size_t)(r->at - *token);
    return *len > 0;
}

static void add_to_value(struct parameter *p, char c)
{
    if (p->value_len < sizeof p->value)
        p->value[p->value_len] = c;
    p->value_len++;
}

/* "the value after quoted-string unescaping MUST conform to the 'token' ABNF" */
static bool take_value(struct reader *r, struct parameter *p)
{
    const char *token;
    size_t len;

    p->has_value = true;
    if (!take_char(r, '"')) {
        if (!take_token(r, &token, &len))
            return false;
        for (size_t i = 0; i < len; i++)
            add_to_value(p, token[i]);
        return true;
    }
    while (r->at < r->end && *r->at != '"') {
        if (*r->at == '\\' && ++r->at == r->end)
            return false;
        if (!is_token_char(*r->at))
            return false;
        add_to_value(p, *r->at++);
    }
    return take_char(r, '"') && p->value_len > 0;
}

static bool is_named(const struct parameter *p, const char *name)
{
    return p->name_len == strlen(name) && memcmp(p->name, name, p->name_len) == 0;
}

/* "a decimal integer value without leading zeroes between 8 to 15, inclusive"; 0: it is none. */
static uint8_t bits_of(const struct parameter *p)
{
    if (p->value_len == 1 && (p->value[0] == '8' || p->value[0] == '9'))
        return (uint8_t)(p->value[0] - '0');
    if (p->value_len == 2 && p->value[0] == '1' && p->value[1] >= '0' && p->value[1] <= '5')
        return (uint8_t)(10 + p->value[1] - '0');
    return 0;
}

/* RFC 7692 7.1: a server declines an offer with a parameter that is not defined for offers, has an
 * invalid value, or is there more than once. */
static void take_parameter(struct offer *offer, const struct parameter *p)
{
    if (is_named(p, "server_no_context_takeover")) {
        offer->bad |= p->has_value || offer->server_no_context;
        offer->server_no_context = true;
    } else if (is_named(p, "client_no_context_takeover")) {
        offer->bad |= p->has_value || offer->client_no_context;
        offer->client_no_context = true;
    } else if (is_named(p, "server_max_window_bits")) {
        offer->server_bits = bits_of(p);
        offer->bad |= offer->has_server_bits || offer->server_bits == 0;
        offer->has_server_bits = true;
    } else if (is_named(p, "client_max_window_bits")) {
        /* 7.1.2.2: without a value it says that the parameter is understood. */
        offer->client_bits = bits_of(p);
        offer->bad |= offer->has_client_bits || (p->has_value && offer->client_bits == 0);
        offer->has_client_bits = true;
    } else {
        offer->bad = true;
    }
}

/* extension-token *( ";" extension-param ). False: it is not that. */
static bool take_extension(struct reader *r, struct offer *offer)
{
    static const char ours[] = "permessage-deflate";
    const char *name;
    size_t len;

    *offer = (struct offer){0};
    if (!take_token(r, &name, &len))
        return false;
    offer->bad = len != sizeof ours - 1 || memcmp(name, ours, len) != 0;
    while (take_char(r, ';')) {
        struct parameter p = {0};
        if (!take_token(r, &p.name, &p.name_len) || (take_char(r, '=') && !take_value(r, &p)))
            return false;
        take_parameter(offer, &p);
    }
    return true;
}

static uint8_t least(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

static bool accept(const struct offer *offer, const struct rtcio__ws_deflate *wanted,
                   struct rtcio__ws_deflate *agreed)
{
    if (offer->bad || (offer->has_server_bits && offer->server_bits < RTCIO__WS_LEAST_BITS))
        return false;
    uint8_t server = offer->has_server_bits ? offer->server_bits : RTCIO__WS_MOST_BITS;
    uint8_t client = offer->client_bits != 0 ? offer->client_bits : RTCIO__WS_MOST_BITS;
    *agreed = (struct rtcio__ws_deflate){
        /* 7.1.2.1: the same or a smaller value; also without having been asked. */
        .server_bits = least(server, wanted->server_bits),
        /* 7.1.2.2: only who says that it understands can be told. */
        .client_bits = offer->has_client_bits ? least(client, wanted->client_bits) : client,
        .server_no_context = wanted->server_no_context || offer->server_no_context,
        .client_no_context = wanted->client_no_context || offer->client_no_context,
    };
    agreed->says_server_bits = offer->has_server_bits || agreed->server_bits < RTCIO__WS_MOST_BITS;
    agreed->says_client_bits =
        offer->has_client_bits &&
        (offer->client_bits != 0 || agreed->client_bits < RTCIO__WS_MOST_BITS);
    return true;
}

enum rtcio__ws_offer rtcio__ws_negotiate(const char *value, size_t len,
                                         const struct rtcio__ws_deflate *wanted,
                                         struct rtcio__ws_deflate *agreed)
{
    struct reader r = {value, value + len};
    enum rtcio__ws_offer result = RTCIO__WS_DECLINED;
    struct offer offer;

    do {
        skip_space(&r);
        if (r.at == r.end || *r.at == ',')
            continue; /* "null elements are allowed" in lists (RFC 2616 2.1) */
        if (!take_extension(&r, &offer))
            return RTCIO__WS_GARBAGE;
        /* 5.1: offers are listed in the client's order of preference. */
        if (result == RTCIO__WS_DECLINED && accept(&offer, wanted, agreed))
            result = RTCIO__WS_ACCEPTED;
    } while (take_char(&r, ','));
    return r.at == r.end ? result : RTCIO__WS_GARBAGE;
}

size_t rtcio__ws_answer(const struct rtcio__ws_deflate *agreed, char out[RTCIO__WS_ANSWER_MAX])
{
    char *at = stpcpy(out, "permessage-deflate");

    if (agreed->server_no_context)
        at = stpcpy(at, "; server_no_context_takeover");
    if (agreed->client_no_context)
        at = stpcpy(at, "; client_no_context_takeover");
    char *end = out + RTCIO__WS_ANSWER_MAX;
    if (agreed->says_server_bits)
        at += snprintf(at, (size_t)(end - at), "; server_max_window_bits=%u", agreed->server_bits);
    if (agreed->says_client_bits)
        at += snprintf(at, (size_t)(end - at), "; client_max_window_bits=%u", agreed->client_bits);
    return (size_t)(at - out);
}
