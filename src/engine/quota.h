/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_QUOTA_H
#define RTCIO_ENGINE_QUOTA_H

/* The limits of addresses and sessions as one engine applies them. */

#include "engine/crowd.h"
#include "engine/engine.h"

/* From opt, in the beginning. 0 or an error. */
int rtcio__quota_init(struct rtcio__engine *engine);
void rtcio__quota_fini(struct rtcio__engine *engine);
/* Counts with another engine, which serves the same port. */
void rtcio__quota_join(struct rtcio__engine *engine, const struct rtcio__engine *other);
/* Other limits from now on: those of `opt`, which has been checked. */
void rtcio__quota_set(struct rtcio__engine *engine, const rtcio_server_options *opt);

/* Are sessions of this address counted? */
bool rtcio__quota_counts(const struct rtcio__engine *engine, const struct rtcio__address *address);
/* May the address have one more? NULL, or why not; valid until the next call. `again`: it has been
 * asked before, for the same handshake. */
const char *rtcio__quota_refusal(struct rtcio__engine *engine, const struct rtcio__address *address,
                                 bool again);

#endif
