/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* JWK sets as an issuer publishes them: which keys count, and when a newer set is worth a look. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "signaling/jwt_key.h"

#define ED25519 \
    "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define P256                                                                                  \
    "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define OCT "\"kty\":\"oct\",\"k\":\"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\""

static rtcio__jwt_keys *read_set(const char *text, const char **fault)
{
    return rtcio__jwt_keys_create_issued(text, strlen(text), fault);
}

static void keys_that_count(void **state)
{
    (void)state;
    static const char text[] = "{\"keys\":["
                               "{" OCT ",\"kid\":\"a\"},"
                               "{" ED25519 ",\"kid\":\"b\",\"use\":\"sig\",\"alg\":\"EdDSA\"},"
                               "{" P256 ",\"key_ops\":[\"sign\",\"verify\"]},"
                               "{" P256 ",\"use\":\"enc\"},"
                               "{" P256 ",\"use\":7},"
                               "{" P256 ",\"alg\":\"ES384\"},"
                               "{" P256 ",\"alg\":\"HS256\"},"
                               "{" P256 ",\"key_ops\":[]},"
                               "{" P256 ",\"key_ops\":\"verify\"},"
                               "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\"},"
                               "{\"kty\":\"other\"}, {}, [], null, 7]}";
    const char *fault;
    rtcio__jwt_keys *keys = read_set(text, &fault);
    assert_non_null(keys);
    assert_null(fault);
    assert_int_equal(rtcio__jwt_keys_count(keys), 2);
    assert_int_equal(keys->list[0].alg, RTCIO__JWT_EDDSA);
    assert_string_equal(keys->list[0].kid, "b");
    assert_int_equal(keys->list[1].alg, RTCIO__JWT_ES256);
    assert_null(keys->list[1].kid);
    rtcio__jwt_keys_destroy(keys);
}

static void what_is_no_set(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "x",
                                        "[]",
                                        "{}",
                                        "{\"keys\":{}}",
                                        "{\"keys\":[]}",
                                        "{\"keys\":[{" OCT "}]}",
                                        "{\"keys\":[{" P256 "}],\"keys\":[]}",
                                        "{\"keys\":[{" P256 "}]}}"};
    const char *fault;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_null(read_set(texts[i], &fault));
        assert_non_null(fault);
    }
    assert_string_equal(fault, "not a JWK set");
}

static void at_most_64(void **state)
{
    (void)state;
    static char text[65 * 120];
    const char *fault;
    for (size_t n = 64; n <= 65; n++) {
        size_t len = (size_t)snprintf(text, sizeof text, "{\"keys\":[");
        for (size_t i = 0; i < n; i++)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s{" ED25519 "}",
                                    i > 0 ? "," : "");
        snprintf(text + len, sizeof text - len, "]}");
        rtcio__jwt_keys *keys = read_set(text, &fault);
        assert_int_equal(keys != NULL ? rtcio__jwt_keys_count(keys) : 0, n == 64 ? 64 : 0);
        rtcio__jwt_keys_destroy(keys);
    }
    assert_string_equal(fault, "more than 64 keys");
}

/* Headers: {"alg":"ES256","kid":"b"} and so on. */
static void when_to_look_for_newer(void **state)
{
    (void)state;
    static const char known[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImIifQ.e30.AA";
    static const char other[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImMifQ.e30.AA";
    static const char nameless[] = "eyJhbGciOiJFUzI1NiJ9.e30.AA";
    static const char hmac[] = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImMifQ.e30.AA";
    const char *fault;
    rtcio__jwt_keys *keys = read_set("{\"keys\":[{" P256 ",\"kid\":\"b\"}]}", &fault);
    assert_non_null(keys);
#define NEWER(set, token) rtcio__jwt_is_newer(set, token, strlen(token))
    assert_false(NEWER(keys, known));
    assert_true(NEWER(keys, other));
    assert_false(NEWER(keys, nameless));
    assert_false(NEWER(keys, hmac));
    assert_false(NEWER(keys, "x"));
    assert_false(NEWER(keys, ".."));
    assert_true(NEWER(NULL, known));
    assert_true(NEWER(NULL, nameless));
    assert_false(NEWER(NULL, hmac));
#undef NEWER
    rtcio__jwt_keys_destroy(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_count),
        cmocka_unit_test(what_is_no_set),
        cmocka_unit_test(at_most_64),
        cmocka_unit_test(when_to_look_for_newer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
