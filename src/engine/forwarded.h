/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_FORWARDED_H
#define RTCIO_ENGINE_FORWARDED_H

/* Who a request comes from when trusted proxies pass it on. */

#include "engine/address.h"

#include <rtcio/options.h>

struct rtcio__http_head;

/* Replaces *address, the peer's, by the client's, and *secure by what its proxy says, if the peer
 * is trusted. */
void rtcio__forwarded(const struct rtcio__networks *trusted, enum rtcio_forwarded_header header,
                      const struct rtcio__http_head *head, struct rtcio__address *address,
                      bool *secure);

#endif
