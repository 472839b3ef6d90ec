/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_AUTH_H
#define RTCIO_AUTH_H

/**
 * @file
 * Who may connect: JSON Web Tokens (RFC 7519) in the handshake's `auth.token` (rtc.io spec 4.5).
 * Attached to a namespace with one call; made of the public API only.
 *
 * - Without a token the client's `connect_error` says `missing token`, with one that is not good
 *   `invalid token`.
 * - A token ends for a live socket, too. `token-expiring {expiresAt}` (Unix time in ms) comes
 *   `warn_s` before; the client may then emit `refresh-token` with a new token of the same `sub`,
 *   as a string or as `{token}`, and is answered `{ok: true, expiresAt}` or
 *   `{ok: false, message}`. Otherwise it gets `error {code: "token-expired", message}` and is
 *   disconnected.
 * - The claim `rooms`, a list of names and patterns (`*` stands for any text), limits the rooms a
 *   socket may join; rtcio_auth_may_join() is made to be rtcio_signaling_options.may_join. A token
 *   without the claim opens every room.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTCIO_TOKEN_EXPIRING "token-expiring"
#define RTCIO_REFRESH_TOKEN  "refresh-token"

/** Authentication attached to one namespace. Lives as long as the namespace. */
typedef struct rtcio_auth rtcio_auth;

/** At least one of secrets, public_keys, jwks and issuer_keys must be given. A token is good if one
 *  of the keys that fit its `alg` (and `kid`, where both have one) has signed it. `none` never is.
 */
typedef struct rtcio_auth_options {
    size_t size; /**< sizeof(rtcio_auth_options), set by the init function */
    /** Secrets of HS256, with commas between them; 32 bytes or more each are advised. NULL: none */
    const char *secrets;
    /** PEM text with public keys: RSA of 2048 bits or more (RS256), P-256 (ES256), Ed25519 (EdDSA).
     *  NULL: none */
    const char *public_keys;
    /** A JWK set (RFC 7517) as JSON text; keys of other kinds in it are passed over. NULL: none */
    const char *jwks;
    const char *audience; /**< must be in `aud`; NULL: not looked at */
    const char *issuer;   /**< must be `iss`; NULL: not looked at */
    uint32_t leeway_s;    /**< by how much clocks may differ, 30 s (0 .. 3600) */
    uint32_t warn_s; /**< how long before its end a token is called expiring, 60 s (1 .. 86400) */
    /** What `connect_error` says; NULL: the texts above. The guides know `unauthorized` as well. */
    const char *missing_message, *invalid_message;
    /** Keys come later, too, by rtcio_auth_set_issuer_keys(). False */
    bool issuer_keys;
} rtcio_auth_options;

/** Counters since the start. */
typedef struct rtcio_auth_stats {
    size_t size;       /**< sizeof(rtcio_auth_stats), set by the caller */
    uint64_t accepted; /**< connections with a good token */
    uint64_t missing, invalid;
    uint64_t refreshed, expired;
} rtcio_auth_stats;

/** Fills `opt` with the defaults; use rtcio_auth_options_init(). */
RTCIO_API void rtcio_auth_options_init_sized(rtcio_auth_options *opt, size_t size);
#define rtcio_auth_options_init(opt) rtcio_auth_options_init_sized((opt), sizeof(*(opt)))

/** Reads the keys and checks the options.
 *  @param why  receives one line that names the option and how to mend it; may be NULL
 *  @return 0, ::RTCIO_E_INVALID, ::RTCIO_E_UNSUPPORTED (a field this library does not know),
 *          ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_auth_options_check(const rtcio_auth_options *opt, char *why, size_t why_size);

/** Attaches it to a namespace, before clients connect. Options are copied.
 *  @return NULL when the options are not valid, the namespace has it already, memory is short */
RTCIO_API rtcio_auth *rtcio_auth_attach(rtcio_namespace *nsp, const rtcio_auth_options *opt);

/** Replaces keys and options. Who is connected stays until the end of its token.
 *  @return as rtcio_auth_options_check() */
RTCIO_API int rtcio_auth_set_options(rtcio_auth *auth, const rtcio_auth_options *opt);

/* --- keys that an issuer publishes -------------------------------------------------------------
 * Fetching them is the program's. What options give is not touched by these: a token is good by
 * any key. */

/** Reads a JWK set that an issuer publishes. Only public keys of it count, RS256, ES256 and EdDSA:
 *  symmetric keys (`oct`), and those whose `use`, `key_ops` or `alg` is another, are passed over.
 *  Any thread.
 *  @param why  receives what is wrong with it; may be NULL
 *  @return how many keys it has, 1 .. 64; ::RTCIO_E_INVALID: none, more, or it is no JWK set */
RTCIO_API int rtcio_auth_issuer_keys_check(const char *jwks, size_t len, char *why,
                                           size_t why_size);

/** Puts its keys in the place of those of the last call. Who is connected stays until the end of
 *  its token.
 *  @return 0, ::RTCIO_E_INVALID: nothing has changed */
RTCIO_API int rtcio_auth_set_issuer_keys(rtcio_auth *auth, const char *jwks, size_t len);

/** A token names a key (`kid`) that the issuer's keys do not have, or there are none of them yet.
 *  The token itself proves nothing: anybody can make such.
 *  @return true: rtcio_auth_resume() will be called, though not from inside this; who connects with
 *          the token waits for it, at most 256 do. False: the token is refused now. */
typedef bool (*rtcio_auth_unknown_key_fn)(rtcio_auth *auth, void *user);

/** Who is told of unknown keys; NULL, the default: nobody, their tokens are refused. The token of a
 *  `refresh-token` is refused in any case, and may be sent again. */
RTCIO_API void rtcio_auth_on_unknown_key(rtcio_auth *auth, rtcio_auth_unknown_key_fn fn,
                                         void *user);

/** Decides on those who wait for newer keys, by the keys that are there now. */
RTCIO_API void rtcio_auth_resume(rtcio_auth *auth);

/** `sub` of the socket's token, NULL when it has none. Valid until the token is refreshed. */
RTCIO_API const char *rtcio_auth_user(const rtcio_socket *socket);

/** May the socket join the room? True in a namespace without authentication.
 *  @param user  not used */
RTCIO_API bool rtcio_auth_may_join(rtcio_socket *socket, const char *room, void *user);

/** Makes a token of HS256.
 *  @param claims  JSON text of the claims, an object
 *  @return the token, to be freed with free(); NULL for want of memory */
RTCIO_API char *rtcio_token_sign(const char *secret, const char *claims);

/** Reads the counters. */
RTCIO_API void rtcio_auth_get_stats(const rtcio_auth *auth, rtcio_auth_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
