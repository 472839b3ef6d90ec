/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Heads of HTTP requests and their query strings. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/http.h"

#define LEN(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Parses a copy whose memory ends with the head: a read behind it would be seen. The copy is the
 * caller's to free, through *copy. */
static int parse(const char *text, size_t len, struct rtcio__http_head *head, char **copy)
{
    *copy = malloc(len);
    assert_non_null(*copy);
    memcpy(*copy, text, len);
    assert_int_equal(rtcio__http_head_len(*copy, len, 0), len);
    memset(head, 0xee, sizeof(*head));
    return rtcio__http_parse_head(*copy, len, head);
}

static void assert_field(const struct rtcio__http_head *head, const char *name,
                         const char *expected)
{
    const char *value;
    size_t len;
    const struct rtcio__http_field *field = rtcio__http_find(head, name, &value, &len);
    if (expected == NULL) {
        assert_null(field);
        return;
    }
    assert_non_null(field);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(value, expected, len);
}

static void a_head_is_read(void **state)
{
    (void)state;
    static const char text[] = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                               "Host: example.org:3001\r\n"
                               "Upgrade: websocket\r\n"
                               "Connection: keep-alive, Upgrade\r\n"
                               "X-Empty:\r\n"
                               "x-blank: \t \r\n"
                               "X-Trimmed:  \ta b\t \r\n"
                               "Cookie: a=1\r\n"
                               "COOKIE: b=2\r\n"
                               "\r\n";
    struct rtcio__http_head head;
    char *copy;

    assert_int_equal(parse(text, sizeof(text) - 1, &head, &copy), 0);
    assert_ptr_equal(head.text, copy);
    assert_int_equal(head.len, sizeof(text) - 1);
    assert_int_equal(head.method, RTCIO__HTTP_GET);
    assert_string_equal(head.method_name, "GET");
    assert_int_equal(head.target_len, strlen("/socket.io/?EIO=4&transport=websocket"));
    assert_memory_equal(head.target, "/socket.io/?EIO=4&transport=websocket", head.target_len);
    assert_int_equal(head.n_fields, 8);
    assert_true(head.keep_alive);
    assert_true(head.upgrade);
    assert_false(head.has_body);
    assert_false(head.chunked);
    assert_false(head.expect_continue);
    assert_field(&head, "host", "example.org:3001");
    assert_field(&head, "HOST", "example.org:3001");
    assert_field(&head, "x-empty", "");
    assert_field(&head, "x-blank", "");
    assert_field(&head, "x-trimmed", "a b");
    assert_field(&head, "cookie", "a=1"); /* the first */
    assert_field(&head, "hos", NULL);
    assert_field(&head, "hosts", NULL);
    free(copy);
}

#define HEAD(line, fields) line "\r\n" fields "\r\n"
#define GET(fields)        HEAD("GET / HTTP/1.1", "Host: a\r\n" fields)
#define POST(fields)       HEAD("POST / HTTP/1.1", "Host: a\r\n" fields)

struct row {
    const char *text;
    size_t len;
    int status;
};
#define ROW(status, text)              \
    {                                  \
        text, sizeof(text) - 1, status \
    }

static void check_statuses(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct rtcio__http_head head;
        char *copy;
        int status = parse(rows[i].text, rows[i].len, &head, &copy);
        free(copy);
        if (status != rows[i].status)
            fail_msg("%d instead of %d for %.60s", status, rows[i].status, rows[i].text);
    }
}

