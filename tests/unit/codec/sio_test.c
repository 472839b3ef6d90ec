/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The packet codec against the Socket.IO spec, sections 5.1, 5.2 and what of 11.2 is decided here,
 * and against the published attacks on other parsers of this format. */

#include "codec/sio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *text; /* the last decoded packet, in a block that ends with its writable byte */
static struct rtcio__sio_packet packet;

static const char *decode_len(const char *input, size_t len)
{
    free(text);
    text = malloc(len + 1);
    assert_non_null(text);
    memcpy(text, input, len);
    text[len] = 'X'; /* whatever follows on the wire */
    memset(&packet, 0xa5, sizeof packet);
    return rtcio__sio_decode(text, len, 64, &packet);
}

static void accept(const char *input)
{
    const char *error = decode_len(input, strlen(input));
    if (error != NULL)
        fail_msg("%s: %s", input, error);
}

static void refuse(const char *input, const char *expected)
{
    const char *error = decode_len(input, strlen(input));
    if (error == NULL || strcmp(error, expected) != 0)
        fail_msg("%s: %s instead of %s", input, error != NULL ? error : "taken", expected);
}

static void assert_text(const char *actual, size_t len, const char *expected)
{
    if (expected == NULL) {
        assert_null(actual);
        assert_int_equal(len, 0);
        return;
    }
    assert_non_null(actual);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(actual, expected, len);
}

static void assert_head(enum rtcio__sio_type type, const char *nsp, const char *id)
{
    assert_int_equal(packet.type, type);
    assert_text(packet.nsp, packet.nsp_len, nsp);
    assert_text(packet.id, packet.id_len, id);
}

static void assert_event(const char *name, const char *args, size_t n_args, const char *first)
{
    assert_non_null(packet.event);
    assert_text(packet.event, packet.event_len, name);
    assert_int_equal(packet.event[packet.event_len], '\0');
    assert_text(packet.args, packet.args_len, args);
    assert_int_equal(packet.n_args, n_args);
    assert_text(packet.first, packet.first_len, first);
    assert_int_equal(packet.first_is_object, first != NULL && first[0] == '{');
}

/* "First char must be a digit 0-6, else error `unknown packet type`." */
static void test_type(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char input = (char)c;
        const char *error = decode_len(&input, 1);
        if (c >= '0' && c <= '4')
            assert_null(error);
        else
            assert_string_equal(error, c == '5' || c == '6' ? "Illegal attachments"
                                                            : "unknown packet type");
    }
    refuse("", "unknown packet type");
    refuse(" 2[\"a\"]", "unknown packet type");
    refuse("a", "unknown packet type");
    refuse("-1", "unknown packet type");
}

/* "Types 5/6: digits up to `-`; must be an integer 1..10". The long ones: CVE-2026-33151. */
static void test_attachments(void **state)
{
    static const char *const illegal[] = {
        "5",        "6",    "5-",        "50-",    "51",         "510",     "51000000",
        "500000-",  "5-1-", "5 1-",      "5+1-",   "51.0-",      "51e0-",   "50x1-",
        "51 -",     "5a-",  "5[\"a\"]-", "5/a,1-", "51,-",       "5\"1\"-", "6[]",
        "5[\"a\"]", "6-[]", "60-[]",     "5NaN-",  "5Infinity-",
    };
    static const char *const too_many[] = {
        "511-[\"a\"]",
        "5100-[\"a\"]",
        "51000000-[\"a\"]",
        "54294967297-[\"a\"]",
        "518446744073709551617-[\"a\"]",
        "611-[]",
        "599999999999999999999999999999999999999999-",
    };
    char input[32];
    (void)state;
    for (size_t i = 0; i < sizeof illegal / sizeof *illegal; i++)
        refuse(illegal[i], "Illegal attachments");
    for (size_t i = 0; i < sizeof too_many / sizeof *too_many; i++)
        refuse(too_many[i], "too many attachments");
    for (unsigned n = 1; n <= 10; n++) {
        (void)snprintf(input, sizeof input, "5%u-[\"a\"]", n);
        accept(input);
        assert_int_equal(packet.n_attachments, n);
        (void)snprintf(input, sizeof input, "6000%u-7[]", n);
        accept(input);
        assert_int_equal(packet.n_attachments, n);
        assert_head(RTCIO__SIO_BINARY_ACK, "/", "7");
    }
    /* other types have none: the digits are an ack id, the '-' is not JSON */
    refuse("21-[\"a\"]", "invalid payload");
    accept("2[\"a\"]");
    assert_int_equal(packet.n_attachments, 0);
}

