/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_WORKERS_H
#define RTCIO_WORKERS_H

/**
 * @file
 * One server on several cores: workers.
 *
 * A worker is a server on a thread of its own, with handlers of its own. Workers listen on the same
 * port, their rooms are the same rooms, and a client is served whichever worker its connections
 * reach: to clients they are one server. To programs they are several: a socket is an object of one
 * worker, and only that worker's thread may touch it. What reaches the others are operators
 * (rtcio_emit(rtcio_to(...)), rtcio_fetch_sockets(), see cluster.h), posts, and objects that the
 * program shares under locks of its own.
 *
 *     static int setup(rtcio_server *server, void *user)
 *     {
 *         return rtcio_on(rtcio_of(server, "/"), "hello", on_hello, NULL);
 *     }
 *
 *     rtcio_workers *workers = rtcio_workers_create(0, &opt, setup, NULL, NULL);
 *     rtcio_workers_listen(workers, NULL, 3001);
 *     return rtcio_workers_run(workers);
 */

#include <rtcio/server.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most workers of one process. */
#define RTCIO_WORKERS_MAX 64

/** Several servers joined into one. */
typedef struct rtcio_workers rtcio_workers;

/** Prepares one worker's server, on its thread, before it listens: handlers, middlewares, data.
 *  @return 0; anything else makes rtcio_workers_create() fail with it */
typedef int (*rtcio_setup_fn)(rtcio_server *server, void *user);

/**
 * Starts `n` threads, each with a server of its own, and calls `setup` on each. All signals are
 * blocked on these threads.
 * @param n      1 .. ::RTCIO_WORKERS_MAX; 0: one for each processor that this thread may use
 * @param opt    as for rtcio_server_create(); max_sessions counts the sessions of all workers
 *               together, bounds of recovery for all clients are divided among the workers, every
 *               other limit is each client's or connection's. `on_refused` is called on the
 *               worker's thread.
 * @param user   for `setup`
 * @param error  receives why, when there is no result: what `setup` returned,
 *               ::RTCIO_E_INVALID (n, or an option: ask rtcio_server_options_check()),
 *               ::RTCIO_E_SYSTEM (errno), ::RTCIO_E_NO_MEMORY; may be NULL
 * @return NULL on failure
 */
RTCIO_API rtcio_workers *rtcio_workers_create(unsigned n, const rtcio_server_options *opt,
                                              rtcio_setup_fn setup, void *user, int *error);

/** Ends all workers at once, cutting open connections, and frees them. Handlers of `disconnect` and
 *  functions that free data may still run, on the caller's thread. Not from a worker's
 *  thread. NULL is fine. */
RTCIO_API void rtcio_workers_destroy(rtcio_workers *workers);

/** Listens with all workers on one TCP port; parameters and result as rtcio_server_listen(). Port 0
 *  is the same port for all of them. Any thread but the workers' (::RTCIO_E_INVALID there). */
RTCIO_API int rtcio_workers_listen(rtcio_workers *workers, const char *host, int port);

/** The same with options, as rtcio_server_listen_with(). */
RTCIO_API int rtcio_workers_listen_with(rtcio_workers *workers, const rtcio_listen_options *opt);

/** Waits until all workers have finished, after rtcio_workers_close().
 *  @return 0, or the error that ended a worker's loop */
RTCIO_API int rtcio_workers_run(rtcio_workers *workers);

/** A descriptor that becomes readable when rtcio_workers_run() would return at once; for programs
 *  that have a loop to run meanwhile. */
RTCIO_API int rtcio_workers_fd(const rtcio_workers *workers);

/** Closes all, as rtcio_server_close() does one. Any thread, also from inside a callback. */
RTCIO_API void rtcio_workers_close(rtcio_workers *workers);

/** How many there are. Any thread. */
RTCIO_API unsigned rtcio_workers_count(const rtcio_workers *workers);

/** Worker `index`, for rtcio_server_post() and the counters; NULL when out of range. Any thread. */
RTCIO_API rtcio_server *rtcio_workers_server(const rtcio_workers *workers, unsigned index);

/** Runs `fn` once on each worker's thread, as rtcio_server_post(). Any thread.
 *  @return 0, or ::RTCIO_E_NO_MEMORY (on none) */
RTCIO_API int rtcio_workers_post(rtcio_workers *workers, void (*fn)(rtcio_server *, void *),
                                 void *user);

/** The counters of all workers added up; as rtcio_server_get_stats(). Any thread. */
RTCIO_API void rtcio_workers_get_stats(const rtcio_workers *workers, rtcio_server_stats *stats);

/* --- for what runs on a worker -----------------------------------------------------------------
 * All of these do with a server that is alone what is right for one of one. */

/** The workers that this server is one of, NULL when it is alone. Any thread. */
RTCIO_API rtcio_workers *rtcio_server_workers(const rtcio_server *server);

/** Its number among them, from 0. Any thread. */
RTCIO_API unsigned rtcio_server_worker(const rtcio_server *server);

/** The worker, other than `server`, that made this socket's or session's id; NULL when `server`
 * did, or nobody can have made it. Whether the socket is still there, only that worker can tell. */
RTCIO_API rtcio_server *rtcio_server_owner(const rtcio_server *server, rtcio_slice id);

/**
 * As rtcio_server_post(), for functions that own `data`: exactly one of `fn` (on the server's
 * thread) and `drop` (if the server goes before; on any thread) is called with it. Posts and
 * broadcasts of one worker to another arrive in the order they were sent.
 * @return 0, or ::RTCIO_E_NO_MEMORY: neither was called
 */
RTCIO_API int rtcio_server_post_take(rtcio_server *server, void (*fn)(rtcio_server *, void *),
                                     void (*drop)(void *data), void *data);

/**
 * The same for what may be refused: posts that the server has not looked at hold at most
 * max_inbox_bytes, of which this one is `bytes`.
 * @return 0, ::RTCIO_E_NO_MEMORY, ::RTCIO_E_QUEUE_FULL: neither was called
 */
RTCIO_API int rtcio_server_post_bounded(rtcio_server *server, void (*fn)(rtcio_server *, void *),
                                        void (*drop)(void *data), void *data, size_t bytes);

/**
 * An object that all workers share, made by whoever asks first. It is the program's to protect.
 * @param key      its name, copied
 * @param create   makes it; called once, with `user`, by one thread at a time; NULL: failed
 * @param destroy  called when the last worker has been destroyed, with the object; may be NULL
 * @return the object, or NULL when `create` failed or memory is short
 */
RTCIO_API void *rtcio_server_shared(rtcio_server *server, const char *key,
                                    void *(*create)(void *user), void (*destroy)(void *object),
                                    void *user);

/**
 * Delivers at once what other workers have broadcast to this one's sockets so far, and applies the
 * joins and leaves they asked for; runs none of the program's code but rtcio_on_any_outgoing(). For
 * programs with a table under a lock of their own: who joins a room and reads the table under the
 * lock, after this call, is told nothing of what the table says already.
 */
RTCIO_API void rtcio_server_catch_up(rtcio_server *server);

#ifdef __cplusplus
}
#endif

#endif
