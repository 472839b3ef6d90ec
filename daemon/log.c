/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Formats and writes log lines. Field values come from anywhere, clients included: they can end
 * neither their line nor their quotes, nor turn a terminal's text around. */

#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN  4096
#define VALUE_MAX_LEN 256 /* of a field's value, roughly: an ellipsis tells that it was longer */
#define GATE_PER_S    5

static const char *const level_names[] = {"debug", "info", "warn", "error", "off"};

typedef struct out_line {
    char *buf;
    size_t len, size; /* `size` leaves room for what closes the line */
} out_line;

static void put(out_line *l, const char *text, size_t len)
{
    if (len > l->size - l->len)
        len = l->size - l->len;
    memcpy(l->buf + l->len, text, len);
    l->len += len;
}

static void put_text(out_line *l, const char *text)
{
    put(l, text, strlen(text));
}

static void put_byte(out_line *l, char c)
{
    if (l->len < l->size)
        l->buf[l->len++] = c;
}

/* Plain words need no quotes in text lines: letters, digits and . _ : / + - @ * , [ ] # are in the
 * first set. Between quotes printable ASCII stands as it is, but for the quote and the backslash.
 */
static const uint32_t word[8] = {[1] = 0x07fffc08, [2] = 0xafffffff, [3] = 0x07fffffe};
static const uint32_t printable[8] = {[1] = 0xfffffffb, [2] = 0xefffffff, [3] = 0x7fffffff};

/* How many bytes of the text are in the set, `most` at most; NUL is in none. */
static size_t span(const char *text, const uint32_t set[8], size_t most)
{
    size_t n = 0;
    for (; n < most; n++) {
        unsigned char c = (unsigned char)text[n];
        if ((set[c >> 5] >> (c & 31) & 1) == 0)
            break;
    }
    return n;
}

/* Decodes one character of UTF-8; its length, or 0 when it is none. */
static size_t read_char(const unsigned char *p, uint32_t *c)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    static const unsigned char mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    if (n == 0 || p[0] > 0xF4)
        return 0;
    *c = p[0] & mask[n];
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        *c = *c << 6 | (p[i] & 0x3F);
    }
    return *c < least[n] || *c > 0x10FFFF || (*c >= 0xD800 && *c < 0xE000) ? 0 : n;
}

/* Characters that control a terminal, a line or the direction of text. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

static void put_quoted(out_line *l, const char *text)
{
    size_t start = l->len;
    put(l, "\"", 1);
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0';) {
        uint32_t c = 0;
        char escape[8];
        if (l->len - start > VALUE_MAX_LEN) {
            put_text(l, "...");
            break;
        }
        size_t run = span((const char *)p, printable, VALUE_MAX_LEN + 1 - (l->len - start));
        if (run > 0) {
            put(l, (const char *)p, run);
            p += run;
            continue;
        }
        size_t n = read_char(p, &c);
        if (n == 0) {
            put_text(l, "\\ufffd");
            n = 1;
        } else if (c == '"' || c == '\\') {
            escape[0] = '\\';
            escape[1] = (char)c;
            put(l, escape, 2);
        } else if (is_control(c)) {
            snprintf(escape, sizeof escape, "\\u%04" PRIx32, c & 0xFFFF);
            put(l, escape, 6);
        } else {
            put(l, (const char *)p, n);
        }
        p += n;
    }
    put(l, "\"", 1);
}

/* Lines are written for every client: no printf. */
static void put_number(out_line *l, int64_t number)
{
    char digits[20]; /* INT64_MIN has 19 and its sign */
    char *end = digits + sizeof digits, *p = end;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do
        *--p = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--p = '-';
    put(l, p, (size_t)(end - p));
}

static void put_value(out_line *l, const rtcio__field *field, bool json)
{
    if (field->text == NULL) {
        put_number(l, field->number);
        return;
    }
    size_t n = json ? 0 : span(field->text, word, VALUE_MAX_LEN);
    if (n > 0 && field->text[n] == '\0')
        put(l, field->text, n);
    else
        put_quoted(l, field->text);
}

