/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Rooms, found by the number in the names that the generator gives them, and what their members
 * are told. No passwords, no media state of those who came before (no workload has any). */

#include "limit.h"

#include <stdio.h>
#include <string.h>

#define NUMBERS 100000 /* a room's number has five digits */

/* 42["join-room",{"roomId":"bench-TAG-NNNNN","name":"…"}], in mesh bench-TAG-NNNNN-ROUND */
#define ROOM_AT 26
#define TAG_AT  (ROOM_AT + 6)

#define NAME_MAX_LEN 24

/* Memory that only connections in rooms touch. */
static char names[LIMIT_CONNS][NAME_MAX_LEN];
static struct {
    uint32_t first, n; /* first is of meaning only when there are members */
} rooms[NUMBERS * 2];

void limit_id_write(char dst[LIMIT_ID_LEN], uint32_t index)
{
    memcpy(dst, "socket-of-limit", 15);
    for (int i = 0; i < 5; i++)
        dst[15 + i] = (char)('a' + (index >> (4 * i) & 15));
}

uint32_t limit_id_read(const char *id)
{
    uint32_t index = 0;
    for (int i = 0; i < 5; i++)
        index |= (uint32_t)(id[15 + i] - 'a') << (4 * i);
    return index % LIMIT_CONNS;
}

/* Whoever joins a room of the next round has left that of the round before last: two sets of
 * rooms are enough. */
static uint32_t room_of(const char *digits, const char *end)
{
    uint32_t number = 0;
    for (int i = 0; i < 5; i++)
        number = number * 10 + (uint32_t)(digits[i] - '0');
    uint32_t odd = digits + 5 < end ? end[-1] & 1 : 0;
    return number % NUMBERS * 2 + odd;
}

static void enter(struct limit_conn *c, uint32_t room)
{
    uint32_t index = limit_index(c);
    c->room = room;
    c->prev_member = LIMIT_NONE;
    c->next_member = rooms[room].n == 0 ? LIMIT_NONE : rooms[room].first;
    if (c->next_member != LIMIT_NONE)
        limit_conns[c->next_member].prev_member = index;
    rooms[room].first = index;
    rooms[room].n++;
}

static void unlink_member(struct limit_conn *c)
{
    if (c->prev_member == LIMIT_NONE)
        rooms[c->room].first = c->next_member;
    else
        limit_conns[c->prev_member].next_member = c->next_member;
    if (c->next_member != LIMIT_NONE)
        limit_conns[c->next_member].prev_member = c->prev_member;
    rooms[c->room].n--;
    c->room = LIMIT_NONE;
}

static struct limit_conn *next_of(const struct limit_conn *c)
{
    return c->next_member == LIMIT_NONE ? NULL : &limit_conns[c->next_member];
}

static struct limit_conn *first_of(uint32_t room)
{
    return rooms[room].n == 0 ? NULL : &limit_conns[rooms[room].first];
}

void limit_rooms_tell(struct limit_conn *c, const void *text, size_t len)
{
    if (c->room == LIMIT_NONE)
        return;
    for (struct limit_conn *m = first_of(c->room); m != NULL; m = next_of(m)) {
        if (m != c)
            limit_talk_send(m, text, len);
    }
}

/* head ID tail */
static size_t put_id(char *dst, const char *head, uint32_t index, const char *tail)
{
    size_t n = strlen(head);
    size_t m = strlen(tail);
    memcpy(dst, head, n);
    limit_id_write(dst + n, index);
    memcpy(dst + n + LIMIT_ID_LEN, tail, m);
    return n + LIMIT_ID_LEN + m;
}

static size_t put_arrival(char *dst, const struct limit_conn *c)
{
    size_t n = put_id(dst, "42[\"user-connected\",{\"id\":\"", limit_index(c), "\",\"name\":\"");
    size_t m = strlen(names[limit_index(c)]);
    memcpy(dst + n, names[limit_index(c)], m);
    memcpy(dst + n + m, "\"}]", 3);
    return n + m + 3;
}

void limit_rooms_join(struct limit_conn *c, const char *text, size_t len)
{
    char out[200];
    const char *room_end = memchr(text + ROOM_AT, '"', len - ROOM_AT);
    const char *digits = memchr(text + TAG_AT, '-', len - TAG_AT);
    if (room_end == NULL || digits == NULL || room_end - text > 100)
        return;
    const char *name = room_end + strlen("\",\"name\":\"");
    size_t name_len = (size_t)(text + len - name) - strlen("\"}]");
    if (name_len >= NAME_MAX_LEN)
        return;
    memcpy(names[limit_index(c)], name, name_len);
    names[limit_index(c)][name_len] = '\0';

    limit_rooms_leave(c);
    uint32_t room = room_of(digits + 1, room_end);
    for (struct limit_conn *m = first_of(room); m != NULL; m = next_of(m))
        limit_talk_send(c, out, put_arrival(out, m));
    enter(c, room);

    size_t n = strlen("42[\"join-ok\",{\"roomId\":\"");
    size_t room_len = (size_t)(room_end - text) - ROOM_AT;
    memcpy(out, "42[\"join-ok\",{\"roomId\":\"", n);
    memcpy(out + n, text + ROOM_AT, room_len);
    memcpy(out + n + room_len, "\"}]", 3);
    limit_talk_send(c, out, n + room_len + 3);

    limit_rooms_tell(c, out, put_arrival(out, c));
    n = put_id(out, "42[\"#rtcio:init-offer\",{\"source\":\"", limit_index(c), "\"}]");
    limit_rooms_tell(c, out, n);
}

void limit_rooms_leave(struct limit_conn *c)
{
    char out[100];
    if (c->room == LIMIT_NONE)
        return;
    if (rooms[c->room].n > 1) {
        size_t n = put_id(out, "42[\"user-disconnected\",{\"id\":\"", limit_index(c), "\"}]");
        limit_rooms_tell(c, out, n);
        n = put_id(out, "42[\"#rtcio:peer-left\",{\"id\":\"", limit_index(c), "\"}]");
        limit_rooms_tell(c, out, n);
    }
    unlink_member(c);
}