/* "namespace runs to the first `,` or end of string; else `/`" */
static void test_namespace(void **state)
{
    (void)state;
    accept("0");
    assert_head(RTCIO__SIO_CONNECT, "/", NULL);
    accept("0/adm");
    assert_head(RTCIO__SIO_CONNECT, "/adm", NULL);
    accept("0/adm,");
    assert_head(RTCIO__SIO_CONNECT, "/adm", NULL);
    assert_null(packet.data);
    accept("0/adm,{\"t\":1}");
    assert_head(RTCIO__SIO_CONNECT, "/adm", NULL);
    assert_text(packet.data, packet.data_len, "{\"t\":1}");
    accept("0/adm{\"a\":1}");
    assert_head(RTCIO__SIO_CONNECT, "/adm{\"a\":1}", NULL);
    assert_null(packet.data);
    accept("0/adm?x=1,");
    assert_head(RTCIO__SIO_CONNECT, "/adm?x=1", NULL);
    accept("0/");
    assert_head(RTCIO__SIO_CONNECT, "/", NULL);
    accept("2/,[\"a\"]");
    assert_head(RTCIO__SIO_EVENT, "/", NULL);
    accept("2/a/b,12[\"a\"]");
    assert_head(RTCIO__SIO_EVENT, "/a/b", "12");
    accept("51-/n,3[\"a\"]");
    assert_head(RTCIO__SIO_BINARY_EVENT, "/n", "3");
    accept("1/adm,");
    assert_head(RTCIO__SIO_DISCONNECT, "/adm", NULL);
    /* no comma but that in the array: the rest is `1]` */
    refuse("2/a[\"x\",1]", "invalid payload");
}

/* "Following digits = ack id": `007` is 7. Those of more than 20 digits are refused. */
static void test_id(void **state)
{
    static const char *const no_id[] = {"2-1[\"a\"]",  "2.1[\"a\"]", "2x1[\"a\"]", "21.5[\"a\"]",
                                        "21e3[\"a\"]", "2+1[\"a\"]", "21 2[\"a\"]"};
    (void)state;
    accept("20[\"a\"]");
    assert_head(RTCIO__SIO_EVENT, "/", "0");
    accept("2000[\"a\"]");
    assert_head(RTCIO__SIO_EVENT, "/", "0");
    accept("2007[\"a\"]");
    assert_head(RTCIO__SIO_EVENT, "/", "7");
    accept("2100[\"a\"]");
    assert_head(RTCIO__SIO_EVENT, "/", "100");
    accept("212345678901234567890[\"a\"]");
    assert_head(RTCIO__SIO_EVENT, "/", "12345678901234567890");
    accept("200000000000000000000000000000099999999999999999999[\"a\"]");
    assert_head(RTCIO__SIO_EVENT, "/", "99999999999999999999");
    refuse("2123456789012345678901[\"a\"]", "illegal id");
    refuse("3123456789012345678901", "illegal id");
    refuse("61-123456789012345678901", "illegal id");
    for (size_t i = 0; i < sizeof no_id / sizeof *no_id; i++)
        refuse(no_id[i], "invalid payload");
    /* "extra ack id on CONNECT or DISCONNECT ignored" */
    accept("012{}");
    assert_head(RTCIO__SIO_CONNECT, "/", "12");
    accept("112");
    assert_head(RTCIO__SIO_DISCONNECT, "/", "12");
    /* "ignore-class inputs" */
    accept("36");
    assert_head(RTCIO__SIO_ACK, "/", "6");
    assert_null(packet.data);
    assert_int_equal(packet.n_args, 0);
    assert_text(packet.args, packet.args_len, "");
}