/* The calendar is asked once a second. */
static void put_time(out_line *l, int64_t unix_ms)
{
    static _Thread_local struct {
        time_t second;
        char text[32];
    } last;
    time_t second = (time_t)(unix_ms / 1000);
    unsigned ms = (unsigned)(unix_ms % 1000);
    if (second != last.second || last.text[0] == '\0') {
        struct tm tm;
        gmtime_r(&second, &tm);
        strftime(last.text, sizeof last.text, "%Y-%m-%dT%H:%M:%S", &tm);
        last.second = second;
    }
    const char fraction[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
                             (char)('0' + ms % 10), 'Z'};
    put_text(l, last.text);
    put(l, fraction, sizeof fraction);
}

size_t rtcio__log_format(char *buf, size_t size, bool json, int64_t unix_ms, const char *level,
                         const char *event, const rtcio__field *fields, size_t n_fields)
{
    out_line l = {buf, 0, size - 2};
    put_text(&l, json ? "{\"time\":\"" : "");
    put_time(&l, unix_ms);
    put_text(&l, json ? "\",\"level\":\"" : " ");
    put_text(&l, level);
    put_text(&l, json ? "\",\"event\":\"" : " ");
    put_text(&l, event);
    put_text(&l, json ? "\"" : "");
    for (size_t i = 0; i < n_fields; i++) {
        if (json)
            put(&l, ",\"", 2);
        else
            put_byte(&l, ' ');
        put_text(&l, fields[i].key);
        if (json)
            put(&l, "\":", 2);
        else
            put_byte(&l, '=');
        put_value(&l, &fields[i], json);
    }
    if (json)
        buf[l.len++] = '}';
    buf[l.len++] = '\n';
    return l.len;
}

void rtcio__log_init(rtcio__log *log, int fd, bool json, rtcio__log_level level)
{
    log->fd = fd;
    log->json = json;
    log->level = level;
    log->on_lines = NULL;
    log->len = 0;
    pthread_mutex_init(&log->lock, NULL);
    pthread_mutex_init(&log->out_lock, NULL);
}

void rtcio__log_on_lines(rtcio__log *log, void (*on_lines)(void *user), void *user)
{
    log->on_lines = on_lines;
    log->user = user;
}

void rtcio__log_write(rtcio__log *log, rtcio__log_level level, const char *event,
                      const rtcio__field *fields, size_t n_fields)
{
    if (level < log->level)
        return;
    pthread_mutex_lock(&log->lock);
    while (sizeof log->buf - log->len < LINE_MAX_LEN) {
        pthread_mutex_unlock(&log->lock);
        rtcio__log_flush(log);
        pthread_mutex_lock(&log->lock);
    }
    bool first = log->len == 0;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    log->len += rtcio__log_format(log->buf + log->len, LINE_MAX_LEN, log->json,
                                  (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
                                  level_names[level], event, fields, n_fields);
    pthread_mutex_unlock(&log->lock);
    if (first && log->on_lines != NULL)
        log->on_lines(log->user);
}

void rtcio__log_flush(rtcio__log *log)
{
    /* Lines are written outside `lock`: a reader that is slow to take them holds up nobody who
     * writes one, as long as the buffer has room. */
    pthread_mutex_lock(&log->out_lock);
    pthread_mutex_lock(&log->lock);
    size_t done = 0, len = log->len;
    memcpy(log->out, log->buf, len);
    log->len = 0;
    pthread_mutex_unlock(&log->lock);
    while (done < len) {
        ssize_t n = write(log->fd, log->out + done, len - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            break; /* a log nobody takes is no reason to stop serving */
    }
    pthread_mutex_unlock(&log->out_lock);
}

void rtcio__log_gate_init(rtcio__log_gate *gate)
{
    *gate = (rtcio__log_gate){0};
    pthread_mutex_init(&gate->lock, NULL);
}

bool rtcio__log_gate_pass(rtcio__log_gate *gate, int64_t now_ms, uint64_t *suppressed)
{
    int64_t second = now_ms / 1000;
    bool passes = false;
    pthread_mutex_lock(&gate->lock);
    if (second != gate->second) {
        gate->second = second;
        gate->passed = 0;
    }
    if (gate->passed < GATE_PER_S) {
        passes = true;
        gate->passed++;
        *suppressed = gate->suppressed;
        gate->suppressed = 0;
    } else {
        gate->suppressed++;
    }
    pthread_mutex_unlock(&gate->lock);
    return passes;
}
