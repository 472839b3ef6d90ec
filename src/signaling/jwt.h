/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_JWT_H
#define RTCIO_SIGNALING_JWT_H

/* JSON Web Tokens: keys, and whether one of them has signed. What is claimed is for others to
 * look at. Knows no sockets and no time. */

#include <jansson.h>
#include <rtcio/types.h>

#define RTCIO__JWT_MAX      8192 /* of a whole token */
#define RTCIO__JWT_KEYS_MAX 64   /* of a set */

/* A set of keys. */
typedef struct rtcio__jwt_keys rtcio__jwt_keys;

/* `why` gets one line when a key cannot be used. Each may be NULL. NULL after an error. */
rtcio__jwt_keys *rtcio__jwt_keys_create(const char *secrets, const char *public_keys,
                                        const char *jwks, char *why, size_t why_size);
/* Of a JWK set that an issuer publishes: its public keys. Whoever can read it could sign with what
 * else is in it, so a symmetric key is none. NULL with what is wrong in `fault`. */
rtcio__jwt_keys *rtcio__jwt_keys_create_issued(const char *jwks, size_t len, const char **fault);
size_t rtcio__jwt_keys_count(const rtcio__jwt_keys *keys);
void rtcio__jwt_keys_destroy(rtcio__jwt_keys *keys);

/* The claims of a token that one of the keys has signed, to be released; NULL otherwise. */
json_t *rtcio__jwt_verify(const rtcio__jwt_keys *keys, const char *token, size_t len);

/* May a newer set of an issuer have the key that the token asks for, which this one (NULL: there
 * was none yet) has not? */
bool rtcio__jwt_is_newer(const rtcio__jwt_keys *issued, const char *token, size_t len);

/* --- base64url (RFC 4648, section 5), as RFC 7515 has it: without padding ------------------- */

/* At most `size` bytes. @return how many, -1 when it is none or does not fit */
int rtcio__base64url_decode(const char *text, size_t len, unsigned char *out, size_t size);

#endif
