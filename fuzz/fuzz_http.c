/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* HTTP requests: head and body are the same however they arrive, what is handed out is clean and
 * lies inside the head, and head and body are what libhttp-parser, less strict than we are, makes
 * of the request. */

#include "codec/http.h"

#include <ctype.h>
#include <http_parser.h>
#include <stdbool.h>

#include "fuzz.h"

#define MAX_BODY 1000

static void check_inside(const struct rtcio__http_head *head, const char *p, size_t len)
{
    FUZZ_CHECK(p >= head->text && len <= head->len && (size_t)(p - head->text) <= head->len - len);
}

static void check_fields(const struct rtcio__http_head *head)
{
    size_t n_hosts = 0, n_lengths = 0;
    for (size_t i = 0; i < head->n_fields; i++) {
        const struct rtcio__http_field *f = &head->field[i];
        const char *name = head->text + f->name, *value = head->text + f->value;
        check_inside(head, name, f->name_len);
        check_inside(head, value, f->value_len);
        FUZZ_CHECK(f->name_len > 0 && name[-1] == '\n');
        FUZZ_CHECK(f->value > f->name + f->name_len);
        for (size_t k = 0; k < f->name_len; k++)
            FUZZ_CHECK(name[k] > 0x20 && name[k] < 0x7f && name[k] != ':');
        FUZZ_CHECK(name[f->name_len] == ':'); /* no blank in front of it */
        for (size_t k = 0; k < f->value_len; k++)
            FUZZ_CHECK(value[k] != '\r' && value[k] != '\n' && value[k] != '\0');
        if (f->value_len > 0) {
            FUZZ_CHECK(value[0] != ' ' && value[0] != '\t');
            FUZZ_CHECK(value[f->value_len - 1] != ' ' && value[f->value_len - 1] != '\t');
        }
        n_hosts += f->name_len == 4 && strncasecmp(name, "host", 4) == 0;
        n_lengths += f->name_len == 14 && strncasecmp(name, "content-length", 14) == 0;
    }
    FUZZ_CHECK(n_hosts <= 1 && n_lengths <= 1);
    FUZZ_CHECK(!head->chunked || n_lengths == 0);
}

static void check_head(const struct rtcio__http_head *head)
{
    size_t n_lines = 0;
    FUZZ_CHECK(memcmp(head->text + head->len - 4, "\r\n\r\n", 4) == 0);
    for (size_t i = 0; i < head->len; i++)
        n_lines += head->text[i] == '\n';
    /* The request line, a line for each field, the empty line, and maybe one in front. */
    FUZZ_CHECK(head->n_fields + 2 + (head->text[0] == '\r') == n_lines);
    check_inside(head, head->target, head->target_len);
    FUZZ_CHECK(head->target_len > 0);
    for (size_t i = 0; i < head->target_len; i++)
        FUZZ_CHECK((unsigned char)head->target[i] > 0x20);
    FUZZ_CHECK(head->has_body == (head->chunked || head->content_length > 0));
    FUZZ_CHECK(!head->upgrade || !head->has_body);
    FUZZ_CHECK(!head->chunked || head->content_length == 0);
    check_fields(head);

    const char *value;
    size_t len;
    const struct rtcio__http_field *upgrade = rtcio__http_find(head, "UPGRADE", &value, &len);
    FUZZ_CHECK(!head->upgrade ||
               (upgrade != NULL && rtcio__http_has_token(head, "Connection", "upgrade")));
}

struct other_head {
    const struct rtcio__http_head *head;
    const char *text;
    size_t n_names, n_values;
    bool complete;
};

static int on_url(http_parser *parser, const char *at, size_t len)
{
    const struct other_head *other = (const struct other_head *)parser->data;
    FUZZ_CHECK(at == other->head->target && len == other->head->target_len);
    return 0;
}

static int on_name(http_parser *parser, const char *at, size_t len)
{
    struct other_head *other = (struct other_head *)parser->data;
    FUZZ_CHECK(other->n_names < other->head->n_fields);
    const struct rtcio__http_field *f = &other->head->field[other->n_names++];
    FUZZ_CHECK(at == other->text + f->name && len == f->name_len);
    return 0;
}

/* It leaves blanks behind the value, and an empty one begins where it likes. */
static int on_value(http_parser *parser, const char *at, size_t len)
{
    struct other_head *other = (struct other_head *)parser->data;
    FUZZ_CHECK(other->n_values < other->n_names);
    const struct rtcio__http_field *f = &other->head->field[other->n_values++];
    while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
        len--;
    FUZZ_CHECK(len == f->value_len && (len == 0 || at == other->text + f->value));
    return 0;
}

static int on_fields_complete(http_parser *parser)
{
    ((struct other_head *)parser->data)->complete = true;
    return 1; /* no body here */
}

/* Another reader of the same head must see the same request: where the two disagree, requests are
 * smuggled. */
