/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Tokens and keys. The first byte says what the rest is:
 *   t  a token, as a client sends it, against one key of each kind
 *   s  a header, a line's end, claims: put together and signed here
 *   k  a JWK set, a NUL, a token
 *   i  the same, as an issuer publishes it
 *   p  public keys in PEM, a NUL, a token
 *   l  a list of secrets, a NUL, a token */

#include "signaling/jwt_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "fuzz.h"

#define SECRET "a secret that signs"

static const char jwks[] =
    "{\"keys\":["
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
    "wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_"
    "YpRPEwOWvG6b32690r2jZ47soMZo9wG"
    "zjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxv"
    "b3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWy"
    "uXpoQ\"}]}";

static rtcio__jwt_keys *known(void)
{
    static rtcio__jwt_keys *keys;
    char why[200] = "";
    if (keys == NULL)
        keys = rtcio__jwt_keys_create(SECRET, NULL, jwks, why, sizeof why);
    FUZZ_CHECK(keys != NULL && keys->n == 4);
    return keys;
}

/* In a block of its own size. */
static bool verify(const rtcio__jwt_keys *keys, const char *token, size_t len)
{
    char *copy = fuzz_copy(token, len, 0);
    json_t *claims = rtcio__jwt_verify(keys, copy, len);
    const bool good = claims != NULL;
    FUZZ_CHECK(!good || (json_is_object(claims) && len <= RTCIO__JWT_MAX));
    json_decref(claims);
    /* What is signed holds as it is only. Keys of an input may be so weak that they sign all. */
    for (size_t at = 0; good && keys == known() && at < len; at += 1 + len / 16) {
        const char before = copy[at];
        copy[at] = before == 'A' ? 'B' : 'A';
        FUZZ_CHECK(rtcio__jwt_verify(keys, copy, len) == NULL);
        copy[at] = before;
    }
    free(copy);
    return good;
}

/* What is decoded is written in one way only. */
static void check_base64url(const char *text, size_t len)
{
    const size_t size = len / 4 * 3 + len % 4;
    unsigned char *bytes = (unsigned char *)fuzz_copy("", 0, size);
    const int n = rtcio__base64url_decode(text, len, bytes, size);
    if (n >= 0) {
        char *again = fuzz_copy("", 0, (size_t)n * 4 / 3 + 5);
        FUZZ_CHECK((size_t)n <= size);
        EVP_EncodeBlock((unsigned char *)again, bytes, n);
        for (char *p = again; *p != '\0'; p++)
            *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
        FUZZ_CHECK(strcspn(again, "=") == len && memcmp(again, text, len) == 0);
        free(again);
        FUZZ_CHECK(n == 0 || rtcio__base64url_decode(text, len, bytes, (size_t)n - 1) == -1);
    }
    free(bytes);
}

static size_t encode(const void *bytes, size_t len, char *out)
{
    EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);
    for (char *p = out; *p != '\0'; p++)
        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
    return strcspn(out, "=");
}

static json_t *object(const char *text, size_t len)
{
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

/* Signed well: taken exactly when header and claims say so. */
static void check_signed(const char *text, size_t len)
{
    const char *end = memchr(text, '\n', len);
    const size_t header_len = end != NULL ? (size_t)(end - text) : len;
    const char *claims_text = text + (end != NULL ? header_len + 1 : len);
    const size_t claims_len = len - (size_t)(claims_text - text);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    char *token = fuzz_copy("", 0, len * 4 / 3 + 128);
    size_t used = encode(text, header_len, token);

    token[used++] = '.';
    used += encode(claims_text, claims_len, token + used);
    FUZZ_CHECK(HMAC(EVP_sha256(), SECRET, sizeof SECRET - 1, (unsigned char *)token, used, mac,
                    &mac_len) != NULL);
    token[used++] = '.';
    used += encode(mac, mac_len, token + used);

    json_t *header = object(text, header_len), *claims = object(claims_text, claims_len);
    const char *alg = json_string_value(json_object_get(header, "alg"));
    const bool expected = used <= RTCIO__JWT_MAX && claims != NULL && alg != NULL &&
                          strcmp(alg, "HS256") == 0 && json_object_get(header, "crit") == NULL;
    FUZZ_CHECK(verify(known(), token, used) == expected);
    json_decref(header);
    json_decref(claims);
    free(token);
}

/* Keys, then a token for them. */
static void check_keys(char kind, const char *text, size_t len)
{
    const char *end = memchr(text, '\0', len);
    const size_t keys_len = end != NULL ? (size_t)(end - text) : len;
    char *given = fuzz_copy(text, keys_len, 1), why[200] = "";
    given[keys_len] = '\0';
    const char *fault = NULL;
    rtcio__jwt_keys *keys =
        kind == 'i' ? rtcio__jwt_keys_create_issued(given, keys_len, &fault)
                    : rtcio__jwt_keys_create(kind == 'l' ? given : NULL, kind == 'p' ? given : NULL,
                                             kind == 'k' ? given : NULL, why, sizeof why);
    FUZZ_CHECK((keys == NULL) == (why[0] != '\0' || fault != NULL));
    for (size_t i = 0; kind == 'i' && keys != NULL && i < keys->n; i++)
        FUZZ_CHECK(keys->list[i].pkey != NULL && keys->list[i].secret == NULL);
    if (kind == 'i' && end != NULL)
        (void)rtcio__jwt_is_newer(keys, end + 1, len - keys_len - 1);
    if (keys != NULL && end != NULL)
        (void)verify(keys, end + 1, len - keys_len - 1);
    rtcio__jwt_keys_destroy(keys);
    free(given);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *text = (const char *)data + 1;
    switch (data[0]) {
    case 't':
        (void)verify(known(), text, size - 1);
        check_base64url(text, size - 1);
        break;
    case 's':
        check_signed(text, size - 1);
        break;
    case 'i':
    case 'k':
    case 'p':
    case 'l':
        check_keys((char)data[0], text, size - 1);
        break;
    default:
        break;
    }
    return 0;
}
