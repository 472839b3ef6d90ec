/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ICE_H
#define RTCIO_ICE_H

/**
 * @file
 * ICE servers for clients: the `ask-ice` event (rtc.io spec 4.6), with credentials for TURN that
 * expire, as coturn's `use-auth-secret` takes them (draft-uberti-behave-turn-rest-00). Attached to
 * a namespace with one call; made of the public API only.
 *
 * `ask-ice` is answered through its acknowledgement with one object,
 * `{"iceServers": [{"urls": …, "username": …, "credential": …}, …]}`. With or without arguments; a
 * client that asks for no acknowledgement gets no answer. Credentials end, calls do not: clients
 * that have asked are sent the event `ice-servers` with a fresh object of the same shape at half
 * the life of what they have, for RTCPeerConnection.setConfiguration().
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTCIO_ASK_ICE     "ask-ice"
#define RTCIO_ICE_SERVERS "ice-servers"

/** ICE servers attached to one namespace. Lives as long as the namespace. */
typedef struct rtcio_ice rtcio_ice;

typedef struct rtcio_ice_options {
    size_t size; /**< sizeof(rtcio_ice_options), set by the init function */
    /**
     * TURN servers, `host` or `host:port` with commas between them, 32 at most; NULL: none. IPv6
     * addresses stand in brackets. Each gives four entries: STUN, TURN over UDP, over TCP and over
     * TLS. Port 3478 unless said.
     */
    const char *turn_hosts;
    /** Secrets shared with the TURN servers, with commas between them, the newest first, which
     *  signs. The others are for reading only: they tell an operator what a server still takes. */
    const char *secrets;
    /** STUN servers beside them, written alike; NULL: none. */
    const char *stun_hosts;
    /** Port of TURN over TLS, 5349 (0 .. 65535); 0: no such entries. */
    unsigned tls_port;
    /** Life of a credential in seconds, 600 (1 .. 604800). */
    uint32_t ttl_s;
    /** Gives the id that stands behind the time in a credential's username, for the TURN server's
     *  log. NULL, the default, or a result of NULL: the time alone, which every checker reads.
     *  Only letters, digits and `_.@+-` of it are used, and 64 of them. */
    const char *(*user_of)(rtcio_socket *socket, void *user);
    void *user; /**< for user_of */
} rtcio_ice_options;

/** Counters since the start. */
typedef struct rtcio_ice_stats {
    size_t size;      /**< sizeof(rtcio_ice_stats), set by the caller */
    uint64_t asked;   /**< `ask-ice` answered */
    uint64_t pushed;  /**< `ice-servers` sent */
    uint64_t ignored; /**< `ask-ice` without acknowledgement */
} rtcio_ice_stats;

/** What a TURN server takes: long-term credentials of RFC 8489, section 9.2. */
typedef struct rtcio_ice_credential {
    char username[96];   /**< decimal Unix time of the end, then perhaps `:` and an id */
    char credential[32]; /**< base64 of HMAC-SHA1 of the username */
} rtcio_ice_credential;

/** Fills `opt` with the defaults; use rtcio_ice_options_init(). */
RTCIO_API void rtcio_ice_options_init_sized(rtcio_ice_options *opt, size_t size);
#define rtcio_ice_options_init(opt) rtcio_ice_options_init_sized((opt), sizeof(*(opt)))

/**
 * Checks options without attaching anything.
 * @param why  receives one line that names the option and how to mend it; may be NULL
 * @return 0, ::RTCIO_E_INVALID or ::RTCIO_E_UNSUPPORTED (a field this library does not know)
 */
RTCIO_API int rtcio_ice_options_check(const rtcio_ice_options *opt, char *why, size_t why_size);

/** Attaches it to a namespace, before clients connect. Options are copied.
 *  @return NULL when the options are not valid, the namespace has it already, memory is short */
RTCIO_API rtcio_ice *rtcio_ice_attach(rtcio_namespace *nsp, const rtcio_ice_options *opt);

/** Replaces the options; what clients have stays valid until its own end.
 *  @return 0 or an error as of rtcio_ice_options_check(), ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_ice_set_options(rtcio_ice *ice, const rtcio_ice_options *opt);

/** Makes a credential that ends `ttl_s` after `now_s` (Unix time), signed with `secret`.
 *  @param user  as what rtcio_ice_options.user_of returns; NULL: none
 *  @return 0, ::RTCIO_E_SYSTEM when the cryptographic library refuses */
RTCIO_API int rtcio_ice_sign(const char *secret, int64_t now_s, uint32_t ttl_s, const char *user,
                             rtcio_ice_credential *out);

/** The object that `ask-ice` is answered with now, as JSON text of `*len` bytes to be freed with
 *  free(); NULL for want of memory. */
RTCIO_API char *rtcio_ice_json(const rtcio_ice_options *opt, int64_t now_s, const char *user,
                               size_t *len);

/** Reads the counters. */
RTCIO_API void rtcio_ice_get_stats(const rtcio_ice *ice, rtcio_ice_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
