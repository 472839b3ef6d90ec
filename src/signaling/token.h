/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_TOKEN_H
#define RTCIO_SIGNALING_TOKEN_H

/* What a token claims, once somebody we trust has signed it: who, until when, which rooms. Knows
 * no sockets. */

#include <rtcio/auth.h>

#include "signaling/jwt.h"

typedef struct rtcio__token {
    char *sub;
    int64_t exp_ms; /* Unix time; 0: without end */
    json_t *rooms;  /* an array; NULL: every room */
} rtcio__token;

typedef struct rtcio__token_rules {
    const char *audience, *issuer; /* NULL: not looked at */
    uint32_t leeway_s;
    int64_t now_s;
} rtcio__token_rules;

/* 0, or RTCIO_E_INVALID: not signed by one of the keys, not now, not for us, not understood. */
int rtcio__token_read(rtcio__token *token, const rtcio__jwt_keys *keys,
                      const rtcio__token_rules *rules, const char *text, size_t len);
void rtcio__token_fini(rtcio__token *token);

/* Does it open the room? */
bool rtcio__token_opens(const rtcio__token *token, const char *room);
/* Does a name fit a pattern, in which `*` stands for any text? */
bool rtcio__token_fits(const char *pattern, const char *name);

/* As rtcio_auth_options_check(), and gives the keys; NULL: all of them come from the issuer. */
int rtcio__token_options_read(const rtcio_auth_options *opt, rtcio__jwt_keys **keys, char *why,
                              size_t why_size);

#endif
