/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Reads keys: secrets, PEM, JWK sets (RFC 7517). */

#include "signaling/jwt_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX RTCIO__JWT_KEYS_MAX

static rtcio__jwt_key *add(rtcio__jwt_keys *keys)
{
    if (keys->n == KEYS_MAX)
        return NULL;
    if (keys->list == NULL && (keys->list = calloc(KEYS_MAX, sizeof *keys->list)) == NULL)
        return NULL;
    return &keys->list[keys->n++];
}

/* Takes back what add() gave last, for want of memory: a key by halves might verify too much. */
static bool drop(rtcio__jwt_keys *keys)
{
    rtcio__jwt_key *key = &keys->list[--keys->n];
    free(key->secret);
    free(key->kid);
    EVP_PKEY_free(key->pkey);
    *key = (rtcio__jwt_key){.alg = RTCIO__JWT_HS256};
    return false;
}

static bool add_secret(rtcio__jwt_keys *keys, const void *bytes, size_t len, const char *kid)
{
    rtcio__jwt_key *key = add(keys);
    if (key == NULL)
        return false;
    key->alg = RTCIO__JWT_HS256;
    key->secret = malloc(len + 1);
    key->secret_len = len;
    key->kid = kid != NULL ? strdup(kid) : NULL;
    if (key->secret == NULL || (kid != NULL && key->kid == NULL))
        return drop(keys);
    memcpy(key->secret, bytes, len);
    return true;
}

/* Is it of a kind we take? Then with which algorithm? */
static bool classify(EVP_PKEY *pkey, rtcio__jwt_alg *alg)
{
    char group[32] = "";
    if (EVP_PKEY_is_a(pkey, "RSA")) {
        *alg = RTCIO__JWT_RS256;
        return EVP_PKEY_get_bits(pkey) >= 2048;
    }
    if (EVP_PKEY_is_a(pkey, "ED25519")) {
        *alg = RTCIO__JWT_EDDSA;
        return true;
    }
    *alg = RTCIO__JWT_ES256;
    return EVP_PKEY_is_a(pkey, "EC") &&
           EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

/* Takes `pkey`, also when it cannot be used. */
static bool add_pkey_take(rtcio__jwt_keys *keys, EVP_PKEY *pkey, const char *kid)
{
    rtcio__jwt_alg alg;
    rtcio__jwt_key *key = pkey != NULL && classify(pkey, &alg) ? add(keys) : NULL;
    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return false;
    }
    key->alg = alg;
    key->pkey = pkey;
    key->kid = kid != NULL ? strdup(kid) : NULL;
    return kid == NULL || key->kid != NULL || drop(keys);
}

static bool add_pem(rtcio__jwt_keys *keys, const char *text)
{
    BIO *in = BIO_new_mem_buf(text, -1);
    bool good = in != NULL;
    size_t n = 0;
    for (EVP_PKEY *pkey; good && (pkey = PEM_read_bio_PUBKEY(in, NULL, NULL, NULL)) != NULL; n++)
        good = add_pkey_take(keys, pkey, NULL);
    BIO_free(in);
    return good && n > 0;
}

/* --- JWK ------------------------------------------------------------------------------------ */

