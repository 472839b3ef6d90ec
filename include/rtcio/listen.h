/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_LISTEN_H
#define RTCIO_LISTEN_H

/**
 * @file
 * Where and how a server listens. A server may listen in several places at once, some with TLS and
 * some without.
 */

#include <rtcio/tls.h>
#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One place to listen. Fill with rtcio_listen_options_init(). Nothing is kept but a hold on `tls`.
 */
typedef struct rtcio_listen_options {
    size_t size; /**< sizeof(rtcio_listen_options), set by the init function */

    /** IPv4 or IPv6 address or name; "::" takes both families; NULL: "::", or "0.0.0.0" where
     *  there is no IPv6 (NULL). */
    const char *host;
    /** 0 .. 65535; 0 lets the system choose (0). */
    int port;
    /** Certificate for https:// and wss://; NULL: http:// and ws:// (NULL). The handshake has to be
     *  done, and the first request's head to be there, within request_timeout_ms. */
    rtcio_tls *tls;
} rtcio_listen_options;

/** Fills `opt` with the defaults. `size` is sizeof(*opt): see rtcio_listen_options_init(). */
RTCIO_API void rtcio_listen_options_init_sized(rtcio_listen_options *opt, size_t size);

/** Fills `opt` with the defaults stated at each field. */
#define rtcio_listen_options_init(opt) rtcio_listen_options_init_sized((opt), sizeof(*(opt)))

#ifdef __cplusplus
}
#endif

#endif
