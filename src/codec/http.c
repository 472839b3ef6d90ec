/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Heads of HTTP/1.1 requests, and query strings. libhttp-parser cuts the head; what a request
 * means, and what it must not look like, is decided here. Knows nothing of sockets or answers.
 *
 * Distributions build libhttp-parser without its strict mode: it then takes a blank before a
 * header's colon, control characters, bare line feeds and folded lines. A proxy in front of us may
 * read each of these in another way, which is how requests are smuggled. Hence the checks around
 * it. */

#include "codec/http.h"

#include <http_parser.h>
#include <limits.h>
#include <string.h>

#include "base/ascii.h"

/* RFC 9110 5.6.2: tchar, as one bit for each ASCII character. */
static bool is_token_char(char c)
{
    static const uint32_t tchar[8] = {
        [1] = 0x03ff6cfa, /* ! # $ % & ' * + - . 0-9 */
        [2] = 0xc7fffffe, /* A-Z ^ _ */
        [3] = 0x57ffffff, /* ` a-z | ~ */
    };
    unsigned char u = (unsigned char)c;
    return (tchar[u >> 5] >> (u & 31) & 1) != 0;
}

size_t rtcio__http_head_len(const char *data, size_t len, size_t seen)
{
    /* RFC 9112 2.2: a server SHOULD ignore at least one empty line (CRLF) received prior to the
     * request-line. */
    size_t from = len >= 2 && data[0] == '\r' && data[1] == '\n' ? 2 : 0;
    if (seen > 3 && seen - 3 > from)
        from = seen - 3;
    if (from >= len)
        return 0;
    /* From line to line: memmem() would look at every byte. */
    const char *end = data + len, *cr = data + from;
    while ((cr = memchr(cr, '\r', (size_t)(end - cr))) != NULL && end - cr >= 4) {
        if (memcmp(cr, "\r\n\r\n", 4) == 0)
            return (size_t)(cr - data) + 4;
        cr++;
    }
    return 0;
}

/* Lines end in CR LF, neither stands alone, and none continues the line before it (RFC 9112 2.2
 * and 5.2: a recipient may, and a safe one does, refuse the looser forms). Returns the length of
 * the request line, 0 if something is wrong (an empty request line is, too). */
static size_t check_lines(const char *data, size_t len)
{
    const char *end = data + len;
    size_t request_line = 0;

    for (const char *line = data; line < end;) {
        const char *cr = memchr(line, '\r', (size_t)(end - line));
        if (cr == NULL || cr + 1 == end || cr[1] != '\n')
            return 0;
        if (memchr(line, '\n', (size_t)(cr - line)) != NULL || rtcio__ascii_is_blank(*line))
            return 0;
        if (line == data)
            request_line = (size_t)(cr - line);
        line = cr + 2;
    }
    return request_line;
}

struct head_parse {
    struct rtcio__http_head *head;
    bool too_many;
    bool complete;
};

static int on_url(http_parser *parser, const char *at, size_t len)
{
    struct rtcio__http_head *head = ((struct head_parse *)parser->data)->head;
    head->target = at;
    head->target_len = len;
    return 0;
}

static int on_field(http_parser *parser, const char *at, size_t len)
{
    struct head_parse *parse = parser->data;
    struct rtcio__http_head *head = parse->head;

    if (head->n_fields == RTCIO__HTTP_MAX_HEADERS) {
        parse->too_many = true;
        return -1;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_token_char(at[i]))
            return -1;
    }
    head->field[head->n_fields++] = (struct rtcio__http_field){
        .name = (uint32_t)(at - head->text),
        .name_len = (uint32_t)len,
    };
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t len)
{
    struct rtcio__http_head *head = ((struct head_parse *)parser->data)->head;
    struct rtcio__http_field *field = &head->field[head->n_fields - 1];

    for (size_t i = 0; i < len; i++) {
        if (rtcio__ascii_is_control(at[i]))
            return -1;
    }
    while (len > 0 && rtcio__ascii_is_blank(at[len - 1]))
        len--;
    field->value = (uint32_t)(at - head->text);
    field->value_len = (uint32_t)len;
    return 0;
}

static int on_headers_complete(http_parser *parser)
{
    ((struct head_parse *)parser->data)->complete = true;
    return 1; /* whatever the fields say, the parser shall expect no body */
}

static const http_parser_settings head_settings = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
};

static size_t count_fields(const struct rtcio__http_head *head, const char *name)
{
    size_t name_len = strlen(name), n = 0;
    for (size_t i = 0; i < head->n_fields; i++) {
        const struct rtcio__http_field *field = &head->field[i];
        if (field->name_len == name_len &&
            rtcio__ascii_equal_nocase(head->text + field->name, name, name_len))
            n++;
    }
    return n;
}

