/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_CODEC_HTTP_H
#define RTCIO_CODEC_HTTP_H

/* HTTP/1.1 requests: bytes in, a request out; no I/O.
 *
 * A head is parsed once it is there as a whole, in one pass; a body, if there is one, by a small
 * reader the request keeps. */

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCIO__HTTP_MAX_HEADERS 100 /* more: 431 */

enum rtcio__http_method {
    RTCIO__HTTP_GET,
    RTCIO__HTTP_HEAD,
    RTCIO__HTTP_POST,
    RTCIO__HTTP_OPTIONS,
    RTCIO__HTTP_OTHER, /* any other known method */
};

struct rtcio__http_field {
    uint32_t name, name_len;   /* offsets into the head */
    uint32_t value, value_len; /* white space trimmed */
};

struct rtcio__http_head {
    const char *text; /* the head's first byte; borrowed */
    size_t len;       /* up to and with the empty line */
    enum rtcio__http_method method;
    const char *method_name; /* static, "GET" */
    const char *target;
    size_t target_len;
    size_t n_fields;
    bool keep_alive;
    bool upgrade;  /* "Connection: upgrade" with an Upgrade header, any protocol, and not a body */
    bool has_body; /* Content-Length above 0, or chunked */
    bool chunked;
    bool expect_continue;
    uint64_t content_length; /* 0 when chunked */
    struct rtcio__http_field field[RTCIO__HTTP_MAX_HEADERS];
};

/* The length of the head at the start of data up to and with the first empty line (CRLF CRLF),
 * looking only at bytes from `seen` - 3 on (seen: how many were looked at before); 0 if it is not
 * complete. One empty line in front of the request belongs to its head and is ignored. */
size_t rtcio__http_head_len(const char *data, size_t len, size_t seen);

/* Parses a complete head. 0 or the status to answer with: 400 malformed (also: HTTP/1.1 without or
 * with several Host, both Content-Length and Transfer-Encoding, conflicting lengths), 431 too many
 * headers, 501 transfer encoding other than chunked, 505 not HTTP/1.x. */
int rtcio__http_parse_head(const char *data, size_t len, struct rtcio__http_head *head);

/* First field with this name (case-insensitive), or NULL. *value and *len are set to its value. */
const struct rtcio__http_field *rtcio__http_find(const struct rtcio__http_head *head,
                                                 const char *name, const char **value, size_t *len);

/* True if the comma separated list in a field's value has this token (case-insensitive). All fields
 * of that name count. */
bool rtcio__http_has_token(const struct rtcio__http_head *head, const char *name,
                           const char *token);

/* A body on its way in. */
struct rtcio__http_body;

/* NULL when memory is short. `head` must have a body and is not kept. */
struct rtcio__http_body *rtcio__http_body_create(const struct rtcio__http_head *head,
                                                 size_t max_len);
void rtcio__http_body_destroy(struct rtcio__http_body *body);

enum rtcio__http_body_status {
    RTCIO__HTTP_BODY_MORE,
    RTCIO__HTTP_BODY_DONE,
    RTCIO__HTTP_BODY_TOO_LARGE, /* strictly more than max_len; no more is kept */
    RTCIO__HTTP_BODY_BAD,       /* malformed chunks, or memory is short */
};

/* Takes bytes; *consumed says how many belong to this body (all of them unless DONE). Memory grows
 * with what has arrived, not with what was announced. A Content-Length over the limit is TOO_LARGE
 * at once; bytes of trailers and chunk sizes are bounded too (BAD). */
enum rtcio__http_body_status rtcio__http_body_feed(struct rtcio__http_body *body, const char *data,
                                                   size_t len, size_t *consumed);

/* The collected bytes after DONE; one byte behind them is writable. Owned by the body. */
char *rtcio__http_body_data(struct rtcio__http_body *body, size_t *len);

/* The query of a request target, one parameter after the other. */
struct rtcio__http_params {
    const char *at, *end;
};
struct rtcio__http_param { /* as it stands there, escapes and all */
    const char *name, *value;
    size_t name_len, value_len;
};
struct rtcio__http_params rtcio__http_params(const char *target, size_t target_len);
bool rtcio__http_params_next(struct rtcio__http_params *params, struct rtcio__http_param *param);
/* Names are compared after decoding. */
bool rtcio__http_param_is(const struct rtcio__http_param *param, const char *key);
/* Writes the decoded value ('+' is a space, bad escapes stay as they are) of at most size - 1 bytes
 * and a NUL. Returns its full length. */
int rtcio__http_param_value(const struct rtcio__http_param *param, char *out, size_t size);

/* Finds a query parameter in a request target; of duplicates the last. Returns the
 * decoded value's full length, written as above, or -1 when absent. */
int rtcio__http_query(const char *target, size_t target_len, const char *key, char *out,
                      size_t size);

#endif
