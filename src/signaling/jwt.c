/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Verifies signatures of tokens (RFC 7515, RFC 7518, RFC 8037). The key decides which algorithm is
 * taken, never the token alone: a public key is no secret to sign HS256 with. */

#include "signaling/jwt.h"

#include "signaling/jwt_key.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <rtcio/auth.h>
#include <stdlib.h>
#include <string.h>

int rtcio__base64url_decode(const char *text, size_t len, unsigned char *out, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t used = 0;
    unsigned bits = 0;
    uint32_t value = 0;
    if (len % 4 == 1)
        return -1;
    for (size_t i = 0; i < len; i++) {
        const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
        if (digit == NULL)
            return -1;
        value = value << 6 | (uint32_t)(digit - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            if (used == size)
                return -1;
            out[used++] = (unsigned char)(value >> bits);
        }
    }
    /* Bits that belong to no byte are zero: one token has one spelling. */
    return (value & ((1u << bits) - 1)) == 0 ? (int)used : -1;
}

/* A token taken apart. */
typedef struct parts {
    const char *token;
    size_t signed_len; /* of header, dot and claims */
    unsigned char signature[512];
    size_t signature_len;
} parts;

static bool verify_hmac(const rtcio__jwt_key *key, const parts *p)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len;
    return HMAC(EVP_sha256(), key->secret, (int)key->secret_len, (const unsigned char *)p->token,
                p->signed_len, mac, &len) != NULL &&
           len == p->signature_len && CRYPTO_memcmp(mac, p->signature, len) == 0;
}

static bool verify_digest(const rtcio__jwt_key *key, const parts *p, const unsigned char *signature,
                          size_t len)
{
    const EVP_MD *md = key->alg == RTCIO__JWT_EDDSA ? NULL : EVP_sha256();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good =
        ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key->pkey) == 1 &&
        EVP_DigestVerify(ctx, signature, len, (const unsigned char *)p->token, p->signed_len) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

/* "The JWS Signature value is the octet sequence R || S" (RFC 7518, 3.4); OpenSSL takes DER. */
static bool verify_ecdsa(const rtcio__jwt_key *key, const parts *p)
{
    unsigned char *der = NULL;
    bool good = false;
    if (p->signature_len != 64)
        return false;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(p->signature, 32, NULL), *s = BN_bin2bn(p->signature + 32, 32, NULL);
    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* the pair's now */
        int len = i2d_ECDSA_SIG(pair, &der);
        good = len > 0 && verify_digest(key, p, der, (size_t)len);
    }
    OPENSSL_free(der);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return good;
}

static bool verify(const rtcio__jwt_key *key, const parts *p)
{
    switch (key->alg) {
    case RTCIO__JWT_HS256:
        return verify_hmac(key, p);
    case RTCIO__JWT_ES256:
        return verify_ecdsa(key, p);
    case RTCIO__JWT_RS256:
    case RTCIO__JWT_EDDSA:
        break;
    }
    return verify_digest(key, p, p->signature, p->signature_len);
}

static json_t *decode_object(const char *text, size_t len)
{
    unsigned char buf[RTCIO__JWT_MAX];
    int n = rtcio__base64url_decode(text, len, buf, sizeof buf);
    /* Two members of one name are read one way here and another way there. */
    json_t *json = n > 0 ? json_loadb((char *)buf, (size_t)n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

/* By rtcio__jwt_alg. */
static const char *const names[] = {"HS256", "RS256", "ES256", "EdDSA"};

static bool is_signed(const rtcio__jwt_keys *keys, const json_t *header, const parts *p)
{
    const char *alg = json_string_value(json_object_get(header, "alg"));
    const char *kid = json_string_value(json_object_get(header, "kid"));
    /* "If any of the listed extension Header Parameters are not understood and supported by the
     * recipient, then the JWS is invalid" (RFC 7515, 4.1.11); we support none. */
    if (alg == NULL || json_object_get(header, "crit") != NULL)
        return false;
    for (size_t i = 0; i < keys->n; i++) {
        const rtcio__jwt_key *key = &keys->list[i];
        if (strcmp(alg, names[key->alg]) == 0 &&
            (kid == NULL || key->kid == NULL || strcmp(kid, key->kid) == 0) && verify(key, p))
            return true;
    }
    return false;
}

json_t *rtcio__jwt_verify(const rtcio__jwt_keys *keys, const char *token, size_t len)
{
    if (len > RTCIO__JWT_MAX)
        return NULL;
    const char *first = memchr(token, '.', len);
    const char *second =
        first != NULL ? memchr(first + 1, '.', len - (size_t)(first + 1 - token)) : NULL;
    if (second == NULL)
        return NULL;
    parts p = {.token = token, .signed_len = (size_t)(second - token)};
    int n = rtcio__base64url_decode(second + 1, len - p.signed_len - 1, p.signature,
                                    sizeof p.signature);
    if (n <= 0)
        return NULL;
    p.signature_len = (size_t)n;
    json_t *header = decode_object(token, (size_t)(first - token)), *claims = NULL;
    if (header != NULL && is_signed(keys, header, &p))
        claims = decode_object(first + 1, (size_t)(second - first - 1));
    json_decref(header);
    return claims;
}

bool rtcio__jwt_is_newer(const rtcio__jwt_keys *issued, const char *token, size_t len)
{
    const char *dot = len <= RTCIO__JWT_MAX ? memchr(token, '.', len) : NULL;
    json_t *header = dot != NULL ? decode_object(token, (size_t)(dot - token)) : NULL;
    const char *alg = json_string_value(json_object_get(header, "alg"));
    const char *kid = json_string_value(json_object_get(header, "kid"));
    bool newer = false;
    for (size_t i = RTCIO__JWT_RS256; alg != NULL && i <= RTCIO__JWT_EDDSA; i++)
        newer |= strcmp(alg, names[i]) == 0;
    /* Without its name a key is looked for with each refresh, not with each bad token. */
    newer = newer && (kid != NULL || issued == NULL);
    for (size_t i = 0; newer && issued != NULL && i < issued->n; i++)
        newer = issued->list[i].kid == NULL || strcmp(issued->list[i].kid, kid) != 0;
    json_decref(header);
    return newer;
}

/* --- signing -------------------------------------------------------------------------------- */

static void encode(const void *data, size_t len, char **out)
{
    EVP_EncodeBlock((unsigned char *)*out, data, (int)len);
    for (; **out != '\0' && **out != '='; ++*out) {
        if (**out == '+')
            **out = '-';
        else if (**out == '/')
            **out = '_';
    }
}

char *rtcio_token_sign(const char *secret, const char *claims)
{
    static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_len;
    size_t len = strlen(claims);
    char *token = malloc(200 + len * 4 / 3), *end = token;
    if (token == NULL)
        return NULL;
    encode(header, sizeof header - 1, &end);
    *end++ = '.';
    encode(claims, len, &end);
    if (HMAC(EVP_sha256(), secret, (int)strlen(secret), (unsigned char *)token,
             (size_t)(end - token), mac, &mac_len) == NULL) {
        free(token);
        return NULL;
    }
    *end++ = '.';
    encode(mac, mac_len, &end);
    *end = '\0';
    return token;
}
