/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ACCESS_H
#define RTCIO_ACCESS_H

/**
 * @file
 * Who may come into a room, decided at once or later: by a database, by another server. What
 * rtcio_signaling_options.on_access is given; may_join there is for what is known without asking
 * anybody.
 *
 *     static void on_access(rtcio_access *access, void *user)
 *     {
 *         ask_somebody(user, rtcio_access_room(access), on_answer, access);
 *     }
 *
 *     static void on_answer(bool yes, void *access)    // on the server's thread
 *     {
 *         if (yes)
 *             rtcio_access_allow(access);
 *         else
 *             rtcio_access_refuse(access, NULL, NULL);
 *     }
 *
 * A client that waits may go, or leave the room, or the time be up (access_timeout_ms: it gets
 * `join-failed`): then the answer has no effect, but is due all the same. Other events of the
 * client are served meanwhile; it is a member with `join-ok`, not before.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A socket that wants to come into a room, or to know whether it could. Whoever is given it owes
 *  it exactly one of rtcio_access_allow(), rtcio_access_refuse() and rtcio_access_discard(), inside
 *  the callback or later. */
typedef struct rtcio_access rtcio_access;

/** The room. Valid until the answer. Any thread. */
RTCIO_API const char *rtcio_access_room(const rtcio_access *access);

/** The server, for rtcio_server_post_take() to bring the answer to its thread. Any thread, as long
 *  as the server is there. */
RTCIO_API rtcio_server *rtcio_access_server(const rtcio_access *access);

/** The event that asks: "join-room" or "check-room". Any thread. */
RTCIO_API const char *rtcio_access_event(const rtcio_access *access);

/** The socket, or NULL when it waits no longer. */
RTCIO_API rtcio_socket *rtcio_access_socket(const rtcio_access *access);

/** It may. Passwords and the room's size are looked at now. Frees the handle. */
RTCIO_API void rtcio_access_allow(rtcio_access *access);

/**
 * It may not. Frees the handle.
 * @param reason   `reason` and `code` of what the client gets: a to z, 0 to 9 and `-`, 1 .. 32 of
 *                 them; `join-failed` when it could not be found out. NULL, or anything else:
 *                 `forbidden`
 * @param message  for people, 1 .. 200 bytes of UTF-8; NULL, or anything else: a text of ours
 */
RTCIO_API void rtcio_access_refuse(rtcio_access *access, const char *reason, const char *message);

/** Frees the handle without an answer, for a server that goes (rtcio_server_post_take()'s `drop`):
 *  the client would get `join-failed` in the end. Any thread. NULL is fine. */
RTCIO_API void rtcio_access_discard(rtcio_access *access);

#ifdef __cplusplus
}
#endif

#endif
