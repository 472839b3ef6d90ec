/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONFIG_H
#define RTCIO_DAEMON_CONFIG_H

/* The settings of `rtcio serve`: one table feeds the parser, --help and the option list of
 * docs/serve.md. Knows nothing of servers: it turns words into checked values. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RTCIO__GIB (UINT64_C(1) << 30)
#define RTCIO__DAY UINT64_C(86400000)

/* X(ID, group, key, environment, type, min, max, default, choices, text)
 * Rows of one group stand together. `choices` is for CHOICE; min and max are for the numbers. */
#define RTCIO__SETTINGS(X)                                                                         \
    X(PORT, "Listening", "port", "PORT", NUMBER, 0, 65535, "3001", NULL,                           \
      "port to listen on; 0 lets the system choose")                                               \
    X(HOST, "Listening", "host", "HOST", TEXT, 0, 0, "::", NULL,                                   \
      "address to listen on; :: is every address, IPv4 and IPv6")                                  \
    X(PATH, "Listening", "path", "RTCIO_PATH", TEXT, 0, 0, "/socket.io", NULL,                     \
      "path of the Socket.IO endpoint")                                                            \
    X(TRANSPORTS, "Listening", "transports", "RTCIO_TRANSPORTS", CHOICE, 0, 0, "both",             \
      "both|polling|websocket", "transports offered to clients")                                   \
    X(MAX_SESSIONS, "Listening", "max-sessions", "RTCIO_MAX_SESSIONS", NUMBER, 0, 100000000, "0",  \
      NULL, "most clients at a time; 0 means as many as there are descriptors")                    \
    X(ALLOWED_ORIGINS, "Web pages (CORS)", "allowed-origins", "ALLOWED_ORIGINS", TEXT, 0, 0, "*",  \
      NULL, "origins whose pages may connect, separated by commas; * is any")                      \
    X(CORS_CREDENTIALS, "Web pages (CORS)", "cors-credentials", "RTCIO_CORS_CREDENTIALS", SWITCH,  \
      0, 0, "no", NULL, "let pages send cookies; needs origins that are named")                    \
    X(LOG, "Logging", "log", "RTCIO_LOG", CHOICE, 0, 0, "text", "text|json",                       \
      "form of the log, written to standard error")                                                \
    X(LOG_LEVEL, "Logging", "log-level", "RTCIO_LOG_LEVEL", CHOICE, 0, 0, "info",                  \
      "debug|info|warn|error|off", "least important event to be logged")                           \
    X(QUIET, "Logging", "quiet", "RTCIO_QUIET", SWITCH, 0, 0, "no", NULL,                          \
      "say nothing at the start, log warnings and errors only")                                    \
    X(RELAY_SCOPE, "Signaling", "relay-scope", "RTCIO_RELAY_SCOPE", CHOICE, 0, 0, "room",          \
      "room|any", "who may signal whom: members of one room, or anybody")                          \
    X(MAX_MESSAGE, "Signaling", "max-message", "RTCIO_MAX_MESSAGE", SIZE, 1024, RTCIO__GIB,        \
      "262144", NULL, "largest relayed message or room event")                                     \
    X(MAX_DEPTH, "Signaling", "max-depth", "RTCIO_MAX_DEPTH", NUMBER, 4, 512, "64", NULL,          \
      "deepest JSON of a relayed message or room event")                                           \
    X(MAX_ROOMS, "Signaling", "max-rooms", "RTCIO_MAX_ROOMS", NUMBER, 1, 4096, "32", NULL,         \
      "most rooms one client may be in")                                                           \
    X(MAX_PASSWORD_FAILURES, "Signaling", "max-password-failures", "RTCIO_MAX_PASSWORD_FAILURES",  \
      NUMBER, 1, 100000, "10", NULL, "wrong room passwords per minute and address")                \
    X(MAX_JOINS, "Signaling", "max-joins", "RTCIO_MAX_JOINS", NUMBER, 1, 100000, "5", NULL,        \
      "join and check requests per second and client")                                             \
    X(PING_INTERVAL, "Timing", "ping-interval", "RTCIO_PING_INTERVAL", DURATION, 1, RTCIO__DAY,    \
      "25000", NULL, "time from a client's pong to the next ping")                                 \
    X(PING_TIMEOUT, "Timing", "ping-timeout", "RTCIO_PING_TIMEOUT", DURATION, 1, RTCIO__DAY,       \
      "20000", NULL, "time a client has to answer a ping")                                         \
    X(UPGRADE_TIMEOUT, "Timing", "upgrade-timeout", "RTCIO_UPGRADE_TIMEOUT", DURATION, 1,          \
      RTCIO__DAY, "10000", NULL, "time the change to WebSocket may take")                          \
    X(CONNECT_TIMEOUT, "Timing", "connect-timeout", "RTCIO_CONNECT_TIMEOUT", DURATION, 1,          \
      RTCIO__DAY, "45000", NULL, "time a client may stay without joining a namespace")             \
    X(REQUEST_TIMEOUT, "Timing", "request-timeout", "RTCIO_REQUEST_TIMEOUT", DURATION, 1,          \
      RTCIO__DAY, "15000", NULL, "time for an HTTP request's head, then for its body")             \
    X(KEEP_ALIVE_TIMEOUT, "Timing", "keep-alive-timeout", "RTCIO_KEEP_ALIVE_TIMEOUT", DURATION, 1, \
      RTCIO__DAY, "5000", NULL, "time a connection may idle between requests")                     \
    X(ATTACHMENT_TIMEOUT, "Timing", "attachment-timeout", "RTCIO_ATTACHMENT_TIMEOUT", DURATION, 1, \
      RTCIO__DAY, "30000", NULL, "time for the attachments of a binary event to arrive")           \
    X(CLOSE_TIMEOUT, "Timing", "close-timeout", "RTCIO_CLOSE_TIMEOUT", DURATION, 1, RTCIO__DAY,    \
      "30000", NULL, "time a client has to answer the Close of a WebSocket")                       \
    X(MAX_PAYLOAD, "Sizes", "max-payload", "RTCIO_MAX_PAYLOAD", SIZE, 1024, RTCIO__GIB, "1000000", \
      NULL, "largest request body or WebSocket message")                                           \
    X(MAX_HEAD, "Sizes", "max-head", "RTCIO_MAX_HEAD", SIZE, 512, 1048576, "16384", NULL,          \
      "largest head of an HTTP request")                                                           \
    X(MAX_QUEUE, "Sizes", "max-queue", "RTCIO_MAX_QUEUE", SIZE, 4096, 4 * RTCIO__GIB, "4194304",   \
      NULL, "most bytes that may wait for one slow client")                                        \
    X(MAX_JSON_DEPTH, "Sizes", "max-json-depth", "RTCIO_MAX_JSON_DEPTH", NUMBER, 8, 512, "256",    \
      NULL, "deepest JSON a client may send at all")

