/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_PROXY_H
#define RTCIO_ENGINE_PROXY_H

/* Listeners that a load balancer connects to with the PROXY protocol. */

#include "engine/engine.h"

/* Takes an accepted socket: reads the header, then goes on with rtcio__http_accept_from(). */
void rtcio__proxy_accept(void *endpoint, int fd, const struct sockaddr_storage *peer);
/* Closes those whose header is not complete. */
void rtcio__proxy_close_all(struct rtcio__engine *engine);

#endif
