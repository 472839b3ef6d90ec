/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SERVER_H
#define RTCIO_SERVER_H

/**
 * @file
 * A Socket.IO v5 / Engine.IO v4 server (Socket.IO spec 7.1), and the one header that a
 * server program needs: it includes the others of the server.
 *
 * A server is one loop on one thread (several are joined by workers.h). Either rtcio_server_run()
 * is that loop, or the program's own loop hosts the server: poll rtcio_server_fd() for reading and
 * call rtcio_server_turn() when it is readable or rtcio_server_timeout() has passed.
 */

#include <rtcio/event.h>
#include <rtcio/http.h>
#include <rtcio/listen.h>
#include <rtcio/namespace.h>
#include <rtcio/operator.h>
#include <rtcio/options.h>
#include <rtcio/socket.h>
#include <rtcio/timer.h>
#include <rtcio/tls.h>
#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Creates a server that listens nowhere yet.
 * @param opt  NULL for the defaults; copied
 * @return NULL when an option is out of range (ask rtcio_server_options_check()), when memory
 *         or descriptors are short, or the system gives no random numbers
 */
RTCIO_API rtcio_server *rtcio_server_create(const rtcio_server_options *opt);

/** Frees the server; open connections are cut. Not from inside a callback. NULL is fine. */
RTCIO_API void rtcio_server_destroy(rtcio_server *server);

/**
 * Listens on a TCP address. May be called several times.
 * @param host  IPv4 or IPv6 address or name; "::" takes both families; NULL: "::", or
 *              "0.0.0.0" where there is no IPv6
 * @param port  0 .. 65535; 0 lets the system choose
 * @return the port, or ::RTCIO_E_ADDRESS (errno: EADDRINUSE, EACCES, …, or 0 when the host is not
 *         known), ::RTCIO_E_SYSTEM (errno), ::RTCIO_E_CLOSED, ::RTCIO_E_INVALID
 */
RTCIO_API int rtcio_server_listen(rtcio_server *server, const char *host, int port);

/** The same with more to say, see rtcio/listen.h. @return as rtcio_server_listen() */
RTCIO_API int rtcio_server_listen_with(rtcio_server *server, const rtcio_listen_options *opt);

/** The path of the endpoint, as it was given: socket.io's `io.path()`. */
RTCIO_API const char *rtcio_server_path(const rtcio_server *server);

/** The descriptor to poll for reading. Owned by the server. */
RTCIO_API int rtcio_server_fd(const rtcio_server *server);
/** How long the host may wait before the next turn: ms, 0 = not at all, -1 = for the
 *  descriptor only. Ask again after each turn and each call into the server. */
RTCIO_API int rtcio_server_timeout(rtcio_server *server);
/** Does all that is due and returns without waiting. @return 1, or 0 once the server is
 *  closed and its last byte is gone */
RTCIO_API int rtcio_server_turn(rtcio_server *server);
/** Turns the server until it is closed. @return 0 or ::RTCIO_E_SYSTEM */
RTCIO_API int rtcio_server_run(rtcio_server *server);

/**
 * Closes the server, as socket.io's `io.close()`: stops accepting, disconnects every socket
 * with "server shutting down", ends every session. Clients will try to reconnect.
 * rtcio_server_run() returns when every client has taken its last bytes and closed, or has done
 * nothing of the kind for two seconds.
 */
RTCIO_API void rtcio_server_close(rtcio_server *server);

/** Runs `fn` on the server's thread in its next turn. Any thread; also from a signal-handling
 *  thread, not from a signal handler. A server that has finished
 *  or is destroyed before that turn does not run it. @return 0, ::RTCIO_E_NO_MEMORY */
RTCIO_API int rtcio_server_post(rtcio_server *server, void (*fn)(rtcio_server *, void *),
                                void *user);

