/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What an idle connection on a WebSocket consists of, for bench/idle: one line for each structure,
 * its name, its size in memory, how many of them there are for one client ("1", or "1/4" for what
 * four in a room share), and whether all have it or only clients in rooms. */

#include "signaling/signaling.h"
#include "socketio/internal.h"

#include <stddef.h>
#include <stdio.h>

/* As the load generator names rooms and clients. */
#define ROOM_NAME sizeof("bench-12345678-00000")

/* malloc's size in front, pieces of 16 bytes, at least 32 (glibc on 64 bits). */
static size_t chunk(size_t size)
{
    size_t whole = (size + sizeof(size_t) + 15) / 16 * 16;
    return whole < 32 ? 32 : whole;
}

static void line(const char *name, size_t bytes, const char *each, const char *where)
{
    (void)printf("%s\t%zu\t%s\t%s\n", name, bytes, each, where);
}

int main(void)
{
    line("connection (net)", sizeof(struct rtcio__conn), "1", "all");
    line("session (engine)", sizeof(struct rtcio__session), "1", "all");
    line("the session's part in socketio", sizeof(struct rtcio__client), "1", "all");
    line("socket (socketio)", (RTCIO__SOCKET_SIZE + 7) / 8 * 8, "1", "all");
    line("membership (socketio)", sizeof(struct rtcio__member), "1", "rooms");
    line("link to the peer (socketio)", sizeof(struct rtcio__data), "1", "rooms");
    line("peer and its seat (signaling)",
         chunk(offsetof(rtcio__signaling_peer, id) + RTCIO__ID_LEN + 1), "1", "rooms");
    line("room (socketio)", chunk(offsetof(struct rtcio__room, name) + ROOM_NAME), "1/4", "rooms");
    line("room (signaling)", chunk(sizeof(rtcio__signaling_room) + ROOM_NAME), "1/4", "rooms");
    line("the room's place in a tree", chunk(3 * sizeof(void *)), "1/4", "rooms");
    return 0;
}
