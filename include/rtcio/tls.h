/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_TLS_H
#define RTCIO_TLS_H

/**
 * @file
 * TLS for listeners (https:// and wss://): a certificate with its key, to be loaded once and used
 * by any number of listeners and servers.
 *
 * TLS 1.2 with forward secrecy and AEAD ciphers, and TLS 1.3; ALPN "http/1.1"; session tickets; no
 * renegotiation, no compression, no early data.
 *
 * Threads: one object may be used by servers on several threads, and rtcio_tls_reload() and
 * rtcio_tls_get_info() may be called by any thread. rtcio_tls_destroy() only gives the caller's own
 * hold up.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A certificate, its key, and what is spoken with them. */
typedef struct rtcio_tls rtcio_tls;

/** Options of rtcio_tls_create(). Fill with rtcio_tls_options_init(). Strings are copied. */
typedef struct rtcio_tls_options {
    size_t size; /**< sizeof(rtcio_tls_options), set by the init function */

    /** PEM file with the certificate and, behind it, those that lead to its root. */
    const char *cert_file;
    /** PEM file with the certificate's private key, not encrypted. NULL: it is in cert_file. */
    const char *key_file;
    /** Oldest version spoken: 12 is TLS 1.2, 13 is TLS 1.3 (12). */
    unsigned min_version;
} rtcio_tls_options;

/** Fills `opt` with the defaults. `size` is sizeof(*opt): see rtcio_tls_options_init(). */
RTCIO_API void rtcio_tls_options_init_sized(rtcio_tls_options *opt, size_t size);

/** Fills `opt` with the defaults stated at each field. */
#define rtcio_tls_options_init(opt) rtcio_tls_options_init_sized((opt), sizeof(*(opt)))

/**
 * Loads a certificate and its key.
 * @param why  on failure receives one line that names the file and what is wrong with it; may be
 *             NULL. Nothing of a key's content is in it.
 * @return NULL on failure; the caller's to rtcio_tls_destroy()
 */
RTCIO_API rtcio_tls *rtcio_tls_create(const rtcio_tls_options *opt, char *why, size_t why_size);

/**
 * Reads the same files again. Connections that exist keep what they have; new ones get the new
 * certificate. When the files cannot be used, everything stays as it was.
 * @return 0, ::RTCIO_E_INVALID (`why` says what is wrong with which file), ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_tls_reload(rtcio_tls *tls, char *why, size_t why_size);

/** Facts of the certificate in use. */
typedef struct rtcio_tls_info {
    size_t size;          /**< sizeof(rtcio_tls_info), set by the caller */
    int64_t not_before_s; /**< Unix time of its first second */
    int64_t not_after_s;  /**< Unix time of its last second */
    char fingerprint[96]; /**< SHA-256 of the certificate, "AB:CD:…", as browsers show it */
} rtcio_tls_info;

/** Reads the facts; fields beyond `info->size` are left alone. */
RTCIO_API void rtcio_tls_get_info(rtcio_tls *tls, rtcio_tls_info *info);

/** Gives the object up; listeners that use it keep it. NULL is fine. */
RTCIO_API void rtcio_tls_destroy(rtcio_tls *tls);

#ifdef __cplusplus
}
#endif

#endif
