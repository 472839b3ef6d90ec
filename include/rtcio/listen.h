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

    /** Path of a Unix socket instead of a port; a socket that is there and that nobody listens to
     *  is replaced. "@name": an abstract one. It stays when the server goes. NULL: none (NULL). */
    const char *unix_path;
    /** Permissions of that file, 0660; what the owner's umask would say plays no part. */
    unsigned unix_mode;
    /** A descriptor that listens already, such as one of systemd's; the server closes it, also
     *  when this call fails. -1: none (-1). */
    int fd;
    /** Clients come by a load balancer that says who they are in a PROXY protocol header, version
     *  2, in front of everything else: HAProxy's `send-proxy-v2`, a network load balancer's. Who
     *  sends none within request_timeout_ms, or version 1, is refused (false). Whoever reaches such
     *  a port can claim any address: see trusted_proxies. */
    bool proxy_protocol;
    /** A name, copied: what is asked for here is answered by the handlers of that site (see
     *  rtcio_http_route.site) and by nothing else: there is no Socket.IO endpoint, and none of the
     *  usual paths. For an operator's own listener. NULL: the usual site (NULL). */
    const char *site;
} rtcio_listen_options;

/** Fills `opt` with the defaults. `size` is sizeof(*opt): see rtcio_listen_options_init(). */
RTCIO_API void rtcio_listen_options_init_sized(rtcio_listen_options *opt, size_t size);

/** Fills `opt` with the defaults stated at each field. */
#define rtcio_listen_options_init(opt) rtcio_listen_options_init_sized((opt), sizeof(*(opt)))

#ifdef __cplusplus
}
#endif

#endif
