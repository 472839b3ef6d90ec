/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_PLUGIN_H
#define RTCIO_PLUGIN_H

/**
 * @file
 * Plugins of `rtcio serve`: shared objects that add handlers to its servers, named in its setting
 * `plugins`.
 *
 *     static int setup(rtcio_server *server, const char *config)
 *     {
 *         return rtcio_on(rtcio_of(server, "/"), "roll", on_roll, NULL);
 *     }
 *     RTCIO_PLUGIN(setup)
 *
 *     cc -shared -fPIC $(pkg-config --cflags rtcio) -o roll.so roll.c
 *
 * A plugin calls the library's functions as a program does and needs not link with it: they are the
 * program's own. It is loaded once and never unloaded.
 */

#include <rtcio/server.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Prepares one worker's server: called once for each, on its thread, when signaling, tokens and ICE
 * are attached and before it listens. Several workers may call it at the same time.
 * @param config  what the setting says behind the path, "" if nothing
 * @return 0; anything else, such as ::RTCIO_E_INVALID, and `rtcio serve` does not start
 */
typedef int (*rtcio_plugin_setup_fn)(rtcio_server *server, const char *config);

/** What a plugin says of itself; made by RTCIO_PLUGIN(). */
typedef struct rtcio_plugin {
    unsigned size;         /**< sizeof(rtcio_plugin) */
    unsigned major, minor; /**< of the headers it was built with */
    rtcio_plugin_setup_fn setup;
} rtcio_plugin;

/** The name of the symbol that is looked for. */
#define RTCIO_PLUGIN_SYMBOL "rtcio_plugin_info"

#if defined(__GNUC__)
#define RTCIO_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define RTCIO_PLUGIN_EXPORT
#endif

#ifdef __cplusplus
#define RTCIO_PLUGIN_EXTERN extern "C"
#else
#define RTCIO_PLUGIN_EXTERN extern
#endif

/** Makes a shared object a plugin: once, outside of functions. */
#define RTCIO_PLUGIN(setup_fn)                                                         \
    RTCIO_PLUGIN_EXTERN RTCIO_PLUGIN_EXPORT const rtcio_plugin rtcio_plugin_info;      \
    const rtcio_plugin rtcio_plugin_info = {sizeof(rtcio_plugin), RTCIO_VERSION_MAJOR, \
                                            RTCIO_VERSION_MINOR, setup_fn};

#ifdef __cplusplus
}
#endif

#endif
