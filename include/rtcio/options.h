/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_OPTIONS_H
#define RTCIO_OPTIONS_H

/**
 * @file
 * The options of a server, under socket.io's names (Socket.IO spec, section 4.1).
 */

#include <rtcio/http.h>
#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bits of rtcio_server_options.transports. */
enum {
    RTCIO_POLLING = 1u << 0,   /**< HTTP long-polling */
    RTCIO_WEBSOCKET = 1u << 1, /**< RFC 6455 */
};

/** Why the engine refused a request; the numbers are Engine.IO's (spec section 1.9). */
typedef enum rtcio_refusal_code {
    RTCIO_REFUSED_UNKNOWN_TRANSPORT = 0,
    RTCIO_REFUSED_UNKNOWN_SID = 1,
    RTCIO_REFUSED_BAD_HANDSHAKE_METHOD = 2,
    RTCIO_REFUSED_BAD_REQUEST = 3,
    RTCIO_REFUSED_FORBIDDEN = 4,
    RTCIO_REFUSED_UNSUPPORTED_PROTOCOL = 5,
} rtcio_refusal_code;

/** A request that the engine refused: socket.io's `connection_error`. */
typedef struct rtcio_refusal {
    rtcio_refusal_code code;
    const char *message;   /**< the table's text, such as "Session ID unknown" */
    const char *context;   /**< what exactly, such as "TRANSPORT_MISMATCH", or the text given to
                              rtcio_admission_refuse(); never NULL */
    const char *address;   /**< the peer's IP address */
    const char *transport; /**< "polling", "websocket" or "" when unknown */
    /** What the request had: the transport, sid, method, origin or protocol that was wrong, up to
     *  100 bytes; "" when it is none of these. */
    const char *asked;
    const char *expected;              /**< the session's own transport or protocol, or "" */
    const rtcio_http_request *request; /**< the request itself; NULL: there was none, see
                                          rtcio_listen_options.proxy_protocol */
} rtcio_refusal;

/** Told of each refusal. Borrowed strings; called on the server's thread. */
typedef void (*rtcio_refusal_fn)(const rtcio_refusal *refusal, void *user);

/** Which header of trusted proxies names the client. */
typedef enum rtcio_forwarded_header {
    RTCIO_X_FORWARDED_FOR = 0, /**< X-Forwarded-For, and X-Forwarded-Proto for https */
    RTCIO_FORWARDED = 1,       /**< Forwarded (RFC 7239) */
} rtcio_forwarded_header;

/** A handshake that waits for allow_request's decision. */
typedef struct rtcio_admission rtcio_admission;
/**
 * socket.io's allowRequest: decides on a handshake (not on later requests of a session), at once or
 * later, by calling exactly one of rtcio_admission_accept(), _accept_as() and _refuse(), also if
 * the client is gone by then. Without a decision within request_timeout_ms the client gets 503.
 * @param request  may be read until the decision, see rtcio_admission_request()
 */
typedef void (*rtcio_allow_request_fn)(const rtcio_http_request *request,
                                       rtcio_admission *admission, void *user);
/** The request that waits, NULL once the client is gone or got 503. */
RTCIO_API const rtcio_http_request *rtcio_admission_request(const rtcio_admission *admission);
/** Lets the client in. Frees `admission`. */
RTCIO_API void rtcio_admission_accept(rtcio_admission *admission);
/** The same with a session id of the caller's: 1 .. ::RTCIO_MAX_SID_LEN of A-Z a-z 0-9 - . _ ~, to
 *  be as hard to guess as a password. @return 0, or ::RTCIO_E_INVALID (not such an id, or one that
 *  a session has), ::RTCIO_E_UNSUPPORTED (with several workers ids name the worker): nothing is
 *  decided yet then */
RTCIO_API int rtcio_admission_accept_as(rtcio_admission *admission, const char *sid);
/** Refuses: 403 on polling, 400 on WebSocket, with `message` (UTF-8; NULL: "Forbidden"). Frees
 *  `admission`. */
RTCIO_API void rtcio_admission_refuse(rtcio_admission *admission, const char *message);

