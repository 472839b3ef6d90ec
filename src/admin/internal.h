/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ADMIN_INTERNAL_H
#define RTCIO_ADMIN_INTERNAL_H

/* What the files of this room share. It is made of the public API only. */

#include <rtcio/admin.h>
#include <rtcio/cluster.h>
#include <rtcio/server.h>
#include <rtcio/timer.h>
#include <rtcio/workers.h>

#include <jansson.h>
#include <time.h>

#define RTCIO__ADMIN_SESSION 16 /* characters of an id */

typedef struct rtcio__admin_sessions rtcio__admin_sessions;
typedef struct rtcio__admin_attempt rtcio__admin_attempt;

struct rtcio_admin {
    rtcio_server *server;
    rtcio_namespace *nsp; /* the one the UI connects to */
    char *username, *password_hash, *server_id;
    bool no_auth, readonly, production;
    time_t started;
    bool marking; /* watch.c: it is we who set a socket's JSON */
    /* auth.c */
    rtcio__admin_sessions *sessions;
    rtcio__admin_attempt *attempts; /* the first one is being checked */
    size_t n_attempts;
    /* report.c */
    rtcio_timer *timer;
    unsigned n_ticks;
    rtcio_server_stats last;
    json_t *aggregated;
};

/* Everything that is sent takes one tree. */
void rtcio__admin_emit(rtcio_operator to, const char *event, json_t *args);
/* The time as an ISO string, "2026-11-20T09:35:09.123Z". */
json_t *rtcio__admin_timestamp(void);

/* auth.c: who may connect */
void rtcio__admin_middleware(rtcio_socket *socket, rtcio_next *next, void *user);
void rtcio__admin_auth_fini(rtcio_admin *admin);

/* sessions.c: who has shown a password before; any thread */
/* Those of a namespace, which all workers share. NULL: out of memory. */
rtcio__admin_sessions *rtcio__admin_sessions_of(rtcio_namespace *nsp);
/* One that begins now. False: none can. */
bool rtcio__admin_session_open(rtcio__admin_sessions *sessions, char id[RTCIO__ADMIN_SESSION + 1]);
bool rtcio__admin_session_known(rtcio__admin_sessions *sessions, const char *id);

/* watch.c: what happens in a namespace */
int rtcio__admin_watch(rtcio_admin *admin, rtcio_namespace *nsp);
/* Tells of sockets that have changed their transport. */
void rtcio__admin_tell_upgrades(rtcio_admin *admin);

/* report.c: what there is */
int rtcio__admin_report_init(rtcio_admin *admin);
void rtcio__admin_report_fini(rtcio_admin *admin);
/* One socket as the UI takes it. */
json_t *rtcio__admin_socket(const rtcio_namespace *nsp, const rtcio_remote_socket *socket);
/* Sends all sockets of all nodes to one admin. */
void rtcio__admin_tell_all(rtcio_admin *admin, rtcio_socket *socket);

/* commands.c: what the UI wants done */
int rtcio__admin_commands(rtcio_admin *admin);

#endif
