/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_PASSWORD_H
#define RTCIO_SIGNALING_PASSWORD_H

/* Room passwords: what is kept of them, and how one is compared (rtc.io spec 6.2, S8). */

#include <rtcio/types.h>

typedef struct rtcio__signaling_password_key {
    unsigned char bytes[32];
} rtcio__signaling_password_key;

typedef struct rtcio__signaling_password {
    bool set;
    unsigned char mac[32];
} rtcio__signaling_password;

/* A key of this process. 0 or RTCIO_E_SYSTEM when the system gives no random numbers. */
int rtcio__signaling_password_key_init(rtcio__signaling_password_key *key);

/* Keeps `text` as the password of `room`. 0 or RTCIO_E_SYSTEM when it cannot be hashed. */
int rtcio__signaling_password_set(rtcio__signaling_password *password,
                                  const rtcio__signaling_password_key *key, const char *room,
                                  rtcio_slice text);
/* True if `text` is the password, in a time that does not tell how much of it is right. */
bool rtcio__signaling_password_is(const rtcio__signaling_password *password,
                                  const rtcio__signaling_password_key *key, const char *room,
                                  rtcio_slice text);

/* `text` without white space at its ends: JavaScript's trim(). */
rtcio_slice rtcio__signaling_trim(rtcio_slice text);

#endif