/* The table of step 5, without events. */
static void test_payload_types(void **state)
{
    static const struct {
        char type;
        const char *taken[4];
        const char *refused[14];
    } rows[] = {
        {'0',
         {"{}", "{\"a\":[1]}", " {} "},
         {"[]", "[{}]", "\"x\"", "null", "true", "false", "{", "{}{}", "{}x", "undefined", " "}},
        {'1', {""}, {"{}", "[]", "\"x\"", "null", "true", " ", "undefined"}},
        {'3',
         {"[]", "[1,\"a\",null]", " [ ] ", "[null]"},
         {"{}", "\"x\"", "null", "true", "[", "[1", "[1,", "[,]", "[1,]", "[1]]", "[]x", "[1 2]"}},
        {'4',
         {"{\"message\":\"x\"}", "\"x\"", "{}", ""},
         {"[]", "null", "true", "\"", "\"x", "\"x\"\"", "{", "[{}]"}},
    };
    char input[64];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t k = 0; k < 4 && rows[i].taken[k] != NULL; k++) {
            (void)snprintf(input, sizeof input, "%c%s", rows[i].type, rows[i].taken[k]);
            accept(input);
        }
        for (size_t k = 0; k < 14 && rows[i].refused[k] != NULL; k++) {
            (void)snprintf(input, sizeof input, "%c%s", rows[i].type, rows[i].refused[k]);
            refuse(input, "invalid payload");
        }
    }
}

/* "EVENT: absent, or array whose first element is a number, or a string not in the reserved list
 * (empty string ok)". The first three: CVE-2023-32695. */
static void test_event_refused(void **state)
{
    static const char *const inputs[] = {
        "2[{\"toString\":\"foo\"}]",
        "2[true,\"foo\"]",
        "2[null,\"bar\"]",
        "2[false]",
        "2[[\"a\"]]",
        "2[]",
        "2[ ]",
        "2{}",
        "2null",
        "2true",
        "2\"a\"",
        "2 ",
        "2[",
        "2]",
        "2[\"a",
        "2[\"a\"",
        "2[\"a\",",
        "2[\"a\",]",
        "2[\"a\",1",
        "2[\"a\",1,]",
        "2[,\"a\"]",
        "2[\"a\",,1]",
        "2[\"a\" 1]",
        "2[\"a\",1 2]",
        "2[\"a\",1;2]",
        "2[\"a\"1]",
        "2[\"a\":1]",
        "2[\"a\"}",
        "2[\"a\"]]",
        "2[\"a\"]x",
        "2[\"a\"][\"a\"]",
        "2[\"a\"],",
        "2[\"a\",{]",
        "2[\"a\",{\"b\"}]",
        "2[\"a\",{\"b\":1]",
        "2[\"a\",undefined]",
        "2[\"\\x41\"]",
        "2[\"a\n\"]",
        "2[01]",
        "2[-]",
        "2[1.]",
        "2[1e]",
        "2[+1]",
        "2[1 2]",
        "2[1,]",
        "2[1",
        "2[-",
        "2[NaN]",
        "51-[null]",
        "51-[]",
        "51-{}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        refuse(inputs[i], "invalid payload");
    assert_string_equal(decode_len("2[\"a\"]\0", 7), "invalid payload");
    assert_string_equal(decode_len("2\0", 2), "invalid payload");
}

static void test_event_name(void **state)
{
    (void)state;
    accept("2[\"a\"]");
    assert_event("a", "", 0, NULL);
    accept("2[\"\"]");
    assert_event("", "", 0, NULL);
    accept("2[ \"a\" ] ");
    assert_event("a", "", 0, NULL);
    accept("2[\"\\u0061\\n\\\"\\ud83d\\ude00\",1]");
    assert_event("a\n\"\xf0\x9f\x98\x80", "1", 1, "1");
    accept("2[\"%n%s\\ud800\"]");
    assert_event("%n%s\xef\xbf\xbd", "", 0, NULL);
    accept("2[\"h\xc3\xa9\"]");
    assert_event("h\xc3\xa9", "", 0, NULL);
    /* the length, not the NUL, says where it ends */
    accept("2[\"a\\u0000b\"]");
    assert_int_equal(packet.event_len, 3);
    assert_memory_equal(packet.event, "a\0b", 4);
    /* "42 (no payload) dispatches an event with no name" */
    accept("2");
    assert_event("", "", 0, NULL);
    accept("2/adm,12");
    assert_event("", "", 0, NULL);
    accept("51-");
    assert_event("", "", 0, NULL);
    /* others have none */
    accept("3[\"a\"]");
    assert_null(packet.event);
    accept("0{}");
    assert_null(packet.event);
}

/* A number is named by its own text; the byte behind it becomes the NUL. */
static void test_event_number(void **state)
{
    (void)state;
    accept("2[1]");
    assert_event("1", "", 0, NULL);
    accept("2[0,2]");
    assert_event("0", "2", 1, "2");
    accept("2[-12.5e+3,\"x\",{}]");
    assert_event("-12.5e+3", "\"x\",{}", 2, "\"x\"");
    accept("2[ 7 , 8 ]");
    assert_event("7", "8", 1, "8");
    accept("27[7]");
    assert_head(RTCIO__SIO_EVENT, "/", "7");
    assert_event("7", "", 0, NULL);
    accept("51-[5,{\"_placeholder\":true,\"num\":0}]");
    assert_event("5", "{\"_placeholder\":true,\"num\":0}", 1, "{\"_placeholder\":true,\"num\":0}");
}

static void test_reserved(void **state)
{
    static const char *const reserved[] = {
        "connect",     "connect_error",  "disconnect",    "disconnecting",
        "newListener", "removeListener", "c\\u006fnnect", "\\u0064isconnecting",
    };
    static const char *const usual[] = {
        "error",          "connection",     "message",     "Connect",   "connect ",
        "connect_errors", "connecter",      "newlistener", "reconnect", "",
        "removeListene",  "connect\\u0000", "__proto__",   "toString",  "constructor",
        "hasOwnProperty",
    };
    char input[64];
    (void)state;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        (void)snprintf(input, sizeof input, "2[\"%s\",1]", reserved[i]);
        refuse(input, "invalid payload");
        (void)snprintf(input, sizeof input, "51-[\"%s\"]", reserved[i]);
        refuse(input, "invalid payload");
        /* an ack may carry such a word */
        (void)snprintf(input, sizeof input, "31[\"%s\"]", reserved[i]);
        accept(input);
        if (strchr(reserved[i], '\\') == NULL)
            assert_true(rtcio__sio_reserved(reserved[i], strlen(reserved[i])));
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        (void)snprintf(input, sizeof input, "2[\"%s\"]", usual[i]);
        accept(input);
        assert_false(rtcio__sio_reserved(usual[i], strlen(usual[i])));
    }
}

