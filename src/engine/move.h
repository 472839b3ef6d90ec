/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_MOVE_H
#define RTCIO_ENGINE_MOVE_H

/* A session that goes to a sibling engine, with its transport, while nothing above it stands yet.
 * Its identifier still names the engine that made it: that one knows where it is, and hands its
 * requests over. */

#include "engine/session.h"

/* Kept by the engine that made a session, from its move until it has ended elsewhere. */
struct rtcio__moved {
    struct rtcio__hash_node node; /* in home.moved, by sid */
    char sid[RTCIO__ID_LEN + 1];
    struct rtcio__post over; /* to home: the session has ended */
    struct rtcio__engine *home;
    unsigned to;
};

/* A table of them. */
void rtcio__moves_init(struct rtcio__hash *moved);
void rtcio__moves_fini(struct rtcio__hash *moved);

/* Decided, and not gone yet: the transport sees to that when the packet has been served. */
static inline bool rtcio__session_is_moving(const struct rtcio__session *s)
{
    return s->moved != NULL && s->moved->home == s->engine;
}

/* For the transports, when the packet that made it move has been served: `message` is that packet,
 * which is served there first; `rest` is what came behind it. The session here is over, without a
 * word to the room above. */
void rtcio__move(struct rtcio__session *s, const char *message, size_t message_len,
                 const char *rest, size_t rest_len);

/* The number of the engine that a session is at, -1: this one, or there is none. */
int rtcio__move_whereabouts(const struct rtcio__engine *engine, const char *sid, size_t len);

/* The session of another engine has ended here. */
void rtcio__moved_ended(struct rtcio__session *s);

#endif
