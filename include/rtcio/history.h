/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_HISTORY_H
#define RTCIO_HISTORY_H

/**
 * @file
 * What outlives a room's members: chat and reports (rtc.io spec 4.3), in a storage that the program
 * brings. Given to the signaling as rtcio_signaling_options.history.
 *
 * With it, `chat-message` is handed to the storage before the others get it, and who joins a room
 * is sent `chat-history`, an array of its last messages, the oldest first, behind `join-ok` if
 * there are any. Nothing that was said before the join is missing there, and nothing that was said
 * later is missed; one that was said at that moment may come both ways, and is known by its `id`,
 * which each message is given that has none. A sender that asks for an acknowledgement gets
 * `{ok: true, id}` once the storage says so, or `{ok: false, code: "not-stored", message}`: the
 * members have got the message all the same. In a room with a password nothing is kept
 * (`not-kept`): the next to come into it when it is empty needs none. `report {peerId, reason}` is
 * stored, and acknowledged alike.
 *
 * The storage is asked on the server's thread and must not wait there: it takes the request to
 * where it works, and answers on the server's thread (rtcio_server_post_take()), exactly once,
 * inside the callback or later. What it has taken it works off in order: a fetch sees every message
 * that was appended, by any worker, before it was asked.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTCIO_CHAT_HISTORY "chat-history"
#define RTCIO_REPORT       "report"

/** Something that the storage is to do. Whoever is given it owes it exactly one of
 *  rtcio_history_done() and rtcio_history_discard(). */
typedef struct rtcio_history_request rtcio_history_request;

/** One client complains of another. Strings are NULL when not known, and valid in the callback. */
typedef struct rtcio_report {
    const char *from;        /**< socket id of who reports */
    const char *from_user;   /**< what rtcio_history.user_of says of it */
    const char *target;      /**< socket id of whom it is about, as the client wrote it */
    const char *target_user; /**< what user_of says of that one, if it is connected */
    const char *reason;      /**< up to 1000 UTF-16 code units; "" when none was given */
    const char *room;        /**< one that both are in now */
} rtcio_report;

typedef struct rtcio_history {
    size_t size; /**< sizeof(rtcio_history), set by the init function */
    /** Keeps a message of a room. `message` is JSON, an object, to be copied. NULL: none is kept.
     */
    void (*append)(rtcio_history_request *request, const char *room, rtcio_slice message,
                   void *user);
    /** Gives the last messages of a room, up to so many and up to so many bytes, the oldest first,
     *  as a JSON array; "" or "[]" when there are none. NULL: nobody is sent a history. */
    void (*fetch)(rtcio_history_request *request, const char *room, unsigned max_messages,
                  size_t max_bytes, void *user);
    /** Keeps a report. NULL: `report` has no effect. */
    void (*report)(rtcio_history_request *request, const rtcio_report *report, void *user);
    /** Who a socket is, beyond its id, for reports: rtcio_auth_user() for one. NULL: not known. */
    const char *(*user_of)(const rtcio_socket *socket);
    void *user;            /**< for the above */
    unsigned max_messages; /**< of a `chat-history`, 50 (1 .. 10000) */
    size_t max_bytes;      /**< of a `chat-history`, 262144 (1024 .. 1 GiB) */
    unsigned max_reports;  /**< per minute and address, 5 (1 .. 100000); others are dropped */
} rtcio_history;

/** Fills `history` with the defaults; use rtcio_history_init(). */
RTCIO_API void rtcio_history_init_sized(rtcio_history *history, size_t size);
#define rtcio_history_init(history) rtcio_history_init_sized((history), sizeof(*(history)))

/** The server, for rtcio_server_post_take() to bring the answer to its thread. Any thread, as long
 *  as the server is there. */
RTCIO_API rtcio_server *rtcio_history_server(const rtcio_history_request *request);

/**
 * It has been done, or not. Frees the handle.
 * @param result  0: stored, durably, or fetched; otherwise an error of errors.h
 * @param json    of a fetch: the array, which need be valid during the call only
 */
RTCIO_API void rtcio_history_done(rtcio_history_request *request, int result, rtcio_slice json);

/** Frees the handle without an answer, for a server that goes (rtcio_server_post_take()'s `drop`).
 *  Any thread. NULL is fine. */
RTCIO_API void rtcio_history_discard(rtcio_history_request *request);

#ifdef __cplusplus
}
#endif

#endif
