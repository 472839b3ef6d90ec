/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_SIGNALING_JOIN_H
#define RTCIO_SIGNALING_JOIN_H

/* A request to come in, between being read (join.c), being decided on by the program (access.c) and
 * being granted (join.c again). */

#include "signaling/signaling.h"

/* A room's name as it came is echoed to its sender in errors, but not a novel. */
#define RTCIO__ECHO_MAX 1024

typedef struct rtcio__signaling_request {
    const char *event;                /* the event that asks; a string of ours */
    char room[RTCIO__TEXT_MAX + 1];   /* "" while not known to be valid */
    rtcio_slice room_json;            /* as it came, for replies; empty: nothing to echo */
    rtcio_slice name_json;            /* empty: none given */
    char secret[RTCIO__TEXT_MAX + 1]; /* what `password` lies in */
    rtcio_slice password;             /* trimmed; empty: none given */
    const char *reason, *message;     /* why it is refused, once it is */
    char text[96];                    /* what `message` may lie in */
    uint64_t *counter;                /* of this reason; NULL: refused_other */
    bool joined;                      /* newly */
} rtcio__signaling_request;

/* --- join.c --------------------------------------------------------------------------------- */

/* Always false, for a function that returns whether the request is granted. */
bool rtcio__signaling_refuse_for(rtcio__signaling_request *r, const char *reason,
                                 const char *message);
/* Tells the client what refuse_for() has noted. */
void rtcio__signaling_refuse(rtcio_signaling *s, rtcio_socket *socket,
                             const rtcio__signaling_request *r);
/* The program lets it pass: passwords, sizes, and what follows from them. */
void rtcio__signaling_go_on(rtcio_signaling *s, rtcio_socket *socket, rtcio__signaling_request *r);

/* --- access.c ------------------------------------------------------------------------------- */

/* Asks the program. False when it cannot be asked; the request is refused for a reason then. */
bool rtcio__signaling_access_ask(rtcio_signaling *s, rtcio_socket *socket,
                                 rtcio__signaling_request *r);

#endif