/** Buckets of rtcio_server_stats.turn_buckets. */
#define RTCIO_TURN_BUCKETS 12
/** Their upper bounds in microseconds; the last has none. What a turn takes is what a message waits
 *  at most between its reading and its being offered to the kernel. */
#define RTCIO_TURN_BOUNDS_US                                             \
    {                                                                    \
        50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000 \
    }

/** Counters since the start (n_*: the number now). All in units of one, bytes where said. */
typedef struct rtcio_server_stats {
    size_t size;                        /**< sizeof(rtcio_server_stats), set by the caller */
    uint64_t n_connections;             /**< TCP connections now */
    uint64_t n_sessions;                /**< Engine.IO sessions now */
    uint64_t n_polling;                 /**< … of them on polling */
    uint64_t n_sockets;                 /**< connected sockets of all namespaces now */
    uint64_t n_queued_bytes;            /**< bytes waiting for slow clients now */
    uint64_t sessions;                  /**< sessions ever opened */
    uint64_t upgrades;                  /**< sessions that changed to WebSocket */
    uint64_t messages_in, messages_out; /**< Engine.IO messages */
    uint64_t bytes_in, bytes_out;       /**< on TCP, or inside TLS */
    uint64_t refused;                   /**< requests refused, see rtcio_refusal */
    uint64_t parse_errors;              /**< sessions ended by what they sent */
    uint64_t slow_closed;               /**< sessions ended by max_queue_bytes */
    uint64_t volatile_dropped;
    uint64_t ping_timeouts;
    uint64_t tls_handshakes;    /**< completed */
    uint64_t tls_failures;      /**< connections ended by what they sent before that */
    uint64_t n_recoverable;     /**< clients that are gone and may come back, now */
    uint64_t n_logged;          /**< events kept for them now */
    uint64_t n_logged_bytes;    /**< bytes of both now */
    uint64_t recoveries;        /**< clients that came back */
    uint64_t recovery_failures; /**< … that could not, see rtcio_socket_recovery_failure() */
    uint64_t n_inbox_bytes;  /**< of what other workers have sent and it has not looked at, now */
    uint64_t inbox_refused;  /**< what did not fit, see max_inbox_bytes */
    uint64_t turns;          /**< of the loop */
    uint64_t turns_timed;    /**< … of them, one of 16, how long they took: */
    uint64_t turns_timed_us; /**< all of those together, in us */
    uint64_t turn_buckets[RTCIO_TURN_BUCKETS]; /**< how many fell into each bucket */
    uint64_t refused_sessions;   /**< handshakes refused by max_sessions_per_address */
    uint64_t refused_handshakes; /**< … by max_handshakes_per_s */
    uint64_t delayed;            /**< sessions that began to be read with pauses */
    uint64_t delayed_closed;     /**< … that were cut off for it */
    uint64_t n_deflate_bytes;    /**< memory of zlib for messages on WebSockets now */
    uint64_t deflated_in;        /**< messages that came compressed */
    uint64_t deflated_out;       /**< … that went so, counted for each receiver */
    uint64_t deflate_refused;    /**< connections for whose contexts there was no room */
} rtcio_server_stats;

/** The options the server was created with; borrowed, as long as the server is there. */
RTCIO_API const rtcio_server_options *rtcio_server_get_options(const rtcio_server *server);

/**
 * Takes over the limits of `opt`: max_sessions_per_address, max_handshakes_per_s, and everything
 * from max_events_per_s to max_delay_ms. For those who are connected too, but for sessions that
 * opened while an address had no limit. On the server's thread.
 * @return 0, or ::RTCIO_E_INVALID (ask rtcio_server_options_check()): nothing has changed
 */
RTCIO_API int rtcio_server_set_limits(rtcio_server *server, const rtcio_server_options *opt);

/** Reads the counters. Any thread, while the server exists; fields beyond `stats->size` are left
 * alone. */
RTCIO_API void rtcio_server_get_stats(const rtcio_server *server, rtcio_server_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