static void check_head_with_parser(const struct rtcio__http_head *head)
{
    const http_parser_settings settings = {.on_url = on_url,
                                           .on_header_field = on_name,
                                           .on_header_value = on_value,
                                           .on_headers_complete = on_fields_complete};
    struct other_head other = {.head = head, .text = head->text};
    http_parser parser;
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &other;
    const size_t n = http_parser_execute(&parser, &settings, head->text, head->len);
    FUZZ_CHECK(HTTP_PARSER_ERRNO(&parser) == HPE_OK && n == head->len && other.complete);
    FUZZ_CHECK(other.n_values == head->n_fields);
    FUZZ_CHECK(parser.http_major == 1);
    FUZZ_CHECK(strcmp(http_method_str((enum http_method)parser.method), head->method_name) == 0);
}

/* Every size of the answer gives the same value, shorter or longer. */
static void check_query(const char *target, size_t len, const char *key)
{
    const int full = rtcio__http_query(target, len, key, NULL, 0);
    FUZZ_CHECK(full >= -1 && full <= (int)len);
    if (full < 0)
        return;
    char *value = fuzz_copy("", 0, (size_t)full + 1);
    FUZZ_CHECK(rtcio__http_query(target, len, key, value, (size_t)full + 1) == full);
    FUZZ_CHECK(value[full] == '\0');
    for (size_t size = 1; size < 8; size++) {
        char *cut = fuzz_copy("", 0, size);
        const size_t kept = (size_t)full < size ? (size_t)full : size - 1;
        FUZZ_CHECK(rtcio__http_query(target, len, key, cut, size) == full);
        FUZZ_CHECK(memcmp(cut, value, kept) == 0 && cut[kept] == '\0');
        free(cut);
    }
    free(value);
}

/* As bytes arrive, looking again only at what could not be judged before. */
static size_t head_len_in_pieces(const char *data, size_t size)
{
    struct fuzz_chunks chunks;
    fuzz_chunks_init(&chunks, data, size);
    size_t have = 0, found = 0;
    while (found == 0 && have < size) {
        const size_t seen = have;
        have += fuzz_chunk(&chunks, size - have);
        char *held = fuzz_copy(data, have, 0);
        found = rtcio__http_head_len(held, have, seen);
        free(held);
    }
    return found;
}

struct outcome {
    enum rtcio__http_body_status status;
    size_t consumed;
    struct rtcio__buf data;
};

static struct outcome read_body(const struct rtcio__http_head *head, const char *data, size_t size,
                                bool whole)
{
    struct outcome out = {.status = RTCIO__HTTP_BODY_MORE};
    struct rtcio__http_body *body = rtcio__http_body_create(head, MAX_BODY);
    FUZZ_CHECK(body != NULL);
    struct fuzz_chunks chunks;
    fuzz_chunks_init(&chunks, data, size);
    do {
        const size_t left = size - out.consumed;
        const size_t n = whole ? left : left > 0 ? fuzz_chunk(&chunks, left) : 0;
        char *piece = fuzz_copy(data + out.consumed, n, 0);
        size_t consumed;
        out.status = rtcio__http_body_feed(body, piece, n, &consumed);
        free(piece);
        FUZZ_CHECK(consumed <= n);
        FUZZ_CHECK(consumed == n || out.status == RTCIO__HTTP_BODY_DONE);
        out.consumed += consumed;
    } while (out.status == RTCIO__HTTP_BODY_MORE && out.consumed < size);

    if (out.status == RTCIO__HTTP_BODY_DONE) {
        size_t len;
        char *collected = rtcio__http_body_data(body, &len);
        FUZZ_CHECK(len <= MAX_BODY);
        collected[len] = '\0'; /* "one byte behind them is writable" */
        FUZZ_CHECK(rtcio__buf_append(&out.data, collected, len + 1) == 0);
        out.data.len = len;
    } else if (out.status != RTCIO__HTTP_BODY_MORE) {
        out.consumed = 0; /* of a broken body it does not matter how much was read */
    }
    rtcio__http_body_destroy(body);
    return out;
}

/* The length of the line at p with its CR LF; neither may stand alone in it. */
static size_t line_len(const char *p, size_t left)
{
    const char *lf = (const char *)memchr(p, '\n', left);
    FUZZ_CHECK(lf != NULL && lf > p && memchr(p, '\r', (size_t)(lf - p)) == lf - 1);
    return (size_t)(lf - p) + 1;
}

/* Chunks that were taken are chunks to the letter (RFC 9112 7.1), where libhttp-parser lets any
 * bytes stand for CR LF. */
