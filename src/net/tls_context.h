/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_NET_TLS_CONTEXT_H
#define RTCIO_NET_TLS_CONTEXT_H

/* A certificate and its key (rtcio/tls.h), as listeners and connections use it. Any thread. */

#include <rtcio/tls.h>

#include <openssl/ssl.h>

/* One more who holds it; given up with rtcio_tls_destroy(). NULL is fine. */
rtcio_tls *rtcio__tls_ref(rtcio_tls *tls);
/* A new connection's state, with the certificate of now. NULL: memory is short. */
SSL *rtcio__tls_new_ssl(rtcio_tls *tls);

#endif
