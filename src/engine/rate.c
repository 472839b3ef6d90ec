/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Token buckets of sessions. The clock is that of the turn; fractions of a message are kept in
 * thousandths, since 50 a second are a twentieth in a millisecond. */

#include "engine/rate.h"

#include "engine/polling.h"
#include "engine/websocket.h"

#include <stdio.h>

#define SHORTEST_MS 10   /* of a pause: not one timer for each message */
#define BREATH_MS   1000 /* without a pause for so long, and a client is not behind any more */

#define NO_LIMIT INT32_MAX

/* Times of a session are the low bits of the loop's; 0 is never. */
static uint32_t now_of(const struct rtcio__session *s)
{
    uint32_t now = (uint32_t)rtcio__loop_now(&s->engine->loop);

    return now != 0 ? now : 1;
}

static int32_t filled(int32_t left, uint32_t rate, int64_t burst, uint64_t more)
{
    if (rate == 0)
        return NO_LIMIT;
    int64_t sum = more < (uint64_t)burst * 2 ? left + (int64_t)more : burst;
    return (int32_t)(sum < burst ? sum : burst);
}

void rtcio__rate_fill(struct rtcio__session *s)
{
    const rtcio_server_options *opt = &s->engine->opt;
    uint32_t now = now_of(s);

    if (!s->engine->rated || s->rate_at == now)
        return;
    uint64_t passed = s->rate_at != 0 ? now - s->rate_at : UINT32_MAX;
    s->rate_at = now;
    s->events_left =
        filled(s->events_left, opt->max_events_per_s,
               (int64_t)opt->max_events_burst * RTCIO__RATE_UNIT, passed * opt->max_events_per_s);
    /* Rounded up: whole bytes are kept, and none shall never come. */
    s->bytes_left = filled(s->bytes_left, opt->max_bytes_per_s, opt->max_bytes_burst,
                           (passed * opt->max_bytes_per_s + 999) / 1000);
}

bool rtcio__rate_is_behind(const struct rtcio__session *s)
{
    return s->held || (s->behind_since != 0 && now_of(s) - s->resume_at < BREATH_MS);
}

static void tell(struct rtcio__session *s, enum rtcio_limit limit, uint32_t value, const char *text,
                 bool closed)
{
    struct rtcio__engine *engine = s->engine;
    const rtcio_limit_note note = {
        .limit = limit,
        .value = value,
        .closed = closed,
        .text = text,
        .address = rtcio__address_text(&s->address, engine->address_text),
    };

    if (engine->opt.on_limit != NULL)
        engine->opt.on_limit(&note, engine->opt.user);
}

/* The client is told by the Close frame; on polling there is only the end. */
static void cut(struct rtcio__session *s, enum rtcio_limit limit, uint32_t value, const char *text)
{
    char reason[120]; /* a Close frame holds 123 bytes of it */

    snprintf(reason, sizeof reason, "%s for %u ms", text, s->engine->opt.max_delay_ms);
    rtcio__counter_add(&s->engine->n_rate_closed, 1);
    tell(s, limit, value, text, true);
    if (s->state == RTCIO__SESSION_CLOSED)
        return;
    if (s->ws != NULL) {
        struct rtcio__conn *conn = s->ws;
        s->ws = NULL;
        rtcio__websocket_dismiss(conn, 1008, reason);
    }
    rtcio__session_end(s, RTCIO__REASON_RATE_LIMIT);
}

void rtcio__rate_hold(struct rtcio__session *s, uint32_t ms, enum rtcio_limit limit, uint32_t value,
                      const char *what)
{
    char text[80];
    uint32_t now = now_of(s);

    if (s->state != RTCIO__SESSION_OPEN || s->doomed)
        return;
    snprintf(text, sizeof text, "more than %u %.40s per second", value, what);
    if (s->held) {
        /* Two limits at a time: the longer pause counts. */
        if ((int32_t)(now + ms - s->resume_at) > 0)
            s->resume_at = now + ms;
        rtcio__session_arm(s);
        /* Who cannot be made to wait runs up a debt instead. */
        if (s->rushed && ms > s->engine->opt.max_delay_ms)
            cut(s, limit, value, text);
        return;
    }
    if (!rtcio__rate_is_behind(s)) {
        s->behind_since = now;
        rtcio__counter_add(&s->engine->n_delayed, 1);
        tell(s, limit, value, text, false);
        if (s->state != RTCIO__SESSION_OPEN)
            return;
    } else if (now - s->behind_since >= s->engine->opt.max_delay_ms) {
        cut(s, limit, value, text);
        return;
    }
    s->held = true;
    s->resume_at = now + (ms > SHORTEST_MS ? ms : SHORTEST_MS);
    rtcio__session_arm(s);
}

/* Time until a bucket has what it takes for the next message. */
static uint32_t wait_ms(int64_t missing, uint32_t rate_per_s, uint32_t unit)
{
    return missing > 0 ? (uint32_t)((missing * (1000 / unit) + rate_per_s - 1) / rate_per_s) : 0;
}

void rtcio__rate_spent(struct rtcio__session *s)
{
    const rtcio_server_options *opt = &s->engine->opt;
    uint32_t events = 0, bytes = 0;

    if (opt->max_events_per_s != 0)
        events = wait_ms((int64_t)RTCIO__RATE_UNIT - s->events_left, opt->max_events_per_s,
                         RTCIO__RATE_UNIT);
    else
        s->events_left = NO_LIMIT;
    if (opt->max_bytes_per_s != 0)
        bytes = wait_ms(1 - (int64_t)s->bytes_left, opt->max_bytes_per_s, 1);
    else
        s->bytes_left = NO_LIMIT;
    if (events > bytes)
        rtcio__rate_hold(s, events, RTCIO_LIMIT_EVENTS, opt->max_events_per_s, "events");
    else if (bytes > 0)
        rtcio__rate_hold(s, bytes, RTCIO_LIMIT_BYTES, opt->max_bytes_per_s, "bytes");
}

void rtcio__rate_resume(struct rtcio__session *s)
{
    s->held = false;
    s->resume_at = now_of(s);
    rtcio__rate_fill(s);
    if (s->ws != NULL)
        rtcio__conn_resume(s->ws);
    else if (s->polling != NULL)
        rtcio__polling_resume(s);
}
