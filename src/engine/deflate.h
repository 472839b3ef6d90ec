/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_DEFLATE_H
#define RTCIO_ENGINE_DEFLATE_H

/* permessage-deflate (RFC 7692) of the WebSockets of one engine.
 *
 * Without context takeover, the default, every message is compressed on its own: a connection holds
 * nothing but the byte that says so, and all of them share the engine's compressors, one for each
 * window in use, and its decompressor. With it a connection has its own, a third of a megabyte for
 * the largest windows, whether it says something or not; how many of these there may be is limited,
 * and who comes when there is no place left is answered that there will be no context. */

#include "base/blob.h"
#include "codec/http.h"
#include "codec/ws.h"
#include "codec/ws_deflate.h"
#include "codec/ws_extension.h"
#include "engine/engine.h"

/* What is compressed once in a turn for many: bytes, and the frame that they became. */
struct rtcio__deflated {
    struct rtcio__blob *source; /* NULL: unused */
    struct rtcio__blob *frame;  /* NULL: it would not be shorter */
    uint8_t bits;
};

#define RTCIO__DEFLATED_KEPT 32 /* text and ten attachments, for two kinds of clients */

struct rtcio__deflate {
    struct rtcio__engine *engine;
    struct rtcio__ws_deflate wanted;
    struct rtcio__deflater *deflater[RTCIO__WS_MOST_BITS - RTCIO__WS_LEAST_BITS + 1];
    struct rtcio__inflater *inflater;
    struct rtcio__buf draft;   /* a message that is being written */
    struct rtcio__buf packed;  /* the last that was compressed */
    struct rtcio__buf message; /* the last that was decompressed */
    struct rtcio__deflated kept[RTCIO__DEFLATED_KEPT];
    unsigned next_kept;
    struct rtcio__deferred forget; /* when the turn ends */
    struct rtcio__counter held;    /* bytes that zlib has */
    struct rtcio__counter n_in, n_out, n_without_context;
};

/* A connection's own, with context takeover. */
struct rtcio__contexts {
    struct rtcio__counter *held; /* where they are counted, NULL: between two engines */
    uint64_t *reserved_all;
    struct rtcio__deflater *deflater; /* NULL: the engine's */
    struct rtcio__inflater *inflater;
    size_t reserved; /* bytes, of max_bytes */
};

/* NULL is fine. */
void rtcio__contexts_destroy(struct rtcio__contexts *contexts);

/* engine->deflate, NULL when the option is off. 0 or an error. */
int rtcio__deflate_init(struct rtcio__engine *engine);
void rtcio__deflate_fini(struct rtcio__engine *engine);

/* What a connection agreed upon with its client. All zero: nothing. */
struct rtcio__agreement {
    uint8_t bits; /* of the window of what is sent, 0: nothing was agreed upon */
    struct rtcio__contexts *contexts;
};

/* For a connection that moves to a sibling: its agreement, counted nowhere (*from has none any
 * more), and counted there. */
struct rtcio__agreement rtcio__agreement_leave(struct rtcio__agreement *from);
struct rtcio__agreement rtcio__agreement_arrive(struct rtcio__engine *engine,
                                                struct rtcio__agreement *from);

/* Reads the offers of an opening handshake and writes the answer's value, "" if there is none to be
 * given. False: the header is malformed. */
bool rtcio__deflate_agree(struct rtcio__engine *engine, const struct rtcio__http_head *head,
                          struct rtcio__agreement *agreement, char answer[RTCIO__WS_ANSWER_MAX]);

/* Decompresses a message that has come; it lies in the engine's buffer until the next one. 0 or
 * the code to close with. */
uint16_t rtcio__deflate_receive(struct rtcio__engine *engine, struct rtcio__contexts *contexts,
                                size_t most, struct rtcio__ws_event *event);
/* It has been read: no more than a little memory is kept for the next. */
void rtcio__deflate_release(struct rtcio__engine *engine);

/* The draft has been sent, or not. */
void rtcio__deflate_drop_draft(struct rtcio__deflate *d);
/* Is a message of this length worth it? */
bool rtcio__deflate_wants(const struct rtcio__engine *engine, size_t len);
/* Compresses one message. *out is what to send, borrowed until the next call: `data` itself if it
 * would not become shorter. 0 or RTCIO_E_NO_MEMORY. */
struct rtcio__deflate_out {
    const void *data;
    size_t len;
    bool compressed;
};
int rtcio__deflate_send(struct rtcio__engine *engine, const struct rtcio__agreement *agreement,
                        const void *data, size_t len, struct rtcio__deflate_out *out);
/* The same for `source`, whose bytes from `offset` on are one message for many connections without
 * contexts: the whole frame, borrowed until the turn ends; NULL: it would not be shorter. */
int rtcio__deflate_share(struct rtcio__engine *engine, uint8_t bits, struct rtcio__blob *source,
                         uint32_t offset, enum rtcio__ws_opcode opcode, struct rtcio__blob **frame);

#endif
