/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ADMIN_H
#define RTCIO_ADMIN_H

/**
 * @file
 * The protocol of the Socket.IO Admin UI (npm @socket.io/admin-ui; Socket.IO spec section 10),
 * attached to a server with one call. The UI, wherever its page comes from, then shows servers,
 * namespaces, sockets, rooms and events, and may emit, join, leave and disconnect. Its page usually
 * is of another origin: cors_origin must name that, with cors_credentials.
 *
 * Of several workers each attaches its own, with the same options but for the server_id.
 */

#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The admin part of a server. Lives as long as the server. */
typedef struct rtcio_admin rtcio_admin;

typedef struct rtcio_admin_options {
    size_t size;          /**< sizeof(rtcio_admin_options), set by the init function */
    const char *nsp_name; /**< namespace for the UI to connect to, "/admin" */
    /** Who may connect: a name, and the hash of a password as crypt(3) makes and knows them,
     *  bcrypt ("$2b$…", `htpasswd -nB`) or newer ("$y$…", `mkpasswd`). */
    const char *username, *password_hash;
    /** Let everybody connect, without name and password (false). */
    bool no_auth;
    /** Show only: no emits, joins, leaves, disconnects (false). */
    bool readonly;
    /** Show numbers only, no sockets, rooms and events (false): then nothing is done for each
     * event, otherwise every event is encoded once more. */
    bool production;
    /** Name of this server among several, NULL: the host's name. */
    const char *server_id;
} rtcio_admin_options;

/** Fills `opt` with the defaults; use rtcio_admin_options_init(). */
RTCIO_API void rtcio_admin_options_init_sized(rtcio_admin_options *opt, size_t size);
#define rtcio_admin_options_init(opt) rtcio_admin_options_init_sized((opt), sizeof(*(opt)))

/**
 * Checks options without attaching anything.
 * @param why  receives one line; may be NULL
 * @return 0 or ::RTCIO_E_INVALID
 */
RTCIO_API int rtcio_admin_options_check(const rtcio_admin_options *opt, char *why, size_t why_size);

/**
 * Attaches the admin part, before clients connect.
 * @param opt  copied; username and password_hash, or no_auth, must be set
 * @param why  receives one line on what is wrong with the options; may be NULL
 * @return NULL when an option is wrong, the namespace has its admin already, or memory is short
 */
RTCIO_API rtcio_admin *rtcio_admin_attach(rtcio_server *server, const rtcio_admin_options *opt,
                                          char *why, size_t why_size);

#ifdef __cplusplus
}
#endif

#endif
