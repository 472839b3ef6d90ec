/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Base64. Pure: bytes in, bytes out. */

#include "base/base64.h"

static const char alphabet[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";

#define END 65 /* '=' */

/* Value of a character plus one; 0: not of either alphabet. */
static const uint8_t value_of[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,   ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11,  ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19,  ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27,  ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35,  ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43,  ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51,  ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59,  ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['-'] = 63,
    ['/'] = 64, ['_'] = 64, ['='] = END,
};

size_t rtcio__base64_encode(char *out, const void *data, size_t len)
{
    const uint8_t *p = data;
    char *o = out;

    for (; len >= 3; len -= 3, p += 3) {
        uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        *o++ = alphabet[v >> 18];
        *o++ = alphabet[v >> 12 & 63];
        *o++ = alphabet[v >> 6 & 63];
        *o++ = alphabet[v & 63];
    }
    if (len > 0) {
        uint32_t v = (uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0);
        *o++ = alphabet[v >> 18];
        *o++ = alphabet[v >> 12 & 63];
        *o++ = len > 1 ? alphabet[v >> 6 & 63] : '=';
        *o++ = '=';
    }
    return (size_t)(o - out);
}

size_t rtcio__base64_decode(void *out, const char *text, size_t len)
{
    /* Never writes a byte before the characters it is made of were read: out may be text. */
    uint8_t *o = out;
    uint32_t bits = 0;
    unsigned n_bits = 0;

    for (size_t i = 0; i < len; i++) {
        uint8_t v = value_of[(uint8_t)text[i]];
        if (v == END)
            break;
        if (v == 0)
            continue;
        bits = bits << 6 | (uint32_t)(v - 1);
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            *o++ = (uint8_t)(bits >> n_bits);
        }
    }
    return (size_t)(o - (uint8_t *)out);
}