/* RFC 9112 6.3: how long the body is. 0 or a status. */
static int read_framing(struct rtcio__http_head *head, bool http_1_1)
{
    const char *value;
    size_t len;
    size_t n_lengths = count_fields(head, "content-length");
    size_t n_codings = count_fields(head, "transfer-encoding");

    if (n_codings > 0) {
        /* 6.1: a server MAY reject a request that contains both Content-Length and
         * Transfer-Encoding; one of HTTP/1.0 with Transfer-Encoding has faulty framing. */
        if (n_lengths > 0 || !http_1_1)
            return 400;
        rtcio__http_find(head, "transfer-encoding", &value, &len);
        if (n_codings > 1 || len != 7 || !rtcio__ascii_equal_nocase(value, "chunked", 7))
            return 501;
        head->chunked = true;
        head->has_body = true;
        return 0;
    }
    if (n_lengths == 0)
        return 0;
    rtcio__http_find(head, "content-length", &value, &len);
    if (n_lengths > 1 || len == 0)
        return 400;
    for (size_t i = 0; i < len; i++) {
        uint64_t digit = (uint64_t)(value[i] - '0');
        if (!rtcio__ascii_is_digit(value[i]) || head->content_length > (UINT64_MAX - digit) / 10)
            return 400;
        head->content_length = head->content_length * 10 + digit;
    }
    head->has_body = head->content_length > 0;
    return 0;
}

static enum rtcio__http_method method_of(unsigned method)
{
    switch (method) {
    case HTTP_GET:
        return RTCIO__HTTP_GET;
    case HTTP_HEAD:
        return RTCIO__HTTP_HEAD;
    case HTTP_POST:
        return RTCIO__HTTP_POST;
    case HTTP_OPTIONS:
        return RTCIO__HTTP_OPTIONS;
    default:
        return RTCIO__HTTP_OTHER;
    }
}

/* What is left to check when the parser is content. */
static int read_head(struct rtcio__http_head *head, const http_parser *parser, size_t request_line)
{
    if (parser->http_major != 1)
        return 505;
    bool http_1_1 = parser->http_minor >= 1;

    /* RFC 9112 3: method SP request-target SP HTTP-version, and no other white space. */
    head->method_name = http_method_str((enum http_method)parser->method);
    if (strlen(head->method_name) + head->target_len + strlen("  HTTP/1.1") != request_line)
        return 400;
    for (size_t i = 0; i < head->target_len; i++) {
        if (rtcio__ascii_is_blank(head->target[i]) || rtcio__ascii_is_control(head->target[i]))
            return 400;
    }
    head->method = method_of(parser->method);

    /* RFC 9112 3.2: 400 to any HTTP/1.1 request that lacks a Host and to any request with more
     * than one. */
    size_t n_hosts = count_fields(head, "host");
    if (n_hosts > 1 || (http_1_1 && n_hosts == 0))
        return 400;

    int status = read_framing(head, http_1_1);
    if (status != 0)
        return status;

    /* RFC 9112 9.3. */
    head->keep_alive = !rtcio__http_has_token(head, "connection", "close") &&
                       (http_1_1 || rtcio__http_has_token(head, "connection", "keep-alive"));
    /* RFC 9110 7.8 and 10.1.1: Upgrade and Expect mean nothing in HTTP/1.0. */
    head->upgrade = http_1_1 && !head->has_body && count_fields(head, "upgrade") > 0 &&
                    rtcio__http_has_token(head, "connection", "upgrade");
    head->expect_continue =
        http_1_1 && head->has_body && rtcio__http_has_token(head, "expect", "100-continue");
    return 0;
}

int rtcio__http_parse_head(const char *data, size_t len, struct rtcio__http_head *head)
{
    *head = (struct rtcio__http_head){.text = data, .len = len};

    if (len >= 2 && data[0] == '\r' && data[1] == '\n') {
        data += 2; /* the empty line that may be ignored */
        len -= 2;
    }
    size_t request_line = check_lines(data, len);
    if (request_line == 0)
        return 400;

    struct head_parse parse = {.head = head};
    http_parser parser;
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &parse;
    size_t n = http_parser_execute(&parser, &head_settings, data, len);
    /* The parser's own limit on heads, 80 KiB, is a global of the library: left alone, and only
     * met by callers that allow longer heads than that. */
    if (parse.too_many || HTTP_PARSER_ERRNO(&parser) == HPE_HEADER_OVERFLOW)
        return 431;
    if (HTTP_PARSER_ERRNO(&parser) != HPE_OK || n != len || !parse.complete)
        return 400;
    return read_head(head, &parser, request_line);
}

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

static bool query_name_is(const char *p, const char *end, const char *key)
{
    for (; p < end; key++) {
        char c;
        p = query_char(p, end, &c);
        if (c == '\0' || c != *key) /* never goes on behind key's NUL */
            return false;
    }
    return *key == '\0';
}

static int query_value(const char *p, const char *end, char *out, size_t size)
{
    int len = 0;

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

int rtcio__http_query(const char *target, size_t target_len, const char *key, char *out,
                      size_t size)
{
    int found = -1;

    if (target_len > INT_MAX)
        return -1;
    const char *p = memchr(target, '?', target_len);
    if (p == NULL)
        return -1;
    p++;
    size_t len = target_len - (size_t)(p - target);
    const char *hash = memchr(p, '#', len);
    const char *end = hash != NULL ? hash : p + len;

    while (p < end) {
        const char *amp = memchr(p, '&', (size_t)(end - p));
        const char *stop = amp != NULL ? amp : end;
        const char *eq = memchr(p, '=', (size_t)(stop - p));
        if (query_name_is(p, eq != NULL ? eq : stop, key))
            found = query_value(eq != NULL ? eq + 1 : stop, stop, out, size);
        p = stop < end ? stop + 1 : end;
    }
    return found;
}