static void request_lines(void **state)
{
    (void)state;
    static const struct row rows[] = {
        ROW(0, GET("")),
        ROW(0, HEAD("GET / HTTP/1.0", "")),
        ROW(0, "\r\n" GET("")), /* RFC 9112 2.2: one empty line is ignored */
        ROW(400, "\r\n\r\n" GET("")),
        ROW(0, HEAD("M-SEARCH * HTTP/1.1", "Host: a\r\n")),
        ROW(0, HEAD("GET http://example.org/a?b HTTP/1.1", "Host: a\r\n")),
        ROW(505, HEAD("GET / HTTP/2.0", "Host: a\r\n")),
        ROW(505, HEAD("GET / HTTP/0.9", "")),
        ROW(505, HEAD("GET /", "")),
        ROW(400, HEAD("GET / HTTP/1.10", "Host: a\r\n")),
        ROW(400, HEAD("GET / HTTP/1.", "Host: a\r\n")),
        ROW(400, HEAD("GET / http/1.1", "Host: a\r\n")),
        ROW(400, HEAD("GET / HTTP/1.1 ", "Host: a\r\n")),
        ROW(400, HEAD("GET /  HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("GET  / HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD(" GET / HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("GET\t/ HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("GET /\t HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("GET /\f HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("GET /\x7f HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("GET /\x01 HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("GET /a b HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("GET a HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("get / HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("FROB / HTTP/1.1", "Host: a\r\n")),
        ROW(400, HEAD("SOURCE / ICE/1.0", "Host: a\r\n")),
        ROW(400, "\r\n\r\n\r\n"),
        ROW(400, "X\r\n\r\n"),
        /* TLS and SSH on the wrong port. */
        ROW(400, "\x16\x03\x01\x02\x00\r\n\r\n"),
        ROW(400, "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    };
    check_statuses(rows, LEN(rows));
}

static void header_lines(void **state)
{
    (void)state;
    static const struct row rows[] = {
        ROW(0, GET("A: b\r\n")),
        ROW(0, GET("A:b\r\n")),
        ROW(0, GET("A: caf\xc3\xa9\r\n")), /* obs-text */
        ROW(0, GET("A: a\tb\r\n")),
        ROW(0, GET("!#$%&'*+-.^_`|~0Az: b\r\n")),
        ROW(400, GET("A : b\r\n")),
        ROW(400, GET(" A: b\r\n")), /* folds the line before it */
        ROW(400, GET("A: b\r\n c\r\n")),
        ROW(400, GET("A: b\r\n\tc\r\n")),
        ROW(400, GET("A b: c\r\n")),
        ROW(400, GET("A\r\n")),
        ROW(400, GET(": b\r\n")),
        ROW(400, GET("A(: b\r\n")),
        ROW(400, GET("A\xc3: b\r\n")),
        ROW(400, GET("A\0: b\r\n")),
        ROW(400, GET("A: \0\r\n")),
        ROW(400, GET("A: \x01x\r\n")),
        ROW(400, GET("A: x\x01\r\n")),
        ROW(400, GET("A: x\x7f\r\n")),
        ROW(400, GET("A: \x7f\r\n")),
        ROW(400, GET("A: b\nB: c\r\n")), /* a line feed alone */
        ROW(400, GET("A: b\rB: c\r\n")), /* a carriage return alone */
        ROW(400, GET("A: \rb\r\n")),
        ROW(400, GET("A: b\r\r\n")),
        ROW(400, "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        /* What looks like an end to a lenient reader hides the rest from it. */
        ROW(400, "GET / HTTP/1.1\r\nHost: a\n\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"),
    };
    check_statuses(rows, LEN(rows));
}

static void every_character_of_names_and_values(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char name[] = GET("A?A: b\r\n"), value[] = GET("A: b?b\r\n");
        struct rtcio__http_head head;
        /* RFC 9110 5.6.2: tchar. The colon ends the name. */
        bool in_name = c != 0 && strchr("!#$%&'*+-.^_`|~:0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "abcdefghijklmnopqrstuvwxyz",
                                        c) != NULL;
        bool in_value = c == '\t' || (c >= 0x20 && c != 0x7f);
        *strchr(name, '?') = (char)c;
        *strchr(value, '?') = (char)c;
        assert_int_equal(rtcio__http_parse_head(name, sizeof(name) - 1, &head), in_name ? 0 : 400);
        assert_int_equal(rtcio__http_parse_head(value, sizeof(value) - 1, &head),
                         in_value ? 0 : 400);
    }
}

static void hosts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        ROW(400, HEAD("GET / HTTP/1.1", "")),
        ROW(400, HEAD("GET / HTTP/1.1", "Host: a\r\nhOST: a\r\n")),
        ROW(400, HEAD("GET / HTTP/1.0", "Host: a\r\nHost: b\r\n")),
        ROW(0, HEAD("GET / HTTP/1.1", "Host:\r\n")),
        ROW(400, HEAD("GET / HTTP/1.1", "Host : a\r\n")),
        ROW(400, HEAD("GET / HTTP/1.1", "X-Host: a\r\n")),
    };
    check_statuses(rows, LEN(rows));
}

static void framing(void **state)
{
    (void)state;
    static const struct row rows[] = {
        ROW(0, POST("Content-Length: 5\r\n")),
        ROW(0, POST("Content-Length: 0\r\n")),
        ROW(0, POST("Content-Length: 18446744073709551609\r\n")),
        ROW(400, POST("Content-Length: 18446744073709551616\r\n")),
        ROW(400, POST("Content-Length: 99999999999999999999999\r\n")),
        ROW(400, POST("Content-Length:\r\n")),
        ROW(400, POST("Content-Length: -1\r\n")),
        ROW(400, POST("Content-Length: +1\r\n")),
        ROW(400, POST("Content-Length: 0x5\r\n")),
        ROW(400, POST("Content-Length: 5 5\r\n")),
        ROW(400, POST("Content-Length: 5, 5\r\n")),
        ROW(400, POST("Content-Length: 5\r\nContent-Length: 5\r\n")),
        ROW(400, POST("Content-Length: 5\r\nContent-Length: 6\r\n")),
        ROW(400, POST("Content-Length: 0\r\ncontent-length: 5\r\n")),
        ROW(400, POST("Content-Length : 5\r\n")),
        ROW(0, POST("Transfer-Encoding: chunked\r\n")),
        ROW(0, POST("Transfer-Encoding: Chunked\r\n")),
        ROW(400, POST("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")),
        ROW(400, POST("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")),
        ROW(400, POST("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n")),
        ROW(400, POST("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n")),
        ROW(501, POST("Transfer-Encoding: gzip\r\n")),
        ROW(501, POST("Transfer-Encoding: gzip, chunked\r\n")),
        ROW(501, POST("Transfer-Encoding: chunked, chunked\r\n")),
        ROW(501, POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
        ROW(501, POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")),
        ROW(501, POST("Transfer-Encoding: deflate\r\n")),
        ROW(501, POST("Transfer-Encoding: xchunked\r\n")),
        ROW(501, POST("Transfer-Encoding: \"chunked\"\r\n")),
        ROW(501, POST("Transfer-Encoding: chunked;q=1\r\n")),
        ROW(501, POST("Transfer-Encoding:\r\n")),
        ROW(400, POST("Transfer-Encoding: \x0b"
                      "chunked\r\n")),
        ROW(400, POST("Transfer-Encoding : chunked\r\n")),
        ROW(400, POST("Transfer-Encoding:\r\n chunked\r\n")),
        ROW(400, HEAD("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n")),
    };
    check_statuses(rows, LEN(rows));
}

static void what_a_head_means(void **state)
{
    (void)state;
    enum { KEEP = 1, UPGRADE = 2, BODY = 4, CHUNKED = 8, EXPECT = 16 };
    static const struct {
        const char *text;
        unsigned flags;
        uint64_t content_length;
    } rows[] = {
        {GET(""), KEEP, 0},
        {GET("Connection: close\r\n"), 0, 0},
        {GET("Connection: CLOSE\r\n"), 0, 0},
        {GET("Connection: x, close ,y\r\n"), 0, 0},
        {GET("Connection: x\r\nConnection: close\r\n"), 0, 0},
        {GET("Connection: closed\r\n"), KEEP, 0},
        {GET("Proxy-Connection: close\r\n"), KEEP, 0},
        {HEAD("GET / HTTP/1.0", ""), 0, 0},
        {HEAD("GET / HTTP/1.0", "Connection: keep-alive\r\n"), KEEP, 0},
        {HEAD("GET / HTTP/1.0", "Connection: keep-alive, close\r\n"), 0, 0},
        {GET("Connection: Upgrade\r\nUpgrade: websocket\r\n"), KEEP | UPGRADE, 0},
        {GET("Connection: upgrade\r\nUpgrade: anything\r\n"), KEEP | UPGRADE, 0},
        {GET("Connection: a,\tupgrade\r\nUpgrade: x\r\n"), KEEP | UPGRADE, 0},
        {GET("Upgrade: websocket\r\n"), KEEP, 0},
        {GET("Connection: Upgrade\r\n"), KEEP, 0},
        {HEAD("GET / HTTP/1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n"), 0, 0},
        {POST("Connection: upgrade\r\nUpgrade: websocket\r\n"), KEEP | UPGRADE, 0},
        {POST("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n"), KEEP | UPGRADE,
         0},
        {POST("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n"), KEEP | BODY,
         3},
        {POST("Connection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n"),
         KEEP | BODY | CHUNKED, 0},
        {POST(""), KEEP, 0},
        {POST("Content-Length: 0\r\n"), KEEP, 0},
        {POST("Content-Length: 1000000\r\n"), KEEP | BODY, 1000000},
        {POST("Content-Length: 007 \r\n"), KEEP | BODY, 7},
        {GET("Content-Length: 4\r\n"), KEEP | BODY, 4},
        {POST("Content-Length: 18446744073709551609\r\n"), KEEP | BODY, UINT64_MAX - 6},
        {POST("Transfer-Encoding: chunked\r\n"), KEEP | BODY | CHUNKED, 0},
        {POST("Expect: 100-continue\r\nContent-Length: 4\r\n"), KEEP | BODY | EXPECT, 4},
        {POST("Expect: 100-Continue\r\n"), KEEP, 0},
        {HEAD("POST / HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 4\r\n"), BODY, 4},
        {HEAD("CONNECT a:80 HTTP/1.1", "Host: a\r\n"), KEEP, 0},
    };

    for (size_t i = 0; i < LEN(rows); i++) {
        struct rtcio__http_head head;
        char *copy;
        int status = parse(rows[i].text, strlen(rows[i].text), &head, &copy);
        unsigned flags = (head.keep_alive ? KEEP : 0u) | (head.upgrade ? UPGRADE : 0u) |
                         (head.has_body ? BODY : 0u) | (head.chunked ? CHUNKED : 0u) |
                         (head.expect_continue ? EXPECT : 0u);
        if (status != 0 || flags != rows[i].flags || head.content_length != rows[i].content_length)
            fail_msg("row %zu: status %d, flags %u, length %ju", i, status, flags,
                     (uintmax_t)head.content_length);
        free(copy);
    }
}

static void methods(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum rtcio__http_method method;
    } rows[] = {
        {"GET", RTCIO__HTTP_GET},         {"HEAD", RTCIO__HTTP_HEAD},
        {"POST", RTCIO__HTTP_POST},       {"OPTIONS", RTCIO__HTTP_OPTIONS},
        {"PUT", RTCIO__HTTP_OTHER},       {"DELETE", RTCIO__HTTP_OTHER},
        {"PATCH", RTCIO__HTTP_OTHER},     {"TRACE", RTCIO__HTTP_OTHER},
        {"SUBSCRIBE", RTCIO__HTTP_OTHER}, {"PROPPATCH", RTCIO__HTTP_OTHER},
    };

    for (size_t i = 0; i < LEN(rows); i++) {
        char text[64];
        struct rtcio__http_head head;
        char *copy;
        snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: a\r\n\r\n", rows[i].name);
        assert_int_equal(parse(text, strlen(text), &head, &copy), 0);
        assert_int_equal(head.method, rows[i].method);
        assert_string_equal(head.method_name, rows[i].name);
        free(copy);
    }
}

static void numbers_and_sizes_of_fields(void **state)
{
    (void)state;
    static const struct {
        unsigned n_fields;
        size_t value_len;
        int status;
    } rows[] = {{100, 10, 0}, {101, 10, 431}, {500, 10, 431}, {2, 70000, 0}, {2, 900000, 0}};

    for (size_t i = 0; i < LEN(rows); i++) {
        struct rtcio__buf text = {0};
        struct rtcio__http_head head;
        char *copy;
        assert_int_equal(rtcio__buf_append_str(&text, "GET / HTTP/1.1\r\nHost: a\r\n"), 0);
        for (unsigned k = 1; k < rows[i].n_fields; k++) {
            assert_int_equal(rtcio__buf_printf(&text, "X-%u: ", k), 0);
            for (size_t c = 0; c < rows[i].value_len; c++)
                assert_int_equal(rtcio__buf_append_byte(&text, 'v'), 0);
            assert_int_equal(rtcio__buf_append_str(&text, "\r\n"), 0);
        }
        assert_int_equal(rtcio__buf_append_str(&text, "\r\n"), 0);
        assert_int_equal(parse(text.data, text.len, &head, &copy), rows[i].status);
        if (rows[i].status == 0)
            assert_int_equal(head.n_fields, rows[i].n_fields);
        free(copy);
        rtcio__buf_fini(&text);
    }
}

static void the_end_of_a_head(void **state)
{
    (void)state;
    static const char text[] = GET("A: b\r\n") "\r\nthe body\r\n\r\n";
    const size_t end = strlen(GET("A: b\r\n"));

    /* At every truncation, and from every point up to which it was looked at before. */
    for (size_t len = 0; len < sizeof(text); len++) {
        char *copy = malloc(len > 0 ? len : 1);
        assert_non_null(copy);
        memcpy(copy, text, len);
        for (size_t seen = 0; seen <= len && seen < end; seen++)
            assert_int_equal(rtcio__http_head_len(copy, len, seen), len < end ? 0 : end);
        free(copy);
    }

    static const struct {
        const char *text;
        size_t len;
    } rows[] = {
        {"", 0},
        {"\r", 0},
        {"\r\n", 0},
        {"\r\n\r\n", 0},
        {"\r\n\r\n\r\n", 6},
        {"\r\nX\r\n\r\n", 7},
        {"X\n\n", 0},
        {"X\r\n\n", 0},
        {"X\r\r\n\r\n", 6},
        {"X\r\n\r\r\n", 0},
        {"X\r\n\r\n", 5},
    };
    for (size_t i = 0; i < LEN(rows); i++)
        assert_int_equal(rtcio__http_head_len(rows[i].text, strlen(rows[i].text), 0), rows[i].len);
}

static void no_truncation_is_a_request(void **state)
{
    (void)state;
    static const char text[] = POST("Content-Length: 3\r\nConnection: upgrade\r\n");
    struct rtcio__http_head head;

    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        char *copy = malloc(len > 0 ? len : 1);
        assert_non_null(copy);
        memcpy(copy, text, len);
        int status = rtcio__http_parse_head(copy, len, &head);
        assert_in_range(status, 400, 599);
        free(copy);
    }
}

static void tokens_in_lists(void **state)
{
    (void)state;
    static const char text[] = GET("A: one,two ,\t three\r\n"
                                   "B:\r\n"
                                   "a: ,, four,\r\n"
                                   "A: fi ve\r\n");
    struct rtcio__http_head head;
    char *copy;

    assert_int_equal(parse(text, sizeof(text) - 1, &head, &copy), 0);
    assert_true(rtcio__http_has_token(&head, "a", "ONE"));
    assert_true(rtcio__http_has_token(&head, "A", "two"));
    assert_true(rtcio__http_has_token(&head, "A", "three"));
    assert_true(rtcio__http_has_token(&head, "A", "four"));
    assert_false(rtcio__http_has_token(&head, "A", "five"));
    assert_false(rtcio__http_has_token(&head, "A", "fi"));
    assert_false(rtcio__http_has_token(&head, "A", "on"));
    assert_false(rtcio__http_has_token(&head, "A", "one,two"));
    assert_false(rtcio__http_has_token(&head, "B", "one"));
    assert_false(rtcio__http_has_token(&head, "C", "one"));
    free(copy);
}

static void query_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        const char *key;
        const char *expected; /* NULL: absent */
    } rows[] = {
        {"/", "a", NULL},
        {"/?", "a", NULL},
        {"/?a", "a", ""},
        {"/?a=", "a", ""},
        {"/?a=1", "a", "1"},
        {"/?a=1", "b", NULL},
        {"/?ab=1", "a", NULL},
        {"/?a=1", "ab", NULL},
        {"/?A=1", "a", NULL},
        {"/?b=2&a=1&c=3", "a", "1"},
        {"/?EIO=3&EIO=4", "EIO", "4"}, /* spec 1.2: the last one wins */
        {"/?a=1&a", "a", ""},
        {"/?a=1=2", "a", "1=2"},
        {"/?&&a=1&", "a", "1"},
        {"/?=1&a=2", "a", "2"},
        {"/?=1", "", "1"},
        {"/?a=1#a=2", "a", "1"},
        {"/#?a=1", "b", NULL},
        {"/?x?a=1", "a", NULL},
        {"/?x?a=1", "x?a", "1"},
        {"http://h/p?a=1", "a", "1"},
        {"/?a=x+y%20z", "a", "x y z"},
        {"/?a=%2B%26%3d", "a", "+&="},
        {"/?%61=1", "a", "1"},
        {"/?a+b=1", "a b", "1"},
        {"/?a%00=1", "a", NULL},
        {"/?a=%c3%A9", "a", "\xc3\xa9"},
        {"/?a=%", "a", "%"}, /* bad escapes stay as they are */
        {"/?a=%4", "a", "%4"},
        {"/?a=%zz%4g", "a", "%zz%4g"},
        {"/?a=%%41", "a", "%A"},
        {"/?a=%4&b=1", "a", "%4"},
    };

    for (size_t i = 0; i < LEN(rows); i++) {
        size_t len = strlen(rows[i].target);
        char *copy = malloc(len); /* not terminated */
        char out[32] = "untouched";
        assert_non_null(copy);
        memcpy(copy, rows[i].target, len);
        int n = rtcio__http_query(copy, len, rows[i].key, out, sizeof(out));
        if (rows[i].expected == NULL) {
            assert_int_equal(n, -1);
            assert_string_equal(out, "untouched");
        } else {
            assert_string_equal(out, rows[i].expected);
            assert_int_equal(n, strlen(rows[i].expected));
        }
        free(copy);
    }
}

static void query_values_are_cut_to_size(void **state)
{
    (void)state;
    static const char target[] = "/?sid=%41BCDEF";
    char out[8];

    for (size_t size = 0; size <= 7; size++) {
        memset(out, '#', sizeof(out));
        assert_int_equal(rtcio__http_query(target, sizeof(target) - 1, "sid", out, size), 6);
        assert_int_equal(out[size], '#');
        if (size > 0) {
            assert_int_equal(strlen(out), size - 1);
            assert_memory_equal(out, "ABCDEF", size - 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_read),
        cmocka_unit_test(request_lines),
        cmocka_unit_test(header_lines),
        cmocka_unit_test(every_character_of_names_and_values),
        cmocka_unit_test(hosts),
        cmocka_unit_test(framing),
        cmocka_unit_test(what_a_head_means),
        cmocka_unit_test(methods),
        cmocka_unit_test(numbers_and_sizes_of_fields),
        cmocka_unit_test(the_end_of_a_head),
        cmocka_unit_test(no_truncation_is_a_request),
        cmocka_unit_test(tokens_in_lists),
        cmocka_unit_test(query_parameters),
        cmocka_unit_test(query_values_are_cut_to_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