static void test_args(void **state)
{
    (void)state;
    accept("2[\"a\",1]");
    assert_event("a", "1", 1, "1");
    assert_false(packet.first_is_object);
    accept("2[\"a\" , null , [1,[2]] , \"x,]\" ]");
    assert_event("a", "null , [1,[2]] , \"x,]\"", 3, "null");
    assert_int_equal(packet.depth, 2);
    accept("2[\"a\",\"]\"]");
    assert_event("a", "\"]\"", 1, "\"]\"");
    accept("2[\"#rtcio:message\",{ \"target\" : \"t\" ,\"data\":{\"d\":[1]}},{\"x\":1}]");
    assert_event("#rtcio:message", "{ \"target\" : \"t\" ,\"data\":{\"d\":[1]}},{\"x\":1}", 2,
                 "{ \"target\" : \"t\" ,\"data\":{\"d\":[1]}}");
    assert_true(packet.first_is_object);
    assert_int_equal(packet.index.n_members, 2);
    assert_text(packet.index.member[0].key, packet.index.member[0].key_len, "target");
    assert_text(packet.index.member[0].value, packet.index.member[0].value_len, "\"t\"");
    assert_text(packet.index.member[1].value, packet.index.member[1].value_len, "{\"d\":[1]}");
    assert_int_equal(packet.depth, 3);
    accept("2[\"a\",1,{\"b\":2}]");
    assert_event("a", "1,{\"b\":2}", 2, "1");
    assert_false(packet.first_is_object);

    /* "For ACK kinds args is the whole array's inside" */
    accept("36[\"a\", {\"b\":2} ]");
    assert_text(packet.args, packet.args_len, "\"a\", {\"b\":2}");
    assert_int_equal(packet.n_args, 2);
    assert_text(packet.first, packet.first_len, "\"a\"");
    assert_text(packet.data, packet.data_len, "[\"a\", {\"b\":2} ]");
    accept("36[ ]");
    assert_text(packet.args, packet.args_len, "");
    assert_int_equal(packet.n_args, 0);
    assert_null(packet.first);
    accept("36[{\"b\":2}]");
    assert_true(packet.first_is_object);
    assert_int_equal(packet.index.n_members, 1);
}

