/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_KEY_H
#define RTCIO_DAEMON_CONTROL_KEY_H

/* Who may use the control API: keys, and addresses that have tried wrong ones. Knows no HTTP. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCIO__MAX_KEYS 8
#define RTCIO__MIN_KEY  16 /* characters of one */

/* Keys as they are kept: what memory shows of them opens nothing. */
typedef struct rtcio__keys {
    unsigned char digest[RTCIO__MAX_KEYS][32];
    size_t n; /* 0: none is asked for */
} rtcio__keys;

/* From a list separated by commas. False when one is too short or there are too many; what fits is
 * there then. */
bool rtcio__keys_read(rtcio__keys *keys, const char *list);
/* In a time that does not tell how much of it is right. */
bool rtcio__keys_have(const rtcio__keys *keys, const char *key, size_t len);

/* Wrong keys lately, by address: RTCIO__KEY_BURST at once, then one every RTCIO__KEY_EVERY_MS. Any
 * thread. */
#define RTCIO__KEY_BURST     10
#define RTCIO__KEY_EVERY_MS  6000
#define RTCIO__KEY_ADDRESSES 64

typedef struct rtcio__key_failures {
    pthread_mutex_t lock;
    struct {
        char address[48];
        int64_t owed_until_ms; /* each failure moves it on by RTCIO__KEY_EVERY_MS */
    } list[RTCIO__KEY_ADDRESSES];
} rtcio__key_failures;

void rtcio__key_failures_init(rtcio__key_failures *failures);
/* How long the address has to wait before it may try again, 0: not at all. */
int64_t rtcio__key_failures_wait(rtcio__key_failures *failures, const char *address,
                                 int64_t now_ms);
void rtcio__key_failures_add(rtcio__key_failures *failures, const char *address, int64_t now_ms);

#endif
