/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Which limits are on, whom they spare, and the sentence for who passes one. */

#include "engine/quota.h"

#include <stdio.h>

static void note_rates(struct rtcio__engine *engine)
{
    const rtcio_server_options *opt = &engine->opt;

    engine->rated = opt->max_events_per_s != 0 || opt->max_bytes_per_s != 0;
}

int rtcio__quota_init(struct rtcio__engine *engine)
{
    engine->crowd = rtcio__crowd_create();
    if (engine->crowd == NULL)
        return RTCIO_E_NO_MEMORY;
    note_rates(engine);
    if (engine->opt.unlimited_addresses == NULL)
        return 0;
    return rtcio__networks_parse(&engine->unlimited, engine->opt.unlimited_addresses, NULL, NULL);
}

void rtcio__quota_fini(struct rtcio__engine *engine)
{
    rtcio__crowd_unref(engine->crowd);
    engine->crowd = NULL;
    rtcio__networks_fini(&engine->unlimited);
}

void rtcio__quota_join(struct rtcio__engine *engine, const struct rtcio__engine *other)
{
    if (engine->crowd == other->crowd)
        return;
    rtcio__crowd_unref(engine->crowd);
    engine->crowd = rtcio__crowd_ref(other->crowd);
}

void rtcio__quota_set(struct rtcio__engine *engine, const rtcio_server_options *opt)
{
    engine->opt.max_sessions_per_address = opt->max_sessions_per_address;
    engine->opt.max_handshakes_per_s = opt->max_handshakes_per_s;
    engine->opt.max_events_per_s = opt->max_events_per_s;
    engine->opt.max_events_burst = opt->max_events_burst;
    engine->opt.max_bytes_per_s = opt->max_bytes_per_s;
    engine->opt.max_bytes_burst = opt->max_bytes_burst;
    engine->opt.max_delay_ms = opt->max_delay_ms;
    note_rates(engine);
}

bool rtcio__quota_counts(const struct rtcio__engine *engine, const struct rtcio__address *address)
{
    const rtcio_server_options *opt = &engine->opt;

    return (opt->max_sessions_per_address != 0 || opt->max_handshakes_per_s != 0) &&
           address->family != 0 && !rtcio__networks_have(&engine->unlimited, address);
}

const char *rtcio__quota_refusal(struct rtcio__engine *engine, const struct rtcio__address *address,
                                 bool again)
{
    const rtcio_server_options *opt = &engine->opt;

    if (!rtcio__quota_counts(engine, address))
        return NULL;
    switch (rtcio__crowd_ask(engine->crowd, address, opt->max_sessions_per_address,
                             again ? 0 : opt->max_handshakes_per_s,
                             rtcio__loop_now(&engine->loop))) {
    case RTCIO__CROWD_FULL:
        rtcio__counter_add(&engine->n_refused_sessions, 1);
        snprintf(engine->quota_text, sizeof engine->quota_text,
                 "more than %u sessions of one address", opt->max_sessions_per_address);
        return engine->quota_text;
    case RTCIO__CROWD_FAST:
        rtcio__counter_add(&engine->n_refused_handshakes, 1);
        snprintf(engine->quota_text, sizeof engine->quota_text,
                 "more than %u handshakes per second of one address", opt->max_handshakes_per_s);
        return engine->quota_text;
    default:
        return NULL;
    }
}
