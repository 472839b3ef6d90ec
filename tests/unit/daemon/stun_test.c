/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* STUN messages: the test vector of RFC 5769 section 2.4, and answers that lie about their lengths.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ice/stun.h"

#include <string.h>

/* RFC 5769 2.4: a request with long-term authentication. */
static const uint8_t rfc5769[] =
    "\x00\x01\x00\x60\x21\x12\xa4\x42\x78\xad\x34\x33\xc6\xad\x72\xc0\x29\xda\x41\x2e"
    "\x00\x06\x00\x12\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9\x00"
    "\x00"
    "\x00\x15\x00\x1c\x66\x2f\x2f\x34\x39\x39\x6b\x39\x35\x34\x64\x36\x4f\x4c\x33\x34\x6f\x4c\x39"
    "\x46"
    "\x53\x54\x76\x79\x36\x34\x73\x41"
    "\x00\x14\x00\x0b\x65\x78\x61\x6d\x70\x6c\x65\x2e\x6f\x72\x67\x00"
    "\x00\x08\x00\x14\xf6\x70\x24\x65\x6d\xd6\x4a\x3e\x02\xb8\xe0\x71\x2e\x85\xc9\xa2\x8c\xa8\x96"
    "\x66";

static void signs_as_the_rfc(void **state)
{
    (void)state;
    static const char user[] =
        "\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9";
    rtcio__stun m;
    rtcio__stun_key key;
    assert_true(rtcio__stun_key_init(&key, user, "example.org", "TheMatrIX"));
    assert_true(rtcio__stun_begin(&m, 0x001));
    memcpy(m.bytes + 8, rfc5769 + 8, 12);
    assert_true(rtcio__stun_add(&m, RTCIO__STUN_USERNAME, user, sizeof user - 1));
    assert_true(rtcio__stun_add(&m, RTCIO__STUN_NONCE, "f//499k954d6OL34oL9FSTvy64sA", 28));
    assert_true(rtcio__stun_add(&m, RTCIO__STUN_REALM, "example.org", 11));
    assert_true(rtcio__stun_sign(&m, &key));
    assert_int_equal(m.len, sizeof rfc5769 - 1);
    assert_memory_equal(m.bytes, rfc5769, m.len);
}

static void lengths_are_not_believed(void **state)
{
    (void)state;
    rtcio__stun request, answer;
    assert_true(rtcio__stun_begin(&request, RTCIO__STUN_ALLOCATE));
    assert_true(rtcio__stun_begin(&answer, RTCIO__STUN_ALLOCATE | RTCIO__STUN_ERROR));
    memcpy(answer.bytes + 8, request.bytes + 8, 12);
    assert_true(rtcio__stun_add(&answer, RTCIO__STUN_ERROR_CODE, "\0\0\x04\x01Unauthorized", 16));
    assert_true(rtcio__stun_answers(&answer, &request));

    char reason[8];
    assert_int_equal(rtcio__stun_error(&answer, reason, sizeof reason), 401);
    assert_string_equal(reason, "Unautho");
    for (size_t len = 0; len < answer.len; len++) {
        rtcio__stun cut = {.len = len};
        memcpy(cut.bytes, answer.bytes, len);
        assert_false(rtcio__stun_answers(&cut, &request));
    }
    answer.bytes[23]++; /* the attribute's length: one more than there is, after padding */
    assert_false(rtcio__stun_answers(&answer, &request));
    answer.bytes[23]--;
    answer.bytes[8] ^= 1; /* another transaction */
    assert_false(rtcio__stun_answers(&answer, &request));
}

static void full_is_full(void **state)
{
    (void)state;
    rtcio__stun m;
    char big[RTCIO__STUN_MAX + 1] = "";
    assert_true(rtcio__stun_begin(&m, RTCIO__STUN_REFRESH));
    assert_false(rtcio__stun_add(&m, RTCIO__STUN_REALM, big, sizeof big));
    assert_false(rtcio__stun_add(&m, RTCIO__STUN_REALM, big, RTCIO__STUN_MAX - 20));
    assert_true(rtcio__stun_add(&m, RTCIO__STUN_REALM, big, RTCIO__STUN_MAX - 24));
    assert_false(rtcio__stun_add(&m, RTCIO__STUN_REALM, big, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_the_rfc),
        cmocka_unit_test(lengths_are_not_believed),
        cmocka_unit_test(full_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
