/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SOCKETIO_PACKET_LOG_H
#define RTCIO_SOCKETIO_PACKET_LOG_H

/* What was sent lately, for clients that come back (Socket.IO spec 8): one log per namespace, its
 * entries share the frames that went out, all logs of a server share one budget. It knows who an
 * event was for, not who is there. */

#include "base/blob.h"
#include "base/counter.h"
#include "socketio/internal.h"

/* An event that was sent. */
struct rtcio__logged {
    struct rtcio__list link; /* in rtcio__logs.entries, oldest first */
    struct rtcio__log *log;
    uint64_t at_ms;
    size_t bytes;  /* held for it */
    uint8_t flags; /* RTCIO__OP_ROOMS_ONLY */
    bool to_one;   /* to the socket of the one id in `names` */
    bool unsent;   /* exempt from recovery: not sent again, but told of */
    uint8_t n_attachments, n_except;
    uint32_t n_to;
    uint32_t names; /* where they stand in data: rooms, then exceptions, each with its NUL */
    char excluded[RTCIO__ID_LEN + 1]; /* id of the socket that was left out, "": none */
    struct rtcio__blob *text;
    struct rtcio__blob *attachment[];
};

/* Of one namespace. Entry number n is ring[n % cap]. */
struct rtcio__log {
    struct rtcio__logged **ring;
    size_t cap;                       /* a power of two, or 0 */
    uint64_t first, next;             /* entries are first .. next - 1 */
    struct rtcio__log_name *unlogged; /* events without an offset */
};

/* Of a server. */
struct rtcio__logs {
    struct rtcio__list entries;
    struct rtcio__counter n, bytes;
    size_t max_n, max_bytes;
    uint32_t max_ms;
    char epoch[5]; /* offsets of another run of the server mean nothing to this one */
};

#define RTCIO__OFFSET_MAX 24

struct rtcio__log *rtcio__log_create(void);
/* Frees the log with its entries. NULL is fine. */
void rtcio__log_free(struct rtcio__logs *logs, struct rtcio__log *log);
/* From now on without an offset, and never sent again. 0 or an error. */
int rtcio__log_exclude(struct rtcio__log *log, const char *event);
bool rtcio__log_takes(const struct rtcio__log *log, rtcio_slice event);

/* The text of entry number `n` for clients, as JSON with its quotes. Returns its length. */
size_t rtcio__log_offset(const struct rtcio__logs *logs, uint64_t n, char out[RTCIO__OFFSET_MAX]);
/* The number behind that text (without quotes). False: not one of this run. */
bool rtcio__log_number(const struct rtcio__logs *logs, const char *text, size_t len, uint64_t *n);

/* Appends what goes out as entry number log.next, which the call uses up in any case. Drops what is
 * over the budget, or old; for want of memory everything. */
void rtcio__log_append(struct rtcio__logs *logs, struct rtcio__log *log, uint64_t now_ms,
                       const rtcio_operator *op, bool unsent, struct rtcio__blob *text,
                       struct rtcio__blob *const *attachments, size_t n_attachments);
/* Nothing is replayed across this point. */
void rtcio__log_break(struct rtcio__logs *logs, struct rtcio__log *log);
/* Drops what is too old. */
void rtcio__log_trim(struct rtcio__logs *logs, uint64_t now_ms);
static inline const struct rtcio__logged *rtcio__log_at(const struct rtcio__log *log, uint64_t n)
{
    return log->ring[n & (log->cap - 1)];
}

#endif
