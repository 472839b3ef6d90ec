/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_LIST_H
#define RTCIO_BASE_LIST_H

/* An intrusive doubly linked list. A link that points to itself is in no list. */

#include <stdbool.h>
#include <stddef.h>

struct rtcio__list {
    struct rtcio__list *next, *prev;
};

#define rtcio__container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

static inline void rtcio__list_init(struct rtcio__list *l)
{
    l->next = l->prev = l;
}

static inline bool rtcio__list_empty(const struct rtcio__list *l)
{
    return l->next == l;
}

static inline void rtcio__list_append(struct rtcio__list *head, struct rtcio__list *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* Takes the node out; it is in no list afterwards. Harmless twice. */
static inline void rtcio__list_remove(struct rtcio__list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    rtcio__list_init(node);
}

#endif
