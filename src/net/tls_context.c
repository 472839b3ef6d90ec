/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Loading certificates, and the policy of what is spoken. What connections do with it is in tls.c.
 */

#include "net/tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rtcio_tls {
    pthread_mutex_t lock; /* of ctx and refs */
    SSL_CTX *ctx;
    unsigned refs;
    unsigned min_version;
    char *cert_file, *key_file;
};

/* Where the reason of a failure goes: one line. */
struct complaint {
    char *text;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static int complain(const struct complaint *why,
                                                          const char *format, ...)
{
    va_list args;

    if (why->text != NULL && why->size > 0) {
        va_start(args, format);
        vsnprintf(why->text, why->size, format, args);
        va_end(args);
    }
    return RTCIO_E_INVALID;
}

void rtcio_tls_options_init_sized(rtcio_tls_options *opt, size_t size)
{
    const rtcio_tls_options defaults = {.size = sizeof defaults, .min_version = 12};

    memset(opt, 0, size);
    memcpy(opt, &defaults, size < sizeof defaults ? size : sizeof defaults);
    opt->size = size;
}

/* "the server SHALL send a fatal no_application_protocol alert" when nothing fits (RFC 7301 3.2) */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *arg)
{
    static const char name[] = "http/1.1";
    (void)ssl, (void)arg;

    for (unsigned at = 0; at < in_len && in[at] < in_len - at; at += 1u + in[at]) {
        if (in[at] != sizeof name - 1 || memcmp(in + at + 1, name, sizeof name - 1) != 0)
            continue;
        *out = in + at + 1;
        *out_len = in[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Without one, OpenSSL would ask on the terminal. */
static int no_password(char *buf, int size, int writing, void *user)
{
    (void)buf, (void)size, (void)writing, (void)user;
    return -1;
}

static bool readable(const char *what, const char *file, const struct complaint *why)
{
    FILE *f = fopen(file, "re");
    int error = errno;

    if (f == NULL || fgetc(f) == EOF) {
        error = f == NULL ? error : ferror(f) ? errno : 0;
        complain(why, "%s file %s: %s", what, file, error != 0 ? strerror(error) : "is empty");
        if (f != NULL)
            fclose(f);
        return false;
    }
    fclose(f);
    return true;
}

static int load_key(SSL_CTX *ctx, const rtcio_tls *tls, const struct complaint *why)
{
    if (!readable("key", tls->key_file, why))
        return RTCIO_E_INVALID;
    ERR_clear_error();
    if (SSL_CTX_use_PrivateKey_file(ctx, tls->key_file, SSL_FILETYPE_PEM) == 1)
        return 0;
    for (unsigned long code; (code = ERR_get_error()) != 0;) {
        int reason = ERR_GET_REASON(code);
        if (ERR_GET_LIB(code) == ERR_LIB_X509 && reason == X509_R_KEY_VALUES_MISMATCH)
            return complain(why, "key file %s: does not belong to the certificate in %s",
                            tls->key_file, tls->cert_file);
        if (ERR_GET_LIB(code) == ERR_LIB_PEM &&
            (reason == PEM_R_BAD_PASSWORD_READ || reason == PEM_R_PROBLEMS_GETTING_PASSWORD))
            return complain(why, "key file %s: is encrypted, give a key without a passphrase",
                            tls->key_file);
    }
    return complain(why, "key file %s: holds no private key in PEM form that can be used",
                    tls->key_file);
}

static int load_certificate(SSL_CTX *ctx, const rtcio_tls *tls, const struct complaint *why)
{
    if (!readable("certificate", tls->cert_file, why))
        return RTCIO_E_INVALID;
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(ctx, tls->cert_file) == 1)
        return 0;
    /* The first error of several names the cause. */
    unsigned long code = ERR_peek_error();
    if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE)
        return complain(why, "certificate file %s: holds no certificate in PEM form",
                        tls->cert_file);
    const char *reason = ERR_reason_error_string(code);
    return complain(why, "certificate file %s: %s", tls->cert_file,
                    reason != NULL ? reason : "cannot be used");
}

/* What is spoken, whatever the certificate. */
static bool set_policy(SSL_CTX *ctx, unsigned min_version)
{
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    /* An idle connection holds no buffers; a queue that grew may be offered again. */
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* Sessions are in the clients' tickets, not in our memory. */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(ctx, select_protocol, NULL);
    SSL_CTX_set_default_passwd_cb(ctx, no_password);
    return SSL_CTX_set_min_proto_version(ctx, min_version == 13 ? TLS1_3_VERSION
                                                                : TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

static int load(const rtcio_tls *tls, SSL_CTX **out, const struct complaint *why)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (ctx == NULL || !set_policy(ctx, tls->min_version)) {
        SSL_CTX_free(ctx);
        complain(why, "out of memory");
        return RTCIO_E_NO_MEMORY;
    }
    int error = load_certificate(ctx, tls, why);
    if (error == 0)
        error = load_key(ctx, tls, why);
    ERR_clear_error();
    if (error == 0)
        *out = ctx;
    else
        SSL_CTX_free(ctx);
    return error;
}

rtcio_tls *rtcio_tls_create(const rtcio_tls_options *opt, char *why, size_t why_size)
{
    const struct complaint complaint = {why, why_size};

    if (opt == NULL || opt->size < sizeof *opt || opt->cert_file == NULL ||
        (opt->min_version != 12 && opt->min_version != 13)) {
        complain(&complaint, "cert_file is missing, or min_version is neither 12 nor 13");
        return NULL;
    }
    rtcio_tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL || pthread_mutex_init(&tls->lock, NULL) != 0) {
        free(tls);
        complain(&complaint, "out of memory");
        return NULL;
    }
    tls->refs = 1;
    tls->min_version = opt->min_version;
    tls->cert_file = strdup(opt->cert_file);
    tls->key_file = strdup(opt->key_file != NULL ? opt->key_file : opt->cert_file);
    if (tls->cert_file == NULL || tls->key_file == NULL) {
        complain(&complaint, "out of memory");
    } else if (load(tls, &tls->ctx, &complaint) == 0) {
        return tls;
    }
    rtcio_tls_destroy(tls);
    return NULL;
}

int rtcio_tls_reload(rtcio_tls *tls, char *why, size_t why_size)
{
    const struct complaint complaint = {why, why_size};
    SSL_CTX *fresh;
    int error = load(tls, &fresh, &complaint);

    if (error != 0)
        return error;
    pthread_mutex_lock(&tls->lock);
    SSL_CTX *old = tls->ctx;
    tls->ctx = fresh;
    pthread_mutex_unlock(&tls->lock);
    SSL_CTX_free(old); /* connections hold it on their own */
    return 0;
}

static int64_t unix_time(const ASN1_TIME *time)
{
    struct tm tm;
    return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

void rtcio_tls_get_info(rtcio_tls *tls, rtcio_tls_info *info)
{
    rtcio_tls_info all = {.size = info->size};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    pthread_mutex_lock(&tls->lock);
    X509 *cert = SSL_CTX_get0_certificate(tls->ctx);
    all.not_before_s = unix_time(X509_get0_notBefore(cert));
    all.not_after_s = unix_time(X509_get0_notAfter(cert));
    X509_digest(cert, EVP_sha256(), digest, &len);
    pthread_mutex_unlock(&tls->lock);
    for (unsigned i = 0; i < len && i < 32; i++)
        snprintf(all.fingerprint + (size_t)i * 3, 4, "%02X%s", digest[i], i < 31 ? ":" : "");
    memcpy(info, &all, info->size < sizeof all ? info->size : sizeof all);
}

rtcio_tls *rtcio__tls_ref(rtcio_tls *tls)
{
    if (tls != NULL) {
        pthread_mutex_lock(&tls->lock);
        tls->refs++;
        pthread_mutex_unlock(&tls->lock);
    }
    return tls;
}

void rtcio_tls_destroy(rtcio_tls *tls)
{
    if (tls == NULL)
        return;
    pthread_mutex_lock(&tls->lock);
    unsigned left = --tls->refs;
    pthread_mutex_unlock(&tls->lock);
    if (left > 0)
        return;
    pthread_mutex_destroy(&tls->lock);
    SSL_CTX_free(tls->ctx);
    free(tls->cert_file);
    free(tls->key_file);
    free(tls);
}

SSL *rtcio__tls_new_ssl(rtcio_tls *tls)
{
    pthread_mutex_lock(&tls->lock);
    SSL *ssl = SSL_new(tls->ctx);
    pthread_mutex_unlock(&tls->lock);
    return ssl;
}