/** Longest session id. */
#define RTCIO_MAX_SID_LEN 64
/** Makes a session id: writes it, NUL-terminated, and returns 0; anything else refuses the client
 *  ("ID_GENERATION_ERROR"), as does an id that rtcio_admission_accept_as() would not take. */
typedef int (*rtcio_generate_id_fn)(const rtcio_http_request *request,
                                    char sid[RTCIO_MAX_SID_LEN + 1], void *user);

/** Looks at a request and may add headers to its response: rtcio_http_add_header(). */
typedef void (*rtcio_headers_fn)(rtcio_http_request *request, void *user);

/** See rtcio_server_options.on_inbox_overflow. */
typedef void (*rtcio_overflow_fn)(rtcio_server *server, void *user);

/** What a client may pass. */
typedef enum rtcio_limit {
    RTCIO_LIMIT_EVENTS, /**< max_events_per_s */
    RTCIO_LIMIT_BYTES,  /**< max_bytes_per_s */
    RTCIO_LIMIT_HELD,   /**< rtcio_socket_hold(): a limit of the program's own */
} rtcio_limit;

/** A client sends faster than it may. */
typedef struct rtcio_limit_note {
    rtcio_limit limit;
    uint32_t value;      /**< the limit, per second */
    bool closed;         /**< false: it is read with pauses from now on; true: that went on for
                            max_delay_ms, its session ends */
    const char *text;    /**< such as "more than 50 events per second" */
    const char *address; /**< the client's IP address */
} rtcio_limit_note;

/** Told when a client begins to be delayed, and when it is cut off for it. Borrowed strings; called
 *  on the server's thread. */
typedef void (*rtcio_limit_fn)(const rtcio_limit_note *note, void *user);

/**
 * Options of rtcio_server_create(). Fill with rtcio_server_options_init(), then change
 * what differs. Strings are copied by rtcio_server_create().
 */
