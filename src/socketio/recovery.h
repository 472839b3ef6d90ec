/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SOCKETIO_RECOVERY_H
#define RTCIO_SOCKETIO_RECOVERY_H

/* Connection state recovery (Socket.IO spec 8): what is kept of a socket that went, and how it
 * comes back. docs/recovery.md states what is promised. */

#include "socketio/packet_log.h"

/* What came of a client's wish to go on with an earlier socket. */
enum rtcio__recovery_result {
    RTCIO__RECOVERY_NOT_ASKED,
    RTCIO__RECOVERY_DONE,
    RTCIO__RECOVERY_UNKNOWN_PID,
    RTCIO__RECOVERY_ELSEWHERE,
    RTCIO__RECOVERY_NO_OFFSET,
    RTCIO__RECOVERY_UNKNOWN_OFFSET,
    RTCIO__RECOVERY_LOG_TOO_SHORT,
    RTCIO__RECOVERY_TOO_MUCH_MISSED,
};

struct rtcio__recovery {
    rtcio_server *server;
    struct rtcio__logs logs;
    struct rtcio__hash resumes; /* struct rtcio__resume.node by pid */
    struct rtcio__list gone; /* struct rtcio__resume.link: those without a socket, oldest first */
    struct rtcio__counter n_gone, gone_bytes;
    size_t max_gone;
    struct rtcio__timer timer; /* something is getting too old */
    struct rtcio__counter n_done, n_failed;
};

/* Of one socket: from its connection on, and beyond its end for a while. */
struct rtcio__resume {
    struct rtcio__hash_node node;
    struct rtcio__list link; /* in recovery.gone */
    rtcio_namespace *nsp;
    rtcio_socket *socket;     /* NULL: gone */
    struct rtcio__data *data; /* while it is gone */
    /* Numbers of events in the namespace's log: */
    uint64_t start; /* the first after it connected */
    uint64_t last;  /* the latest that was sent to it, 0: none */
    uint64_t gone;  /* the first after it had gone */
    uint64_t from;  /* the first that it may have missed, once it is back */
    uint64_t until; /* the first that it heard when it was back */
    uint64_t gone_ms;
    char *rooms; /* from when it goes until it is back and settled, see resume_rooms.c */
    uint32_t rooms_len;
    bool own_room;
    char pid[RTCIO__ID_LEN + 1];
    char sid[RTCIO__ID_LEN + 1];
};

/* 0 or an error; nothing if recovery is off. */
int rtcio__recovery_init(rtcio_server *server);
/* It is one of n workers, which share the bounds: each has its part. */
void rtcio__recovery_share(rtcio_server *server, unsigned n);
/* Forgets all records. The logs go with their namespaces. */
void rtcio__recovery_fini(rtcio_server *server);

/* Sending */

/* Writes the event's offset into the RTCIO__OFFSET_MAX bytes of `offset`, whose length is 0 if it
 * is to have none. Returns the number under which it must be logged, 0: it is not logged. One that
 * is logged without an offset is exempt: not sent again. */
uint64_t rtcio__recovery_offset(const rtcio_operator *op, const struct rtcio__packet_out *out,
                                rtcio_slice *offset);
/* The same for a packet that came encoded from another node. */
uint64_t rtcio__recovery_offset_encoded(const rtcio_operator *op, struct rtcio__blob *text,
                                        rtcio_slice *offset);
void rtcio__recovery_log(const rtcio_operator *op, bool unsent, struct rtcio__blob *text,
                         struct rtcio__blob *const *attachments, size_t n_attachments);

/* Coming and going */

/* A CONNECT that asks for a state that another worker has: the session goes there, if nothing
 * depends on it here yet, and is served there. True: it does. */
bool rtcio__resume_elsewhere(struct rtcio__session *s, const struct rtcio__sio_packet *packet);
/* A socket that connects takes over what was kept of it, or begins something new. False: it must
 * not go on, the session is over. */
bool rtcio__resume_begin(rtcio_socket *socket, const struct rtcio__sio_packet *packet);
/* Sends what was missed. False: it is not all there any more. */
bool rtcio__resume_replay(rtcio_socket *socket);
/* Its `connection` handlers are through. */
void rtcio__resume_settle(rtcio_socket *socket);
/* The socket is about to leave its rooms. */
void rtcio__resume_keep(rtcio_socket *socket, const char *reason);
/* Its handlers are through: what belongs to it stays with the record, if there is one. */
void rtcio__resume_let_go(rtcio_socket *socket);

/* resume_rooms.c */
/* False: too long a list, or out of memory. */
bool rtcio__resume_keep_rooms(struct rtcio__resume *r, const rtcio_socket *socket);
void rtcio__resume_free_rooms(struct rtcio__resume *r);
void rtcio__resume_restore_rooms(const struct rtcio__resume *r, rtcio_socket *socket);
/* Was event `number` for it? */
bool rtcio__resume_was_for(const struct rtcio__resume *r, const struct rtcio__logged *e,
                           uint64_t number);

#endif
