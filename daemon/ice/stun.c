/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Writes and reads STUN messages. What is read comes from the network: every length is checked
 * before it is used. */

#include "stun.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#define HEADER 20
#define COOKIE 0x2112A442u

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, size_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value & 0xFFFF);
}

bool rtcio__stun_key_init(rtcio__stun_key *key, const char *username, const char *realm,
                          const char *password)
{
    char text[1024];
    int n = snprintf(text, sizeof text, "%s:%s:%s", username, realm, password);
    return n > 0 && (size_t)n < sizeof text &&
           EVP_Digest(text, (size_t)n, key->md5, NULL, EVP_md5(), NULL) == 1;
}

bool rtcio__stun_begin(rtcio__stun *m, unsigned type)
{
    put16(m->bytes, type);
    put16(m->bytes + 2, 0);
    put32(m->bytes + 4, COOKIE);
    m->len = HEADER;
    return RAND_bytes(m->bytes + 8, 12) == 1;
}

bool rtcio__stun_add(rtcio__stun *m, unsigned attribute, const void *value, size_t len)
{
    size_t padded = (len + 3) & ~(size_t)3;
    if (len > RTCIO__STUN_MAX || padded + 4 > sizeof m->bytes - m->len)
        return false;
    uint8_t *p = m->bytes + m->len;
    put16(p, attribute);
    put16(p + 2, len);
    memset(p + 4, 0, padded);
    if (len > 0)
        memcpy(p + 4, value, len);
    m->len += 4 + padded;
    put16(m->bytes + 2, m->len - HEADER);
    return true;
}

bool rtcio__stun_add_u32(rtcio__stun *m, unsigned attribute, uint32_t value)
{
    uint8_t bytes[4];
    put32(bytes, value);
    return rtcio__stun_add(m, attribute, bytes, sizeof bytes);
}

/* "The text used as input to HMAC is the STUN message, up to and including the attribute preceding
 * the MESSAGE-INTEGRITY attribute", with a length that includes it (RFC 8489, 14.5). */
bool rtcio__stun_sign(rtcio__stun *m, const rtcio__stun_key *key)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned mac_len;
    put16(m->bytes + 2, m->len - HEADER + 24);
    if (HMAC(EVP_sha1(), key->md5, sizeof key->md5, m->bytes, m->len, mac, &mac_len) == NULL)
        return false;
    return rtcio__stun_add(m, RTCIO__STUN_MESSAGE_INTEGRITY, mac, mac_len);
}

size_t rtcio__stun_length(const uint8_t *bytes, size_t len)
{
    return len < 4 ? 0 : HEADER + get16(bytes + 2);
}

static bool is_well_formed(const rtcio__stun *m)
{
    if (m->len < HEADER || (m->bytes[0] & 0xC0) != 0 ||
        rtcio__stun_length(m->bytes, m->len) != m->len || m->len % 4 != 0)
        return false;
    for (size_t at = HEADER; at < m->len;) {
        size_t padded = (get16(m->bytes + at + 2) + 3) & ~(size_t)3;
        if (padded > m->len - at - 4)
            return false;
        at += 4 + padded;
    }
    return true;
}

bool rtcio__stun_answers(const rtcio__stun *m, const rtcio__stun *request)
{
    return is_well_formed(m) && memcmp(m->bytes + 4, request->bytes + 4, 16) == 0 &&
           (rtcio__stun_type(m) & 0x110) != 0 &&
           (rtcio__stun_type(m) & ~0x110u) == rtcio__stun_type(request);
}

unsigned rtcio__stun_type(const rtcio__stun *m)
{
    return get16(m->bytes);
}

const uint8_t *rtcio__stun_find(const rtcio__stun *m, unsigned attribute, size_t *len)
{
    for (size_t at = HEADER; at < m->len;) {
        *len = get16(m->bytes + at + 2);
        if (get16(m->bytes + at) == attribute)
            return m->bytes + at + 4;
        at += 4 + ((*len + 3) & ~(size_t)3);
    }
    *len = 0;
    return NULL;
}

unsigned rtcio__stun_error(const rtcio__stun *m, char *reason, size_t size)
{
    size_t len;
    const uint8_t *p = rtcio__stun_find(m, RTCIO__STUN_ERROR_CODE, &len);
    snprintf(reason, size, "%s", "");
    if (p == NULL || len < 4)
        return 0;
    size_t used = 0;
    for (size_t i = 4; i < len && used + 1 < size; i++)
        reason[used++] = p[i] >= ' ' && p[i] < 0x7F ? (char)p[i] : '?';
    reason[used] = '\0';
    return (p[2] & 7u) * 100 + p[3] % 100;
}