typedef struct rtcio_server_options {
    size_t size; /**< sizeof(rtcio_server_options), set by the init function */

    /** Path of the Engine.IO endpoint, "/socket.io". Compared bytewise (spec 1.1). */
    const char *path;
    /** Accepted transports, RTCIO_POLLING | RTCIO_WEBSOCKET. */
    unsigned transports;
    /** Offer the upgrade to WebSocket in the handshake (true). */
    bool allow_upgrades;
    /** Time from a pong to the next ping, 25000 ms (1 .. 86400000). */
    uint32_t ping_interval_ms;
    /** Time a client has to answer a ping, 20000 ms (1 .. 86400000). */
    uint32_t ping_timeout_ms;
    /** Time an upgrade may take from the WebSocket's opening, 10000 ms (1 .. 86400000). */
    uint32_t upgrade_timeout_ms;
    /** Time a session may stay without having joined a namespace, 45000 ms (1 .. 86400000). */
    uint32_t connect_timeout_ms;
    /** Time for an HTTP request head, then for its body, 15000 ms each (1 .. 86400000). */
    uint32_t request_timeout_ms;
    /** Time an HTTP connection may idle between requests, 5000 ms (1 .. 86400000). */
    uint32_t keep_alive_timeout_ms;
    /** Time for all attachments of a binary packet to arrive, 30000 ms (1 .. 86400000). */
    uint32_t attachment_timeout_ms;
    /** Time a peer has to take its last bytes when the server closes, 30000 ms (1 .. 86400000). */
    uint32_t close_timeout_ms;
    /**
     * Largest POST body and WebSocket message in bytes, 1000000 (1024 .. 1 GiB); socket.io's
     * maxHttpBufferSize. Advertised to clients as maxPayload.
     */
    size_t max_payload_bytes;
    /** Largest HTTP request head in bytes, 16384 (512 .. 1 MiB); larger: 431. */
    size_t max_head_bytes;
    /**
     * Most bytes that may wait for one client, 4 MiB (4096 .. 4 GiB). A message that would
     * pass it closes the session ("transport error") and counts as `slow_closed`;
     * a volatile one is dropped.
     */
    size_t max_queue_bytes;
    /** Deepest nesting of a JSON payload, 256 (8 .. 512); deeper is a parse error. */
    unsigned max_json_depth;
    /** Most namespaces one session may be in, 1024 (1 .. 1000000); one more is refused with
     *  "too many namespaces". */
    unsigned max_namespaces;
    /** Remove children of rtcio_of_pattern() and rtcio_of_match() when they are empty (false). */
    bool cleanup_empty_child_namespaces;
    /**
     * Connection state recovery (Socket.IO spec 8): how long a client that was cut off may come
     * back as the same socket and get the events it missed, in ms, 0 for never (0; socket.io's
     * maxDisconnectionDuration is 120000; .. 86400000). Events then carry an offset as one more
     * argument. docs/recovery.md says what is promised.
     */
    uint32_t recovery_max_ms;
    /** Let a client that comes back in without asking the middlewares (false; socket.io: true). */
    bool recovery_skip_middlewares;
    /** Recover also who has not received any event yet (false). Stock servers never do. */
    bool recovery_without_offset;
    /** Give a new secret (`pid`) with every recovery (false). Stock clients compare the two: they
     * get everything, but say `recovered` false then. */
    bool recovery_rotate_pid;
    /** Most events kept, of all clients, 100000 (1 .. 100000000). Of this and of what follows for
     * all clients, each of several workers (workers.h) has its part. */
    size_t recovery_max_packets;
    /** Most bytes kept of events, and as many of clients that are gone, 64 MiB (4096 .. 64 GiB). */
    size_t recovery_max_bytes;
    /** Most missed events that one client gets, 4096 (1 .. 100000000); more: not recovered. */
    size_t recovery_max_session_packets;
    /** Most bytes of them, and of the client's list of rooms, 1 MiB (1024 .. 1 GiB). Half of
     *  max_queue_bytes is a limit too. */
    size_t recovery_max_session_bytes;
    /** Most clients that are gone and may come back, 10000 (1 .. 100000000); then the longest gone
     *  is forgotten. */
    size_t recovery_max_sessions;
    /** Most sessions at a time; 0: the process's limit of descriptors when the server is created.
     *  One more is refused with 503. */
    size_t max_sessions;
    /**
     * Keep request line, headers and auth for rtcio_handshake_*() during the whole life of
     * a socket (true), or only until its `connection` handlers returned (false; saves the
     * size of the request head per connection).
     */
    bool retain_handshake;
    /**
     * Answer HEAD on the endpoint with 200 (false). Stock servers refuse it with 400; the
     * documents of rtc.io use it as a sign of life.
     */
    bool answer_head;

    /**
     * CORS (spec 4.2). NULL: no CORS headers. "*": any origin. One origin: always that
     * one. Several, separated by commas: the request's origin if it is in the list.
     * "reflect": whatever origin the request has.
     */
    const char *cors_origin;
    bool cors_credentials;            /**< Access-Control-Allow-Credentials: true (false) */
    const char *cors_methods;         /**< "GET,HEAD,PUT,PATCH,POST,DELETE" */
    const char *cors_allowed_headers; /**< NULL: reflect what the preflight asks for */
    const char *cors_exposed_headers; /**< NULL: none */
    int cors_max_age_s;               /**< seconds; -1: header not sent (-1) */

    /** Refuse WebSocket handshakes whose Origin header is not one of cors_origin (false): there
     * CORS protects nothing, while on polling it keeps a foreign page from reading its session's
     * id. Requests without Origin are not a page's. */
    bool check_origin;

    /**
     * Compress answers to polls of at least http_compression_threshold bytes by gzip or deflate, as
     * the client prefers (true), unless all that is in them was sent with rtcio_compress(…, false).
     */
    bool http_compression;
    size_t http_compression_threshold; /**< 1024 bytes; 0: all of them */

    /**
     * The cookie that a handshake over polling sets to the session id (spec 4.4), for load
     * balancers. NULL: none (NULL); socket.io's `cookie: true` is "io". Never on a WebSocket's
     * handshake.
     */
    const char *cookie_name;
    const char *cookie_path;      /**< "/"; NULL: left out */
    const char *cookie_domain;    /**< NULL: left out */
    int cookie_max_age_s;         /**< seconds; -1: left out (-1) */
    int64_t cookie_expires_s;     /**< Unix time; 0: left out (0) */
    bool cookie_http_only;        /**< true */
    bool cookie_secure;           /**< false */
    bool cookie_partitioned;      /**< false */
    const char *cookie_priority;  /**< "low", "medium" or "high"; NULL: left out */
    const char *cookie_same_site; /**< "strict", "lax" or "none"; NULL: left out ("lax") */

    /** Whether `path` is compared with a "/" at its end (true): "/socket.io" is then not ours,
     *  "/socket.io/" is (spec 1.1). */
    bool add_trailing_slash;
    /** End connections that ask for an upgrade nobody answers, after destroy_upgrade_timeout_ms
     *  without a byte (true). False: they stay until the client or the server closes. */
    bool destroy_upgrade;
    uint32_t destroy_upgrade_timeout_ms; /**< 1000 ms (1 .. 86400000) */
    /** A message that every session gets behind the open packet, text; NULL: none (spec 1.3). */
    const char *initial_packet;

    /**
     * Proxies in front of the server: addresses and networks such as "10.0.0.0/8, ::1", and "unix"
     * for whoever comes by a Unix socket. A request of theirs has the address that is the first
     * from the right in forwarded_header that is not of a trusted proxy, and counts as secure when
     * they say https. NULL: nobody is trusted, headers mean nothing (NULL). For the PROXY protocol
     * too: with a list, only its addresses may send it.
     */
    const char *trusted_proxies;
    rtcio_forwarded_header forwarded_header; /**< RTCIO_X_FORWARDED_FOR */

    /** Decides on handshakes, NULL: all that are well-formed are let in. */
    rtcio_allow_request_fn allow_request;
    /** Makes session ids, NULL: 20 characters from the system's random numbers. Not with several
     *  workers, whose ids name the worker. */
    rtcio_generate_id_fn generate_id;
    /** `initial_headers`: for the first response of a session. NULL: nobody. */
    rtcio_headers_fn on_initial_headers;
    /** `headers`: for every successful response to a poll, a POST, and an upgrade. NULL: nobody. */
    rtcio_headers_fn on_headers;

    /** Told of refused requests, NULL: nobody. */
    rtcio_refusal_fn on_refused;
    void *user; /**< for the functions above */

    /**
     * Most bytes of broadcasts and bounded posts that may wait for a worker (workers.h) which does
     * not come to reading them, 64 MiB (65536 .. 64 GiB). Volatile broadcasts that do not fit are
     * dropped. If another one does not fit, all clients of that worker are cut off when it comes
     * round, and do not recover: who has missed something must not go on as if it had not.
     */
    size_t max_inbox_bytes;
    /** Told that this has happened, on the worker's thread, when its clients have been cut off.
     * NULL: nobody. */
    rtcio_overflow_fn on_inbox_overflow;

    /**
     * Let in clients of socket.io 1 and 2, which speak Engine.IO 3 (false). They are in "/" without
     * asking, send the heartbeats themselves, and cannot be recovered. Their socket id is made of
     * the session id (rtcio_socket_id()): who is told it can speak for a client that is on polling.
     */
    bool allow_eio3;

    /* Limits, all of them off by default, as stock servers have none. rtcio_server_set_limits()
     * changes them. */

    /**
     * Most sessions of one address at a time, of all workers, 0: no limit (0 .. 100000000). One
     * more is refused with 429. The address is the client's, behind trusted_proxies too; of IPv6
     * it is the first 64 bits, which is what one host has. Unix sockets have none and no limit.
     */
    uint32_t max_sessions_per_address;
    /** Handshakes per second of one address, 0: no limit (0 .. 1000000); as many as come in 20
     *  seconds may come at once. One more is refused with 429. */
    uint32_t max_handshakes_per_s;
    /** Addresses and networks that these two are not for, in the form of trusted_proxies. NULL:
     *  they are for all (NULL). */
    const char *unlimited_addresses;
    /**
     * Messages per second that a session may send, 0: no limit (0 .. 1000000). What comes faster is
     * not lost and keeps its order: the session is read with pauses, others are not affected. The
     * attachments of a binary event count, pings and pongs too.
     */
    uint32_t max_events_per_s;
    /** … and how many may come at once, 500 (1 .. 1000000). */
    uint32_t max_events_burst;
    /** Bytes per second that a session may send, frames and all, 0: no limit (0 .. 1 GiB). A
     *  message larger than the burst is let through and then paid off. */
    uint32_t max_bytes_per_s;
    /** … and how many may come at once, 8 MiB (1 .. 1 GiB). */
    uint32_t max_bytes_burst;
    /** How long a session may be behind for that, 30000 ms (0 .. 86400000). Who sends too fast for
     *  longer is cut off: "rate limit", with code 1008 and the limit in a WebSocket's Close. */
    uint32_t max_delay_ms;
    /** Told of who is delayed, NULL: nobody. */
    rtcio_limit_fn on_limit;
    /**
     * Compress messages on WebSockets of clients that offer permessage-deflate (RFC 7692), and let
     * them do the same (false, as socket.io 4 has it). What is sent with rtcio_compress(…, false)
     * goes as it is. A broadcast is compressed once, or once for each window that clients asked
     * for.
     *
     * By default no message refers to an earlier one ("no context takeover"): a connection then
     * holds nothing for it, idle or not, and all those of a server (of each worker) share one
     * compressor and one decompressor, 0.3 MB. With context takeover what repeats from message to
     * message gets shorter still; but each connection then holds a compressor (264 KiB with the
     * largest window, 12 KiB with the smallest) and a decompressor (44 and 13 KiB) for as long as
     * it lives, and a broadcast is compressed for each of them.
     *
     * A message that becomes longer than max_payload_bytes ends its connection (1009), and no more
     * than that is ever allocated for it. Compression shows how alike a secret and somebody
     * else's text are when both are in one message, by its length (CRIME): a reason to leave it
     * off where that is the case.
     */
    bool per_message_deflate;
    /** Shortest message that is compressed, 1024 bytes; 0: all. With context takeover too. */
    size_t deflate_threshold;
    /** zlib's level: 1, fast, to 9, thorough (1). */
    int deflate_level;
    /** Forget what was compressed, and ask clients to do so, after each message (true, true). */
    bool deflate_server_no_context_takeover;
    bool deflate_client_no_context_takeover;
    /** Largest windows, as powers of two: ours, 15 (9 .. 15), and of clients, 15 (9 .. 15), as far
     *  as they let themselves be told. */
    unsigned deflate_server_max_window_bits;
    unsigned deflate_client_max_window_bits;
    /**
     * Most memory for the contexts of one connection, 512 KiB (0 .. 1 GiB), and of all
     * connections, with workers of all of them, 64 MiB (0 .. 64 GiB). A client for whom there is
     * no room is told that there is no context takeover, and served like that.
     */
    size_t deflate_max_connection_bytes;
    size_t deflate_max_bytes;
} rtcio_server_options;

/** Fills `opt` with the defaults. `size` is sizeof(*opt): see rtcio_server_options_init(). */
RTCIO_API void rtcio_server_options_init_sized(rtcio_server_options *opt, size_t size);

/** Fills `opt` with the defaults stated at each field. */
#define rtcio_server_options_init(opt) rtcio_server_options_init_sized((opt), sizeof(*(opt)))

/**
 * Checks options without creating a server.
 * @param why  receives one line that names the option, its value, the range; may be NULL
 * @return 0, ::RTCIO_E_INVALID (a value is out of range) or ::RTCIO_E_UNSUPPORTED (a newer
 *         caller set a field this library does not know)
 */
RTCIO_API int rtcio_server_options_check(const rtcio_server_options *opt, char *why,
                                         size_t why_size);

#ifdef __cplusplus
}
#endif

#endif
