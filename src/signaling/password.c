/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Room passwords. Knows no rooms but their names, and never shows a password to anybody. */

#include "signaling/password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/random.h>

int rtcio__signaling_password_key_init(rtcio__signaling_password_key *key)
{
    ssize_t n = getrandom(key->bytes, sizeof key->bytes, 0);
    return n == (ssize_t)sizeof key->bytes ? 0 : RTCIO_E_SYSTEM;
}

/* A keyed hash, not a slow one. These passwords are never stored: they live in the memory of one
 * process while somebody is in the room, and so does the key; a copy of the hashes alone (a log,
 * a debugger's print) gives nothing to guess against, and who reads the whole memory reads the
 * next password as it arrives. A slow hash would add little to that, and hand every client a way
 * to burn our processor with join requests. */
static int hash(unsigned char mac[32], const rtcio__signaling_password_key *key, const char *room,
                rtcio_slice text)
{
    unsigned char buf[512];
    size_t room_len = strlen(room) + 1; /* its NUL separates the two */
    if (room_len + text.len > sizeof buf)
        return RTCIO_E_SYSTEM;
    memcpy(buf, room, room_len);
    memcpy(buf + room_len, text.data, text.len);
    unsigned int mac_len = 32;
    const unsigned char *done = HMAC(EVP_sha256(), key->bytes, (int)sizeof key->bytes, buf,
                                     room_len + text.len, mac, &mac_len);
    OPENSSL_cleanse(buf, room_len + text.len);
    return done != NULL && mac_len == 32 ? 0 : RTCIO_E_SYSTEM;
}

int rtcio__signaling_password_set(rtcio__signaling_password *password,
                                  const rtcio__signaling_password_key *key, const char *room,
                                  rtcio_slice text)
{
    int rc = hash(password->mac, key, room, text);
    password->set = rc == 0;
    return rc;
}

bool rtcio__signaling_password_is(const rtcio__signaling_password *password,
                                  const rtcio__signaling_password_key *key, const char *room,
                                  rtcio_slice text)
{
    unsigned char mac[32];
    if (!password->set || hash(mac, key, room, text) != 0)
        return false;
    return CRYPTO_memcmp(mac, password->mac, sizeof mac) == 0;
}

/* White space and line ends of ECMAScript outside ASCII, as UTF-8. */
static const char *const wide_spaces[] = {
    "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87",
    "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9",
    "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF",
};

/* Bytes of the white space that starts at `p` (or ends at its end, with `backwards`); 0: none. */
static size_t space_len(const char *p, size_t len, bool backwards)
{
    if (len == 0)
        return 0;
    char c = backwards ? p[len - 1] : p[0];
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    for (size_t i = 0; i < sizeof wide_spaces / sizeof *wide_spaces; i++) {
        size_t n = strlen(wide_spaces[i]);
        if (n <= len && memcmp(backwards ? p + len - n : p, wide_spaces[i], n) == 0)
            return n;
    }
    return 0;
}

rtcio_slice rtcio__signaling_trim(rtcio_slice text)
{
    size_t n;
    while ((n = space_len(text.data, text.len, false)) > 0) {
        text.data += n;
        text.len -= n;
    }
    while ((n = space_len(text.data, text.len, true)) > 0)
        text.len -= n;
    return text;
}
