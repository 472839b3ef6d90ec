/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The timer wheel against what it promises: every timer fires in its own millisecond, whatever is
 * added, moved and removed around it, and a long sleep misses nothing. */

#include "net/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct alarm {
    struct rtcio__timer timer;
    uint64_t fired_at;
    unsigned n_fired;
};

static struct rtcio__timers wheel;

static void note(struct rtcio__timer *timer)
{
    struct alarm *a = (struct alarm *)timer;

    a->fired_at = wheel.now;
    a->n_fired++;
}

/* Repeatable pseudo-random numbers. */
static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void every_distance(void **state)
{
    static const uint64_t distance[] = {
        1,        2,        63,       64,         65,         127,        128,
        4095,     4096,     4097,     8191,       262143,     262144,     262145,
        16777215, 16777216, 16777217, 1073741822, 1073741823, 1073741824, 3000000000u};
    (void)state;

    for (uint64_t start = 1; start < 70000; start = start * 3 + 1) {
        for (size_t i = 0; i < sizeof distance / sizeof distance[0]; i++) {
            struct alarm a = {.n_fired = 0};
            rtcio__timers_init(&wheel, start);
            rtcio__timer_init(&a.timer, note);
            rtcio__timer_set(&wheel, &a.timer, start + distance[i]);
            rtcio__timers_advance(&wheel, start + distance[i] - 1);
            assert_int_equal(a.n_fired, 0);
            rtcio__timers_advance(&wheel, start + distance[i] + 5);
            assert_int_equal(a.n_fired, 1);
            assert_int_equal(a.fired_at, start + distance[i]);
            assert_int_equal(rtcio__timers_next(&wheel), UINT64_MAX);
        }
    }
}

static void next_is_never_late(void **state)
{
    (void)state;

    for (int round = 0; round < 20000; round++) {
        struct alarm a = {.n_fired = 0};
        uint64_t start = next_random() % 1000000;
        uint64_t due = start + 1 + next_random() % 500000;
        rtcio__timers_init(&wheel, start);
        rtcio__timer_init(&a.timer, note);
        rtcio__timer_set(&wheel, &a.timer, due);
        while (a.n_fired == 0) {
            uint64_t next = rtcio__timers_next(&wheel);
            assert_true(next > wheel.now);
            assert_true(next <= due);
            rtcio__timers_advance(&wheel, next);
        }
        assert_int_equal(a.fired_at, due);
    }
}

static void past_times_fire_in_the_next_tick(void **state)
{
    struct alarm a = {.n_fired = 0};
    (void)state;

    rtcio__timers_init(&wheel, 1000);
    rtcio__timer_init(&a.timer, note);
    rtcio__timer_set(&wheel, &a.timer, 3);
    rtcio__timers_advance(&wheel, 1001);
    assert_int_equal(a.n_fired, 1);
}

static void stopping(void **state)
{
    struct alarm a = {.n_fired = 0}, b = {.n_fired = 0};
    (void)state;

    rtcio__timers_init(&wheel, 0);
    rtcio__timer_init(&a.timer, note);
    rtcio__timer_init(&b.timer, note);
    rtcio__timer_stop(&wheel, &a.timer); /* not armed: harmless */
    rtcio__timer_set(&wheel, &a.timer, 500);
    rtcio__timer_set(&wheel, &b.timer, 500);
    rtcio__timer_stop(&wheel, &a.timer);
    rtcio__timer_stop(&wheel, &a.timer);
    assert_false(rtcio__timer_active(&a.timer));
    rtcio__timers_advance(&wheel, 1000);
    assert_int_equal(a.n_fired, 0);
    assert_int_equal(b.n_fired, 1);
    rtcio__timer_set(&wheel, &b.timer, 2000);
    rtcio__timer_stop(&wheel, &b.timer);
    assert_int_equal(rtcio__timers_next(&wheel), UINT64_MAX);
}

/* A timer that stops its neighbour of the same millisecond and arms itself again. */
static struct alarm neighbour;
static void meddle(struct rtcio__timer *timer)
{
    note(timer);
    rtcio__timer_stop(&wheel, &neighbour.timer);
    if (((struct alarm *)timer)->n_fired < 3)
        rtcio__timer_set(&wheel, timer, wheel.now + 100);
}

static void callbacks_may_change_the_wheel(void **state)
{
    struct alarm a = {.n_fired = 0};
    (void)state;

    neighbour.n_fired = 0;
    rtcio__timers_init(&wheel, 0);
    rtcio__timer_init(&a.timer, meddle);
    rtcio__timer_init(&neighbour.timer, note);
    rtcio__timer_set(&wheel, &a.timer, 10);
    rtcio__timer_set(&wheel, &neighbour.timer, 10);
    rtcio__timers_advance(&wheel, 10000);
    assert_int_equal(a.n_fired, 3);
    assert_int_equal(a.fired_at, 210);
    assert_int_equal(neighbour.n_fired, 0);
}

#define MANY 1000
static void many_at_random(void **state)
{
    static struct alarm all[MANY];
    static uint64_t due[MANY]; /* 0: not armed */
    uint64_t now = 5000000;
    (void)state;

    rtcio__timers_init(&wheel, now);
    for (size_t i = 0; i < MANY; i++)
        rtcio__timer_init(&all[i].timer, note);
    for (int step = 0; step < 50000; step++) {
        size_t i = (size_t)(next_random() % MANY);
        if (next_random() % 3 == 0) {
            rtcio__timer_stop(&wheel, &all[i].timer);
            due[i] = 0;
        } else {
            due[i] = now + 1 + next_random() % (step % 5 == 0 ? 300000 : 900);
            all[i].n_fired = 0;
            rtcio__timer_set(&wheel, &all[i].timer, due[i]);
        }
        now += next_random() % 40;
        rtcio__timers_advance(&wheel, now);
        if (step % 50 != 0)
            continue;
        for (size_t k = 0; k < MANY; k++) {
            if (due[k] == 0 || due[k] > now)
                continue;
            assert_int_equal(all[k].n_fired, 1);
            assert_int_equal(all[k].fired_at, due[k]);
            due[k] = 0;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_distance),
        cmocka_unit_test(next_is_never_late),
        cmocka_unit_test(past_times_fire_in_the_next_tick),
        cmocka_unit_test(stopping),
        cmocka_unit_test(callbacks_may_change_the_wheel),
        cmocka_unit_test(many_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
