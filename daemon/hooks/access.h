/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_HOOKS_ACCESS_H
#define RTCIO_DAEMON_HOOKS_ACCESS_H

/* Who may come into a room, asked of a backend (docs/hooks.md): a signed POST for each join and
 * check. The worker that asks does not wait; without an answer nobody comes in. */

#include <rtcio/signaling.h>
#include <uv.h>

#include "config/config.h"
#include "log.h"

typedef struct rtcio__access_hook rtcio__access_hook;

/* `hook` receives NULL when the settings, which were checked, name no URL; else it is put into the
 * options. Config and log outlive it. 0 or -1: memory is short. */
int rtcio__access_hook_create(rtcio__access_hook **hook, const rtcio__config *config,
                              rtcio__log *log, rtcio_signaling_options *options);
/* On the loop's thread, before there are servers. NULL is fine. 0 or a negative error of libuv. */
int rtcio__access_hook_start(rtcio__access_hook *hook, uv_loop_t *loop);
/* On the loop's thread, once the servers are gone and before the loop runs again. NULL is fine. */
void rtcio__access_hook_finish(rtcio__access_hook *hook);

#endif