/* Only the name and one byte behind it may change: the arguments are sent on as they are. */
static void test_changes_nothing_else(void **state)
{
    static const char input[] =
        "51-/n,12[\"\\u0061\\\\\",{\"_placeholder\":true,\"num\":0},\"\\n\"]";
    const size_t name = 9, name_end = 17;
    (void)state;
    accept(input);
    assert_memory_equal(text, input, name + 1);
    assert_memory_equal(text + name_end + 1, input + name_end + 1, sizeof input - 1 - name_end - 1);
    assert_int_equal(text[sizeof input - 1], 'X');
    assert_event("a\\", "{\"_placeholder\":true,\"num\":0},\"\\n\"", 2,
                 "{\"_placeholder\":true,\"num\":0}");
}

/* max_depth is that of the payload, depth that of its elements. */
static void test_depth(void **state)
{
    static const struct {
        const char *before, *after;
    } kinds[] = {{"2[\"a\",", "]"}, {"51-[\"a\",0,", "]"}, {"31[", "]"}, {"0{\"a\":", "}"}};
    static const unsigned limits[] = {0, 1, 2, 64, 511, 512};
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
            for (unsigned depth = 0; depth < 515; depth++) {
                char input[1100];
                size_t n = strlen(kinds[k].before);
                memcpy(input, kinds[k].before, n);
                memset(input + n, '[', depth);
                n += depth;
                input[n++] = '1';
                memset(input + n, ']', depth);
                n += depth;
                input[n++] = kinds[k].after[0];
                const char *error = rtcio__sio_decode(input, n, limits[l], &packet);
                assert_true((error == NULL) == (depth + 1 <= limits[l]));
                if (error == NULL)
                    assert_int_equal(packet.depth, depth);
            }
        }
    }
    accept("2[\"a\"]");
    assert_int_equal(packet.depth, 0);
    accept("31[]");
    assert_int_equal(packet.depth, 0);
    accept("2");
    assert_int_equal(packet.depth, 0);
}

/* A packet cut anywhere in its payload is refused. */
static void test_truncations(void **state)
{
    static const struct {
        const char *input;
        size_t head; /* what may stand without a payload */
    } cases[] = {
        {"2/adm,12[\"ev\\u0061\", {\"target\":\"x\",\"data\":[1,{}]},null ]", 8},
        {"52-/adm,12[\"ev\",{\"_placeholder\":true,\"num\":1},[\"x\"]]", 10},
        {"61-1[{\"_placeholder\":true,\"num\":0}]", 4},
        {"0/adm,{\"token\":\"x\\\"y\"}", 6},
        {"2[-12.5e+3,7]", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        accept(cases[i].input);
        for (size_t n = cases[i].head + 1; n < strlen(cases[i].input); n++)
            assert_string_equal(decode_len(cases[i].input, n), "invalid payload");
        assert_null(decode_len(cases[i].input, cases[i].head));
    }
}

/* Megabytes of what is expensive elsewhere (CVE-2020-36049): anything but linear time would be
 * noticed as a test that does not end. */
static void test_large(void **state)
{
    static const struct {
        const char *head, *piece, *tail;
        const char *error;
    } cases[] = {
        {"2[\"a\",\"", "\\\"", "\"]", NULL},
        {"2[\"a\",\"", "\\u0000", "\"]", NULL},
        {"2[\"a\",\"", "line\\r\\n", "\"]", NULL},
        {"2[\"", "\\ud83d", "\"]", NULL},
        {"2[\"a\",{", "\"\\u0061\":[{}],", "\"b\":0}]", NULL},
        {"51-[\"a\",{", "\"_placeholder\":true,\"num\":0,", "\"b\":0}]", NULL},
        {"51-[\"a\"", ",{\"_placeholder\":true,\"num\":0}", "]", NULL},
        {"2[\"a\"", ",[[[[[[[1]]]]]]]", "]", NULL},
        {"2[\"a\",", "1", "]", NULL},
        {"2[\"a\",", "[", "", "invalid payload"},
        {"2[\"a\",", "{\"a\":", "", "invalid payload"},
        {"2[\"a\"", " ", "", "invalid payload"},
        {"5", "0", "1-", NULL},
        {"5", "9", "-", "too many attachments"},
        {"2", "0", "7", NULL},
        {"2", "9", "", "illegal id"},
        {"2/", "/", "", NULL},
    };
    const size_t size = 4000000;
    char *input = malloc(size + 64);
    (void)state;
    assert_non_null(input);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].head);
        memcpy(input, cases[i].head, n);
        for (const size_t len = strlen(cases[i].piece); n < size; n += len)
            memcpy(input + n, cases[i].piece, len);
        memcpy(input + n, cases[i].tail, strlen(cases[i].tail));
        n += strlen(cases[i].tail);
        const char *error = decode_len(input, n);
        if ((error == NULL) != (cases[i].error == NULL) ||
            (error != NULL && strcmp(error, cases[i].error) != 0))
            fail_msg("%s%s...: %s", cases[i].head, cases[i].piece, error);
    }
    free(input);
}

