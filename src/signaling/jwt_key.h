/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_JWT_KEY_H
#define RTCIO_SIGNALING_JWT_KEY_H

/* Keys that tokens are verified with. */

#include "signaling/jwt.h"

#include <openssl/evp.h>

typedef enum rtcio__jwt_alg {
    RTCIO__JWT_HS256,
    RTCIO__JWT_RS256,
    RTCIO__JWT_ES256,
    RTCIO__JWT_EDDSA,
} rtcio__jwt_alg;

typedef struct rtcio__jwt_key {
    rtcio__jwt_alg alg;
    char *kid; /* NULL: none */
    unsigned char *secret;
    size_t secret_len;
    EVP_PKEY *pkey;
} rtcio__jwt_key;

struct rtcio__jwt_keys {
    rtcio__jwt_key *list;
    size_t n;
};

#endif
