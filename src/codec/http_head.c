/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Heads of HTTP/1.1 requests, cut in one pass. Knows nothing of sockets or answers.
 *
 * To the letter of RFC 9112: lines end in CR LF, neither stands alone, no blank stands before a
 * header's colon, no line continues the one before it, one blank stands on either side of the
 * target. A proxy in front of us may read each of the looser forms in another way, which is how
 * requests are smuggled. What is accepted here libhttp-parser reads in the same way: fuzz_http
 * compares them. */

#include "codec/http.h"

#include "base/ascii.h"

#include <stddef.h>
#include <string.h>

/* What a character may be part of. */
#define TOKEN     1 /* RFC 9110 5.6.2: tchar */
#define AUTHORITY 2 /* RFC 3986 3.2, without '@' */

#define T TOKEN
#define A AUTHORITY
#define B (TOKEN | AUTHORITY)
static const uint8_t kind[256] = {
    ['!'] = B, ['#'] = T, ['$'] = B, ['%'] = B, ['&'] = B, ['\''] = B, ['*'] = B, ['+'] = B,
    ['-'] = B, ['.'] = B, ['^'] = T, ['_'] = B, ['`'] = T, ['|'] = T,  ['~'] = B, ['('] = A,
    [')'] = A, [','] = A, [':'] = A, [';'] = A, ['='] = A, ['['] = A,  [']'] = A, ['0'] = B,
    ['1'] = B, ['2'] = B, ['3'] = B, ['4'] = B, ['5'] = B, ['6'] = B,  ['7'] = B, ['8'] = B,
    ['9'] = B, ['A'] = B, ['B'] = B, ['C'] = B, ['D'] = B, ['E'] = B,  ['F'] = B, ['G'] = B,
    ['H'] = B, ['I'] = B, ['J'] = B, ['K'] = B, ['L'] = B, ['M'] = B,  ['N'] = B, ['O'] = B,
    ['P'] = B, ['Q'] = B, ['R'] = B, ['S'] = B, ['T'] = B, ['U'] = B,  ['V'] = B, ['W'] = B,
    ['X'] = B, ['Y'] = B, ['Z'] = B, ['a'] = B, ['b'] = B, ['c'] = B,  ['d'] = B, ['e'] = B,
    ['f'] = B, ['g'] = B, ['h'] = B, ['i'] = B, ['j'] = B, ['k'] = B,  ['l'] = B, ['m'] = B,
    ['n'] = B, ['o'] = B, ['p'] = B, ['q'] = B, ['r'] = B, ['s'] = B,  ['t'] = B, ['u'] = B,
    ['v'] = B, ['w'] = B, ['x'] = B, ['y'] = B, ['z'] = B,
};
#undef T
#undef A
#undef B

/* The methods that are registered; another one is no request. */
static const char *const methods[] = {
    "GET",    "POST",      "OPTIONS",   "HEAD",       "PUT",        "DELETE",      "PATCH",
    "TRACE",  "CONNECT",   "ACL",       "BIND",       "CHECKOUT",   "COPY",        "LINK",
    "LOCK",   "M-SEARCH",  "MERGE",     "MKACTIVITY", "MKCALENDAR", "MKCOL",       "MOVE",
    "NOTIFY", "PROPFIND",  "PROPPATCH", "PURGE",      "REBIND",     "REPORT",      "SEARCH",
    "SOURCE", "SUBSCRIBE", "UNBIND",    "UNLINK",     "UNLOCK",     "UNSUBSCRIBE",
};

/* What the fields that matter to every request say, gathered while they are cut. */
struct notes {
    const struct rtcio__http_field *length, *coding;
    unsigned n_hosts, n_lengths, n_codings;
    bool http_1_1;
    bool upgrade, expects_continue;                       /* fields */
    bool option_close, option_keep_alive, option_upgrade; /* Connection's */
};

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

/* Is one of the eight bytes a control character (the tab, too) or, with 0x21, a blank? Exact, but
 * for which one it is. */
static bool any_below(uint64_t bytes, uint64_t bound)
{
    const uint64_t ones = UINT64_MAX / 255, tops = ones * 128, del = bytes ^ ones * 0x7f;
    return (((bytes - ones * bound) & ~bytes & tops) | ((del - ones) & ~del & tops)) != 0;
}

/* The first byte that is below the bound or DEL. The head's last bytes are, so that only the
 * reading by eight has to mind the end. */
