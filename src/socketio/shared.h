/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SOCKETIO_SHARED_H
#define RTCIO_SOCKETIO_SHARED_H

/* Objects that several servers share, see rtcio_server_shared(). */

#include <pthread.h>

struct rtcio__shared_object;

struct rtcio__shared {
    pthread_mutex_t lock;
    struct rtcio__shared_object *first;
};

void rtcio__shared_init(struct rtcio__shared *shared);
/* Destroys the objects. */
void rtcio__shared_fini(struct rtcio__shared *shared);

#endif