static void check_chunks(const char *p, const struct outcome *body)
{
    const char *end = p + body->consumed;
    size_t taken = 0, size;
    do {
        const size_t line = line_len(p, (size_t)(end - p));
        size = 0;
        size_t n_digits = 0;
        for (; isxdigit((unsigned char)p[n_digits]); n_digits++)
            size = size * 16 +
                   (size_t)(p[n_digits] <= '9' ? p[n_digits] - '0' : (p[n_digits] & 7) + 9);
        FUZZ_CHECK(n_digits > 0 && (p[n_digits] == ';' || p[n_digits] == '\r'));
        p += line;
        FUZZ_CHECK(size <= body->data.len - taken);
        if (size > 0) {
            FUZZ_CHECK((size_t)(end - p) >= size + 2);
            FUZZ_CHECK(memcmp(p, body->data.data + taken, size) == 0);
            FUZZ_CHECK(p[size] == '\r' && p[size + 1] == '\n');
            p += size + 2;
            taken += size;
        }
    } while (size > 0);
    for (size_t line = 0; line != 2; p += line)
        line = line_len(p, (size_t)(end - p));
    FUZZ_CHECK(p == end && taken == body->data.len);
}

static int on_body(http_parser *parser, const char *at, size_t len)
{
    return rtcio__buf_append((struct rtcio__buf *)parser->data, at, len);
}

static int on_message_complete(http_parser *parser)
{
    http_parser_pause(parser, 1);
    return 0;
}

/* Behind the last chunk the body is complete. The parser would go on and find fault with the fields
 * of the trailer, which we drop unread. */
static int on_chunk_header(http_parser *parser)
{
    if (parser->content_length == 0)
        http_parser_pause(parser, 1);
    return 0;
}

/* Another reader of the same bytes must not see another body. */
static void check_with_parser(const char *data, size_t size, const struct outcome *body)
{
    const http_parser_settings settings = {.on_body = on_body,
                                           .on_chunk_header = on_chunk_header,
                                           .on_message_complete = on_message_complete};
    struct rtcio__buf seen = {0};
    http_parser parser;
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &seen;
    (void)http_parser_execute(&parser, &settings, data, size);
    FUZZ_CHECK(HTTP_PARSER_ERRNO(&parser) == HPE_PAUSED);
    FUZZ_CHECK(seen.len == body->data.len);
    FUZZ_CHECK(seen.len == 0 || memcmp(seen.data, body->data.data, seen.len) == 0);
    rtcio__buf_fini(&seen);
}

/* Where libhttp-parser sees no body and RFC 9112 does: behind CONNECT, and if there is a tab
 * between "chunked" and the end of the line. */
static bool parser_sees_no_body(const struct rtcio__http_head *head)
{
    const char *value;
    size_t len;
    if (strcmp(head->method_name, "CONNECT") == 0)
        return true;
    if (rtcio__http_find(head, "transfer-encoding", &value, &len) == NULL)
        return false;
    const char *rest = value + len;
    const char *line_end = memchr(rest, '\r', (size_t)(head->text + head->len - rest));
    return memchr(rest, '\t', (size_t)(line_end - rest)) != NULL;
}

static void check_body(const struct rtcio__http_head *head, const char *data, size_t size)
{
    const char *rest = data + head->len;
    const size_t left = size - head->len;
    struct outcome whole = read_body(head, rest, left, true);
    struct outcome pieces = read_body(head, rest, left, false);
    FUZZ_CHECK(whole.status == pieces.status && whole.consumed == pieces.consumed);
    FUZZ_CHECK(whole.data.len == pieces.data.len);
    FUZZ_CHECK(whole.data.len == 0 ||
               memcmp(whole.data.data, pieces.data.data, whole.data.len) == 0);
    if (!head->chunked) {
        FUZZ_CHECK(whole.status == (head->content_length > MAX_BODY ? RTCIO__HTTP_BODY_TOO_LARGE
                                    : head->content_length > left   ? RTCIO__HTTP_BODY_MORE
                                                                    : RTCIO__HTTP_BODY_DONE));
    }
    if (head->chunked && whole.status == RTCIO__HTTP_BODY_DONE)
        check_chunks(rest, &whole);
    if (whole.status == RTCIO__HTTP_BODY_DONE && !parser_sees_no_body(head))
        check_with_parser(data, head->len + whole.consumed, &whole);
    rtcio__buf_fini(&whole.data);
    rtcio__buf_fini(&pieces.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"EIO", "transport", "sid", "", "a b"};
    static struct rtcio__http_head head;
    char *text = fuzz_copy(data, size, 0);

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        check_query(text, size, keys[i]);

    const size_t len = rtcio__http_head_len(text, size, 0);
    FUZZ_CHECK(len <= size && len == head_len_in_pieces(text, size));
    if (len > 0) {
        char *alone = fuzz_copy(data, len, 0);
        const int status = rtcio__http_parse_head(alone, len, &head);
        FUZZ_CHECK(status == 0 || status == 400 || status == 431 || status == 501 || status == 505);
        if (status == 0) {
            check_head(&head);
            check_head_with_parser(&head);
            for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                check_query(head.target, head.target_len, keys[i]);
            if (head.has_body)
                check_body(&head, text, size);
        }
        free(alone);
    }
    free(text);
    return 0;
}
