/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef INTEROP_SERVER_H
#define INTEROP_SERVER_H

/* What the parts of the interop test server share. README.md lists what the server does. */

#include <jansson.h>
#include <rtcio/cluster.h>
#include <rtcio/files.h>
#include <rtcio/workers.h>

#define ID_SIZE 32 /* a socket id and its NUL */

/* server.c: one line of JSON on stdout for the test to read. Takes `what`. */
void note(json_t *what);
json_t *slice_json(rtcio_slice slice); /* a string; null for none */

/* A socket to come back to: pointers do not outlive a disconnect, ids do. */
struct handle {
    rtcio_namespace *nsp;
    char id[ID_SIZE];
};
void handle_set(struct handle *handle, rtcio_socket *socket);
struct handle *handle_create(rtcio_socket *socket); /* freed by the caller */
rtcio_socket *handle_socket(const struct handle *handle);

/* server.c: the server of the thread that runs; NULL on the main thread of several workers. */
extern _Thread_local rtcio_server *here;
/* Runs fn once for each worker's server, on its thread; here, when there is only one. */
void everywhere(rtcio_server *server, void (*fn)(rtcio_server *server, void *arg), void *arg);

/* timers.c: timers of the program's own loop. Each runs once, on the thread of the server that
 * started it; at the end all that are left run. */
void timer_start(unsigned ms, void (*fn)(void *arg), void *arg);
void timers_on_start(void (*fn)(void)); /* told when there is a new one */
int timers_timeout(void);               /* ms until the first, -1: none */
void timers_run(void);
void timers_finish(void);

/* commands.c: what every namespace does for its clients. */
void commands_install(rtcio_namespace *nsp);
void commands_finish(void);

/* emits.c: the part of it that sends: say, ask, ask-all, move, drop, ticks, flood, post. */
void emits_install(rtcio_namespace *nsp);
/* The operator of a spec, whose strings it borrows. */
rtcio_operator emits_target(rtcio_socket *socket, const json_t *spec);
void emits_join(void);   /* waits for the threads */
void emits_finish(void); /* when the server is gone, and nothing posted can run any more */

/* corners.c: the corners of the API, in every namespace as well. */
void corners_install(rtcio_namespace *nsp);

/* guarded.c: /guarded, whose middlewares let in, refuse, and take their time. */
void guarded_install(rtcio_namespace *nsp);
/* On everybody who waits on this worker; accept NULL: no. */
void guarded_decide(rtcio_server *server, void *accept);

/* api.c: /api, the tools around events. */
void api_install(rtcio_namespace *nsp);

/* cluster.c: sockets and programs of all workers. */
void cluster_install(rtcio_namespace *nsp);
/* Its `tool:set-json` alone. */
void json_install(rtcio_namespace *nsp);
/* admin.c: the admin part; `how` has words out of basic, open, readonly, production. */
void admin_install(rtcio_server *server, const char *how);

/* dynamic.c: namespaces that come and go. */
void dynamic_install(rtcio_server *server);
void dynamic_finish(void);

/* hooks.c: hooks of the endpoint, before and after the server is created. */
void hooks_prepare(rtcio_server_options *opt);
void hooks_install(rtcio_server *server);

/* sites.c: another site. 0 or an error. */
int sites_install(rtcio_server *server, const char *site);

/* lab.c: /lab, which emits and disconnects inside every kind of callback. */
void lab_install(rtcio_namespace *nsp);

#endif