/* A member in base64url; -1 when it is not there. */
static int member(const json_t *jwk, const char *name, unsigned char *out, size_t size)
{
    const json_t *value = json_object_get(jwk, name);
    if (!json_is_string(value))
        return -1;
    return rtcio__base64url_decode(json_string_value(value), json_string_length(value), out, size);
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (ctx != NULL && params != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

static EVP_PKEY *read_rsa(const json_t *jwk)
{
    unsigned char n[1024], e[8];
    int n_len = member(jwk, "n", n, sizeof n), e_len = member(jwk, "e", e, sizeof e);
    if (n_len <= 0 || e_len <= 0)
        return NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *modulus = BN_bin2bn(n, n_len, NULL), *exponent = BN_bin2bn(e, e_len, NULL);
    OSSL_PARAM *params = NULL;
    if (build != NULL && modulus != NULL && exponent != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY *pkey = from_params("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(modulus);
    BN_free(exponent);
    return pkey;
}

static EVP_PKEY *read_ec(const json_t *jwk)
{
    static char group[] = "prime256v1";
    unsigned char point[65] = {POINT_CONVERSION_UNCOMPRESSED};
    const char *curve = json_string_value(json_object_get(jwk, "crv"));
    if (curve == NULL || strcmp(curve, "P-256") != 0 || member(jwk, "x", point + 1, 32) != 32 ||
        member(jwk, "y", point + 33, 32) != 32)
        return NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end(),
    };
    return from_params("EC", params);
}

static EVP_PKEY *read_okp(const json_t *jwk)
{
    unsigned char x[32];
    const char *curve = json_string_value(json_object_get(jwk, "crv"));
    if (curve == NULL || strcmp(curve, "Ed25519") != 0 || member(jwk, "x", x, sizeof x) != 32)
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, sizeof x);
}

/* Is it there to verify tokens, with the algorithm that its kind has here? ("use", "key_ops" and
 * "alg" of RFC 7517, sections 4.2 to 4.4; a key may have none of them.) */
static bool is_for_tokens(const json_t *jwk, const char *alg)
{
    const json_t *use = json_object_get(jwk, "use"), *meant = json_object_get(jwk, "alg");
    const json_t *ops = json_object_get(jwk, "key_ops"), *op;
    size_t i;
    if (use != NULL && (!json_is_string(use) || strcmp(json_string_value(use), "sig") != 0))
        return false;
    if (meant != NULL && (!json_is_string(meant) || strcmp(json_string_value(meant), alg) != 0))
        return false;
    json_array_foreach(ops, i, op)
    {
        if (json_is_string(op) && strcmp(json_string_value(op), "verify") == 0)
            return true;
    }
    return ops == NULL;
}

/* "Implementations SHOULD ignore JWKs within a JWK Set that use "kty" values that are not
 * understood by them" (RFC 7517, section 5). */
static void add_jwk(rtcio__jwt_keys *keys, const json_t *jwk, bool secrets)
{
    static const struct {
        const char *type, *alg;
    } kinds[] = {{"RSA", "RS256"}, {"EC", "ES256"}, {"OKP", "EdDSA"}, {"oct", "HS256"}};
    const char *type = json_string_value(json_object_get(jwk, "kty"));
    const char *kid = json_string_value(json_object_get(jwk, "kid"));
    unsigned char secret[512];
    size_t kind = 0, n_kinds = sizeof kinds / sizeof *kinds;
    while (kind < n_kinds && (type == NULL || strcmp(type, kinds[kind].type) != 0))
        kind++;
    if (kind == n_kinds || !is_for_tokens(jwk, kinds[kind].alg))
        return;
    if (strcmp(type, "RSA") == 0)
        add_pkey_take(keys, read_rsa(jwk), kid);
    else if (strcmp(type, "EC") == 0)
        add_pkey_take(keys, read_ec(jwk), kid);
    else if (strcmp(type, "OKP") == 0)
        add_pkey_take(keys, read_okp(jwk), kid);
    else if (secrets) {
        int len = member(jwk, "k", secret, sizeof secret);
        if (len > 0)
            add_secret(keys, secret, (size_t)len, kid);
        OPENSSL_cleanse(secret, sizeof secret);
    }
}

static bool add_jwks(rtcio__jwt_keys *keys, const char *text)
{
    json_t *set = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *jwk;
    size_t i, before = keys->n;
    json_array_foreach(json_object_get(set, "keys"), i, jwk) add_jwk(keys, jwk, true);
    json_decref(set);
    return keys->n > before;
}

/* --- the set -------------------------------------------------------------------------------- */

static bool add_secrets(rtcio__jwt_keys *keys, const char *list)
{
    while (*list != '\0') {
        const char *start = list + strspn(list, ", "), *end = start + strcspn(start, ",");
        list = end;
        while (end > start && end[-1] == ' ')
            end--;
        if (end > start && !add_secret(keys, start, (size_t)(end - start), NULL))
            return false;
    }
    return true;
}

size_t rtcio__jwt_keys_count(const rtcio__jwt_keys *keys)
{
    return keys->n;
}

void rtcio__jwt_keys_destroy(rtcio__jwt_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->n; i++) {
        if (keys->list[i].secret != NULL)
            OPENSSL_cleanse(keys->list[i].secret, keys->list[i].secret_len);
        free(keys->list[i].secret);
        free(keys->list[i].kid);
        EVP_PKEY_free(keys->list[i].pkey);
    }
    free(keys->list);
    free(keys);
}

rtcio__jwt_keys *rtcio__jwt_keys_create(const char *secrets, const char *public_keys,
                                        const char *jwks, char *why, size_t why_size)
{
    rtcio__jwt_keys *keys = calloc(1, sizeof *keys);
    const char *fault = NULL;
    if (keys == NULL || (secrets != NULL && !add_secrets(keys, secrets)))
        fault = "secrets: more than 64 keys, or out of memory";
    else if (public_keys != NULL && *public_keys != '\0' && !add_pem(keys, public_keys))
        fault = "public_keys: not PEM of public keys of RSA (2048 bits or more), P-256 or Ed25519";
    else if (jwks != NULL && *jwks != '\0' && !add_jwks(keys, jwks))
        fault = "jwks: not a JWK set with a key that can verify RS256, ES256, EdDSA or HS256";
    else if (keys->n == 0)
        fault = "secrets: give a secret, public keys or a JWK set";
    if (fault == NULL)
        return keys;
    snprintf(why, why_size, "%s", fault);
    rtcio__jwt_keys_destroy(keys);
    return NULL;
}

rtcio__jwt_keys *rtcio__jwt_keys_create_issued(const char *jwks, size_t len, const char **fault)
{
    json_t *set = json_loadb(jwks, len, JSON_REJECT_DUPLICATES, NULL), *jwk;
    const json_t *list = json_object_get(set, "keys");
    rtcio__jwt_keys *keys = NULL;
    size_t i;
    *fault = NULL;
    if (!json_is_array(list))
        *fault = "not a JWK set";
    else if (json_array_size(list) > KEYS_MAX)
        *fault = "more than 64 keys";
    else if ((keys = calloc(1, sizeof *keys)) == NULL)
        *fault = "out of memory";
    else
        json_array_foreach(list, i, jwk) add_jwk(keys, jwk, false);
    json_decref(set);
    if (*fault == NULL && keys->n == 0)
        *fault = "no public key that can verify RS256, ES256 or EdDSA";
    if (*fault == NULL)
        return keys;
    rtcio__jwt_keys_destroy(keys);
    return NULL;
}