static const char *skip_above(const char *p, const char *end, unsigned char bound)
{
    for (; end - p >= 8; p += 8) {
        uint64_t bytes;
        memcpy(&bytes, p, sizeof bytes);
        if (any_below(bytes, bound))
            break;
    }
    while ((unsigned char)*p >= bound && *p != 0x7f)
        p++;
    return p;
}

static bool is_line_end(const char *p)
{
    return p[0] == '\r' && p[1] == '\n';
}

static bool name_is(const char *text, const char *lower_case, size_t len)
{
    return rtcio__ascii_equal_nocase(text, lower_case, len);
}

/* host and port, perhaps behind a user's name. */
static const char *skip_authority(const char *p)
{
    const char *start = p;
    bool user = false;

    while ((kind[(unsigned char)*p] & AUTHORITY) != 0 || (*p == '@' && !user))
        user |= *p++ == '@';
    return p > start ? p : NULL;
}

/* RFC 9112 3.2: origin-form and asterisk-form begin so; absolute-form has a scheme, and CONNECT has
 * an authority alone. */
static bool target_is_sane(const char *p, size_t len, bool connect)
{
    const char *end = p + len;

    if (connect)
        return len > 0 && skip_authority(p) == end;
    if (*p == '/' || *p == '*')
        return true;
    const char *scheme = p;
    while (rtcio__ascii_lower(*p) >= 'a' && rtcio__ascii_lower(*p) <= 'z')
        p++;
    if (p == scheme || end - p < 4 || memcmp(p, "://", 3) != 0)
        return false;
    p = skip_authority(p + 3);
    return p == end || (p != NULL && (*p == '/' || *p == '?'));
}

static bool read_method(struct rtcio__http_head *head, const char *p, size_t len)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strncmp(p, methods[i], len) == 0 && methods[i][len] == '\0') {
            static const enum rtcio__http_method first[] = {RTCIO__HTTP_GET, RTCIO__HTTP_POST,
                                                            RTCIO__HTTP_OPTIONS, RTCIO__HTTP_HEAD};
            head->method = i < sizeof first / sizeof first[0] ? first[i] : RTCIO__HTTP_OTHER;
            head->method_name = methods[i];
            return true;
        }
    }
    return false;
}

/* RFC 9112 3: method SP request-target SP HTTP-version CRLF. 0 or a status; *at is then the first
 * field's line. */
static int read_request_line(struct rtcio__http_head *head, struct notes *notes, const char **at,
                             const char *end)
{
    const char *p = *at, *method = p;

    while ((*p >= 'A' && *p <= 'Z') || *p == '-')
        p++;
    if (*p != ' ' || !read_method(head, method, (size_t)(p - method)))
        return 400;
    head->target = ++p;
    p = skip_above(p, end, ' ' + 1);
    head->target_len = (size_t)(p - head->target);
    if (!target_is_sane(head->target, head->target_len, strcmp(head->method_name, "CONNECT") == 0))
        return 400;
    if (is_line_end(p))
        return 505; /* HTTP/0.9 */
    if (*p++ != ' ' || end - p < 10 || memcmp(p, "HTTP/", 5) != 0 || !rtcio__ascii_is_digit(p[5]) ||
        p[6] != '.' || !rtcio__ascii_is_digit(p[7]) || !is_line_end(p + 8))
        return 400;
    if (p[5] != '1')
        return 505;
    notes->http_1_1 = p[7] >= '1';
    *at = p + 10;
    return 0;
}

static void note_options(struct notes *notes, const char *p, size_t len)
{
    const char *end = p + len;

    while (p < end) {
        const char *start = p;
        while (p < end && *p != ',')
            p++;
        const char *last = p++;
        while (start < last && rtcio__ascii_is_blank(*start))
            start++;
        while (start < last && rtcio__ascii_is_blank(last[-1]))
            last--;
        size_t n = (size_t)(last - start);
        notes->option_close |= n == 5 && name_is(start, "close", 5);
        notes->option_upgrade |= n == 7 && name_is(start, "upgrade", 7);
        notes->option_keep_alive |= n == 10 && name_is(start, "keep-alive", 10);
    }
}

static void note(struct notes *notes, const struct rtcio__http_head *head,
                 const struct rtcio__http_field *field)
{
    const char *name = head->text + field->name;

    switch (field->name_len) {
    case 4:
        notes->n_hosts += name_is(name, "host", 4);
        break;
    case 6:
        if (name_is(name, "expect", 6))
            notes->expects_continue |= rtcio__http_has_token(head, "expect", "100-continue");
        break;
    case 7:
        notes->upgrade |= name_is(name, "upgrade", 7);
        break;
    case 10:
        if (name_is(name, "connection", 10))
            note_options(notes, head->text + field->value, field->value_len);
        break;
    case 14:
        if (name_is(name, "content-length", 14)) {
            notes->n_lengths++;
            notes->length = field;
        }
        break;
    case 17:
        if (name_is(name, "transfer-encoding", 17)) {
            notes->n_codings++;
            notes->coding = field;
        }
        break;
    default:
        break;
    }
}

