/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_EVENT_H
#define RTCIO_EVENT_H

/**
 * @file
 * What arrived: the name, the arguments, attachments and the acknowledgement.
 *
 * Arguments are validated JSON and stay as the bytes they came as. Three ways to read
 * them, from cheap to convenient: rtcio_event_member() and rtcio_event_arg() give raw
 * JSON text without any allocation; rtcio_event_unpack() fills C variables;
 * rtcio_event_json() gives the whole tree. An event borrows from the read buffer and is
 * valid only inside the callback it was given to.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Name of the event, unescaped, NUL-terminated. "" for an event without payload. */
RTCIO_API const char *rtcio_event_name(const rtcio_event *ev);

/** The arguments as JSON text without the enclosing brackets: `1,{"a":2}`. May be empty. */
RTCIO_API rtcio_slice rtcio_event_args(const rtcio_event *ev);

/** Raw JSON text of argument `index` (from 0); {NULL, 0} when there is none. No allocation. */
RTCIO_API rtcio_slice rtcio_event_arg(const rtcio_event *ev, size_t index);

/**
 * Raw JSON text of member `key` of the first argument, when that is an object; otherwise
 * {NULL, 0}. Of duplicate keys the last counts, as in JavaScript. No allocation.
 */
RTCIO_API rtcio_slice rtcio_event_member(const rtcio_event *ev, const char *key);

/**
 * The direct members of the first argument, when that is an object, in the order written,
 * duplicates included. The first eight were found while the event was validated and cost nothing.
 * @param members  receives the first `cap` of them
 * @return how many there are, which may be more than `cap`; 0 for other arguments
 */
RTCIO_API size_t rtcio_event_members(const rtcio_event *ev, rtcio_member *members, size_t cap);

/** Deepest nesting of the arguments: 0 for scalars only, 1 for `{"a":1}`, 2 for `[[1]]`. */
RTCIO_API unsigned rtcio_event_depth(const rtcio_event *ev);

/**
 * Reads the arguments into variables, with jansson's unpack format applied to the list
 * of arguments: "s i" reads a string and an integer, "{s:s, s?b}" an object. Arguments
 * beyond the format are ignored (a recovering server appends one, rtc.io spec 1.3).
 * Strings borrow from the event. Formats: https://jansson.readthedocs.io (json_unpack).
 * @return 0 or ::RTCIO_E_FORMAT: something is missing or of another type. Variables read
 *         before the difference was found have been written.
 */
RTCIO_API int rtcio_event_unpack(const rtcio_event *ev, const char *format, ...);

/** All arguments as a jansson array, borrowed; NULL when jansson cannot represent them. */
RTCIO_API struct json_t *rtcio_event_json(const rtcio_event *ev);

/** Number of binary attachments. In the JSON they are `{"_placeholder":true,"num":i}`. */
RTCIO_API size_t rtcio_event_attachments(const rtcio_event *ev);

/** Bytes of attachment `index`; {NULL, 0} when out of range. */
RTCIO_API rtcio_slice rtcio_event_attachment(const rtcio_event *ev, size_t index);

/** Bytes of argument `index` when that argument is a binary value; otherwise {NULL, 0}. */
RTCIO_API rtcio_slice rtcio_event_binary(const rtcio_event *ev, size_t index);

/** Why a socket went, in `disconnecting` and `disconnect` handlers: "transport close", …
 *  (Socket.IO spec 6.1). "" for other events. */
RTCIO_API const char *rtcio_event_reason(const rtcio_event *ev);

/** True if the client asked for an acknowledgement that has not been given yet. */
RTCIO_API bool rtcio_event_wants_ack(const rtcio_event *ev);

/**
 * Acknowledges the event at once. In this and all other formats, take "O" and not "o" for a
 * json_t: after an error nobody would free what "o" has handed over. `format` is jansson's pack
 * format for the list of arguments, NULL for none: rtcio_reply(ev, "s i", "stored", 42).
 * @return 0, ::RTCIO_E_NOT_FOUND (no acknowledgement asked for, or given already),
 *         ::RTCIO_E_FORMAT, ::RTCIO_E_CLOSED, ::RTCIO_E_QUEUE_FULL
 */
RTCIO_API int rtcio_reply(const rtcio_event *ev, const char *format, ...);

/** As rtcio_reply(), with the arguments as raw JSON text (no enclosing brackets), which
 *  the caller guarantees to be valid, and attachments for its placeholders. */
RTCIO_API int rtcio_reply_json(const rtcio_event *ev, rtcio_slice args,
                               const rtcio_slice *attachments, size_t n_attachments);

/**
 * Takes the acknowledgement over, to be given after the callback returned. The caller owns
 * the handle until rtcio_ack_reply(), rtcio_ack_reply_json() or rtcio_ack_discard(), also
 * when the client goes away meanwhile.
 * @return NULL when no acknowledgement is wanted, it was given, or memory is short
 */
RTCIO_API rtcio_ack *rtcio_event_take_ack(const rtcio_event *ev);

/** The socket to be answered, NULL once it has disconnected, or for NULL. */
RTCIO_API rtcio_socket *rtcio_ack_socket(const rtcio_ack *ack);

/** Answers and frees the handle in every case. Errors as rtcio_reply(); NULL, which is what
 *  rtcio_event_take_ack() gives when the client wants no answer, is ::RTCIO_E_NOT_FOUND. */
RTCIO_API int rtcio_ack_reply(rtcio_ack *ack, const char *format, ...);

/** Answers with raw JSON and frees the handle in every case. Errors as rtcio_reply(). */
RTCIO_API int rtcio_ack_reply_json(rtcio_ack *ack, rtcio_slice args, const rtcio_slice *attachments,
                                   size_t n_attachments);

/** Frees the handle without an answer. NULL is fine. */
RTCIO_API void rtcio_ack_discard(rtcio_ack *ack);

#ifdef __cplusplus
}
#endif

#endif
