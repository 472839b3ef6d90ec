/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The timer wheel. Level k holds timers due within 64^(k+1) ms, in slots 64^k ms wide; when time
 * reaches a slot of a coarse level, its timers are spread over the finer levels. It knows nothing
 * but time. */

#include "net/timer.h"

#define BITS 6

void rtcio__timers_init(struct rtcio__timers *t, uint64_t now)
{
    t->now = now;
    for (int level = 0; level < RTCIO__TIMER_LEVELS; level++) {
        t->used[level] = 0;
        for (int i = 0; i < RTCIO__TIMER_SLOTS; i++)
            rtcio__list_init(&t->slot[level][i]);
    }
}

static void place(struct rtcio__timers *t, struct rtcio__timer *timer)
{
    const uint64_t horizon = ((uint64_t)1 << (BITS * RTCIO__TIMER_LEVELS)) - 1;
    uint64_t due = timer->due;
    uint64_t delta = due - t->now;
    int level = 0;

    /* Beyond the horizon (12 days): waits in the last slot and is placed again from there. */
    if (delta > horizon) {
        delta = horizon;
        due = t->now + horizon;
    }
    while (delta >> (BITS * (level + 1)) != 0)
        level++;
    unsigned index = (unsigned)(due >> (BITS * level)) & (RTCIO__TIMER_SLOTS - 1);
    rtcio__list_append(&t->slot[level][index], &timer->link);
    t->used[level] |= (uint64_t)1 << index;
}

void rtcio__timer_stop(struct rtcio__timers *t, struct rtcio__timer *timer)
{
    struct rtcio__list *head = timer->link.next;
    bool last = head == timer->link.prev;
    struct rtcio__list *first = &t->slot[0][0];

    rtcio__list_remove(&timer->link);
    /* The last timer of a slot clears the slot's bit. While a slot fires, its timers hang on a head
     * outside the wheel. */
    if (last && head >= first && head < first + RTCIO__TIMER_LEVELS * RTCIO__TIMER_SLOTS) {
        size_t n = (size_t)(head - first);
        t->used[n / RTCIO__TIMER_SLOTS] &= ~((uint64_t)1 << (n % RTCIO__TIMER_SLOTS));
    }
}

void rtcio__timer_set(struct rtcio__timers *t, struct rtcio__timer *timer, uint64_t due)
{
    if (rtcio__timer_active(timer))
        rtcio__timer_stop(t, timer);
    timer->due = due > t->now ? due : t->now + 1;
    place(t, timer);
}

/* Moves a slot's timers to a head of the caller's and clears the slot. */
static void take_slot(struct rtcio__timers *t, int level, unsigned index, struct rtcio__list *out)
{
    struct rtcio__list *head = &t->slot[level][index];

    rtcio__list_init(out);
    if (!rtcio__list_empty(head)) {
        *out = *head;
        out->next->prev = out;
        out->prev->next = out;
        rtcio__list_init(head);
    }
    t->used[level] &= ~((uint64_t)1 << index);
}

uint64_t rtcio__timers_next(const struct rtcio__timers *t)
{
    uint64_t next = UINT64_MAX;

    for (int level = 0; level < RTCIO__TIMER_LEVELS; level++) {
        if (t->used[level] == 0)
            continue;
        /* Distance from the current slot to the next used one, 1 .. 64, around the circle. */
        uint64_t position = t->now >> (BITS * level);
        unsigned shift = (unsigned)(position + 1) & (RTCIO__TIMER_SLOTS - 1);
        uint64_t turned =
            shift == 0 ? t->used[level] : t->used[level] >> shift | t->used[level] << (64 - shift);
        uint64_t at = (position + 1 + (uint64_t)__builtin_ctzll(turned)) << (BITS * level);
        if (at < next)
            next = at;
    }
    return next;
}

void rtcio__timers_advance(struct rtcio__timers *t, uint64_t now)
{
    while (t->now < now) {
        uint64_t next = rtcio__timers_next(t);
        if (next > now) {
            t->now = now;
            break;
        }
        t->now = next;

        struct rtcio__list due;
        for (int level = RTCIO__TIMER_LEVELS - 1; level > 0; level--) {
            if ((t->now & (((uint64_t)1 << (BITS * level)) - 1)) != 0)
                continue;
            take_slot(t, level, (unsigned)(t->now >> (BITS * level)) & (RTCIO__TIMER_SLOTS - 1),
                      &due);
            while (!rtcio__list_empty(&due)) {
                struct rtcio__list *link = due.next;
                rtcio__list_remove(link);
                place(t, rtcio__container_of(link, struct rtcio__timer, link));
            }
        }
        take_slot(t, 0, (unsigned)t->now & (RTCIO__TIMER_SLOTS - 1), &due);
        while (!rtcio__list_empty(&due)) {
            struct rtcio__list *link = due.next;
            rtcio__list_remove(link);
            struct rtcio__timer *timer = rtcio__container_of(link, struct rtcio__timer, link);
            timer->fire(timer);
        }
    }
}