typedef enum rtcio__setting_id {
#define RTCIO__SETTING_ID(id, ...) RTCIO__SET_##id,
    RTCIO__SETTINGS(RTCIO__SETTING_ID)
#undef RTCIO__SETTING_ID
        RTCIO__N_SETTINGS
} rtcio__setting_id;

typedef enum rtcio__setting_type {
    RTCIO__TYPE_TEXT,
    RTCIO__TYPE_NUMBER,
    RTCIO__TYPE_DURATION, /* in ms; written 500, 500ms, 25s, 2m, 1h */
    RTCIO__TYPE_SIZE,     /* in bytes; written 4096, 64K, 1M, 2G */
    RTCIO__TYPE_SWITCH,
    RTCIO__TYPE_CHOICE,
} rtcio__setting_type;

typedef struct rtcio__setting {
    const char *group, *key, *env;
    rtcio__setting_type type;
    uint64_t min, max;
    const char *fallback, *choices, *text;
} rtcio__setting;

extern const rtcio__setting rtcio__settings[RTCIO__N_SETTINGS];

typedef struct rtcio__config {
    bool help; /* --help was among the words */
    struct {
        const char *text; /* as written: from argv, the environment or the table */
        uint64_t number;  /* NUMBER, DURATION, SIZE: the value; SWITCH: 0 or 1; CHOICE: from 0 */
    } values[RTCIO__N_SETTINGS];
} rtcio__config;

/**
 * Reads settings from words (without the command), then from the environment, then from the
 * table's defaults: the first that has one counts; an empty variable has none.
 * @param why  receives one line that says what is wrong and how to mend it
 * @return 0 or -1
 */
int rtcio__config_read(rtcio__config *config, int n_words, char **words, char *why,
                       size_t why_size);

/* The table for a terminal, and as the tables of docs/serve.md. */
void rtcio__config_print_help(FILE *out);
void rtcio__config_print_markdown(FILE *out);

#endif