/* One line: field-name ":" OWS field-value OWS CRLF. 0 or a status. */
static int read_field(struct rtcio__http_head *head, struct notes *notes, const char **at,
                      const char *end)
{
    const char *name = *at, *p = name;

    if (head->n_fields == RTCIO__HTTP_MAX_HEADERS)
        return 431;
    while ((kind[(unsigned char)*p] & TOKEN) != 0)
        p++;
    if (p == name || *p != ':')
        return 400;
    struct rtcio__http_field *field = &head->field[head->n_fields];
    field->name = (uint32_t)(name - head->text);
    field->name_len = (uint32_t)(p - name);
    do
        p++;
    while (rtcio__ascii_is_blank(*p));
    const char *value = p;
    while (*(p = skip_above(p, end, ' ')) == '\t')
        p++;
    if (!is_line_end(p))
        return 400;
    *at = p + 2;
    while (p > value && rtcio__ascii_is_blank(p[-1]))
        p--;
    field->value = (uint32_t)(value - head->text);
    field->value_len = (uint32_t)(p - value);
    head->n_fields++;
    note(notes, head, field);
    return 0;
}

/* RFC 9112 6.3: how long the body is. 0 or a status. */
static int read_framing(struct rtcio__http_head *head, const struct notes *notes)
{
    if (notes->n_codings > 0) {
        /* 6.1: a server MAY reject a request that contains both Content-Length and
         * Transfer-Encoding; one of HTTP/1.0 with Transfer-Encoding has faulty framing. */
        if (notes->n_lengths > 0 || !notes->http_1_1)
            return 400;
        if (notes->n_codings > 1 || notes->coding->value_len != 7 ||
            !name_is(head->text + notes->coding->value, "chunked", 7))
            return 501;
        head->chunked = true;
        head->has_body = true;
        return 0;
    }
    if (notes->n_lengths == 0)
        return 0;
    const char *value = head->text + notes->length->value;
    size_t len = notes->length->value_len;
    if (notes->n_lengths > 1 || len == 0)
        return 400;
    for (size_t i = 0; i < len; i++) {
        uint64_t digit = (uint64_t)(value[i] - '0');
        if (!rtcio__ascii_is_digit(value[i]) || head->content_length > (UINT64_MAX - 10) / 10)
            return 400;
        head->content_length = head->content_length * 10 + digit;
    }
    head->has_body = head->content_length > 0;
    return 0;
}

int rtcio__http_parse_head(const char *data, size_t len, struct rtcio__http_head *head)
{
    const char *at = data, *end = data + len;
    struct notes notes = {0};

    /* All but the fields, of which only those that were cut are looked at. */
    memset(head, 0, offsetof(struct rtcio__http_head, field));
    head->text = data;
    head->len = len;
    /* With this end in sight nothing below has to look for another one. */
    if (len < 4 || len > UINT32_MAX || memcmp(end - 4, "\r\n\r\n", 4) != 0)
        return 400;
    if (is_line_end(at))
        at += 2; /* the empty line that may be ignored */

    int status = read_request_line(head, &notes, &at, end);
    while (status == 0 && !is_line_end(at))
        status = read_field(head, &notes, &at, end);
    if (status != 0)
        return status;
    if (at + 2 != end)
        return 400;

    /* RFC 9112 3.2: 400 to any HTTP/1.1 request that lacks a Host and to any request with more
     * than one. */
    if (notes.n_hosts > 1 || (notes.http_1_1 && notes.n_hosts == 0))
        return 400;
    status = read_framing(head, &notes);
    if (status != 0)
        return status;
    /* RFC 9112 9.3. */
    head->keep_alive = !notes.option_close && (notes.http_1_1 || notes.option_keep_alive);
    /* RFC 9110 7.8 and 10.1.1: Upgrade and Expect mean nothing in HTTP/1.0. */
    head->upgrade = notes.http_1_1 && !head->has_body && notes.upgrade && notes.option_upgrade;
    head->expect_continue = notes.http_1_1 && head->has_body && notes.expects_continue;
    return 0;
}
