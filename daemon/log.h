/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_LOG_H
#define RTCIO_DAEMON_LOG_H

/* The log: one line per event, as text or as JSON. Whatever a field holds, it stays on its line
 * and inside its field. Any thread may write lines; they gather until somebody flushes. Knows
 * nothing of what is logged. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum rtcio__log_level {
    RTCIO__LOG_DEBUG,
    RTCIO__LOG_INFO,
    RTCIO__LOG_WARN,
    RTCIO__LOG_ERROR,
    RTCIO__LOG_OFF,
} rtcio__log_level;

typedef struct rtcio__log {
    int fd;
    bool json;
    rtcio__log_level level;
    void (*on_lines)(void *user);
    void *user;
    pthread_mutex_t lock; /* of `len` and `buf` */
    size_t len;           /* lines waiting in `buf` */
    char buf[32768];
    pthread_mutex_t out_lock; /* of `out`; taken before `lock` */
    char out[32768];          /* lines on their way to the system */
} rtcio__log;

typedef struct rtcio__field {
    const char *key;
    const char *text; /* NULL: the field is `number` */
    int64_t number;
} rtcio__field;

#define RTCIO__TEXT_FIELD(key, text)     ((rtcio__field){(key), (text), 0})
#define RTCIO__NUMBER_FIELD(key, number) ((rtcio__field){(key), NULL, (int64_t)(number)})

void rtcio__log_init(rtcio__log *log, int fd, bool json, rtcio__log_level level);

/* Who is to flush: called with the first line that waits, on the thread that wrote it; it must not
 * flush itself. NULL: nobody. Not while other threads write. */
void rtcio__log_on_lines(rtcio__log *log, void (*on_lines)(void *user), void *user);

/* Adds a line; it is written by rtcio__log_flush(), or when many have gathered. */
void rtcio__log_write(rtcio__log *log, rtcio__log_level level, const char *event,
                      const rtcio__field *fields, size_t n_fields);
#define rtcio__log_line(log, level, event, ...)                                    \
    rtcio__log_write((log), (level), (event), (const rtcio__field[]){__VA_ARGS__}, \
                     sizeof((const rtcio__field[]){__VA_ARGS__}) / sizeof(rtcio__field))

/* Hands the lines that wait to the system. */
void rtcio__log_flush(rtcio__log *log);

/* Lets a few lines a second pass and counts the others, of all threads together. */
typedef struct rtcio__log_gate {
    pthread_mutex_t lock;
    int64_t second;
    unsigned passed;
    uint64_t suppressed;
} rtcio__log_gate;

void rtcio__log_gate_init(rtcio__log_gate *gate);
/* True if the line may be written; `suppressed` then tells how many were not since the last. */
bool rtcio__log_gate_pass(rtcio__log_gate *gate, int64_t now_ms, uint64_t *suppressed);

/* One line of text or JSON with its newline into `buf`; its length. For tests. */
size_t rtcio__log_format(char *buf, size_t size, bool json, int64_t unix_ms, const char *level,
                         const char *event, const rtcio__field *fields, size_t n_fields);

#endif