static void assert_prefix(const char *expected, enum rtcio__sio_type type, unsigned n_attachments,
                          const char *nsp, const char *id)
{
    char out[128];
    const size_t nsp_len = strlen(nsp), id_len = id != NULL ? strlen(id) : 0;
    const size_t len = rtcio__sio_prefix(out, type, n_attachments, nsp, nsp_len, id, id_len);
    assert_text(out, len, expected);
    assert_true(len <= rtcio__sio_prefix_max(nsp_len, id_len));
}

/* Section 5.1. */
static void test_prefix(void **state)
{
    (void)state;
    assert_prefix("0", RTCIO__SIO_CONNECT, 0, "/", NULL);
    assert_prefix("0/adm,", RTCIO__SIO_CONNECT, 0, "/adm", NULL);
    assert_prefix("1/adm,", RTCIO__SIO_DISCONNECT, 0, "/adm", NULL);
    assert_prefix("2", RTCIO__SIO_EVENT, 0, "/", NULL);
    assert_prefix("212", RTCIO__SIO_EVENT, 0, "/", "12");
    assert_prefix("2/adm,12", RTCIO__SIO_EVENT, 0, "/adm", "12");
    assert_prefix("30", RTCIO__SIO_ACK, 0, "/", "0");
    assert_prefix("4/nope?x=1,", RTCIO__SIO_CONNECT_ERROR, 0, "/nope?x=1", NULL);
    assert_prefix("51-", RTCIO__SIO_BINARY_EVENT, 1, "/", NULL);
    assert_prefix("510-/adm,7", RTCIO__SIO_BINARY_EVENT, 10, "/adm", "7");
    assert_prefix("61-0", RTCIO__SIO_BINARY_ACK, 1, "/", "0");
    assert_prefix("64294967295-/a,18446744073709551615", RTCIO__SIO_BINARY_ACK, 4294967295u, "/a",
                  "18446744073709551615");
}

/* What is decoded and encoded again is what came, in its shortest form. */
static void test_round_trip(void **state)
{
    static const char *const inputs[] = {
        "0",
        "0/adm,{\"t\":1}",
        "1",
        "2[\"a\"]",
        "2/adm,12[\"a\",1,{\"b\":[]}]",
        "30[]",
        "3/adm,7[1,2]",
        "4{\"message\":\"x\"}",
        "51-[\"a\",{\"_placeholder\":true,\"num\":0}]",
        "610-/adm,0[]",
        "2[7,8]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        char out[128];
        accept(inputs[i]);
        size_t n = rtcio__sio_prefix(out, packet.type, packet.n_attachments, packet.nsp,
                                     packet.nsp_len, packet.id, packet.id_len);
        if (packet.data != NULL)
            memcpy(out + n, inputs[i] + (packet.data - text), packet.data_len);
        n += packet.data_len;
        assert_text(out, n, inputs[i]);
    }
}

static int release(void **state)
{
    (void)state;
    free(text);
    text = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_type),
        cmocka_unit_test(test_attachments),
        cmocka_unit_test(test_namespace),
        cmocka_unit_test(test_id),
        cmocka_unit_test(test_payload_types),
        cmocka_unit_test(test_event_refused),
        cmocka_unit_test(test_event_name),
        cmocka_unit_test(test_event_number),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_args),
        cmocka_unit_test(test_changes_nothing_else),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
