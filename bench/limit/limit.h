/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_LIMIT_H
#define RTCIO_BENCH_LIMIT_H

/* The limit: what `rtcio bench` would measure of a server that does nothing but the system calls.
 *
 * It answers that one generator and no other client. Ids and names are found where the generator
 * puts them, the handshake's answer is a constant, no JSON is parsed, nothing is checked, nothing
 * is limited, and no error has a cure. It must never be reachable from elsewhere: it binds to the
 * loopback address alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMIT_CONNS  (1u << 17) /* indices are masked with it: a stray id hits a wrong socket */
#define LIMIT_NONE   UINT32_MAX
#define LIMIT_ID_LEN 20

enum limit_speaks { LIMIT_HTTP, LIMIT_WEBSOCKET, LIMIT_POLLING };

/* Bytes under way. Lent from a pool only while there are some, so that an idle connection holds
 * none and those in use stay in the processor's cache. */
struct limit_buf {
    struct limit_buf *next;
    uint32_t cap, len, off;
    uint8_t data[];
};

/* One cache line. A connection is known by its index, which is also its id. */
struct limit_conn {
    struct limit_buf *out;
    struct limit_buf *in; /* the beginning of a frame */
    int fd;               /* -1: free */
    uint32_t room;
    uint32_t next_member, prev_member; /* of the room; a free connection's next_member is the next
                                          free one */
    uint32_t next_ping, prev_ping;     /* by the time of their pings */
    uint32_t ping_at_ms;
    uint8_t speaks; /* enum limit_speaks */
    bool dirty, wants_write;
    bool closing; /* close when the output is sent */
    bool polled;  /* a poll waits for output */
};

extern struct limit_conn limit_conns[LIMIT_CONNS];

static inline uint32_t limit_index(const struct limit_conn *c)
{
    return (uint32_t)(c - limit_conns);
}

/* net.c: sockets, buffers, time. */
int limit_net_listen(uint16_t port); /* returns the port, or -1 with errno set */
void limit_net_turn(void);
uint8_t *limit_net_reserve(struct limit_conn *c, size_t n);
void limit_net_write(struct limit_conn *c, const void *bytes, size_t n);
void limit_net_close_after(struct limit_conn *c); /* the output */
void limit_net_heartbeat(struct limit_conn *c);   /* pings from now on */

/* talk.c: what the bytes say. */
size_t limit_talk(struct limit_conn *c, uint8_t *bytes, size_t len); /* returns what is used up */
void limit_talk_send(struct limit_conn *c, const void *packet, size_t len);

/* The answer to a poll begins in front of its body, where so many bytes are kept free. */
#define LIMIT_POLL_HEAD 80
void limit_talk_poll_head(struct limit_buf *b);

/* rooms.c: who hears of whom. The texts are packets of the event in question. */
void limit_id_write(char dst[LIMIT_ID_LEN], uint32_t index);
uint32_t limit_id_read(const char *id);
void limit_rooms_join(struct limit_conn *c, const char *text, size_t len);
void limit_rooms_leave(struct limit_conn *c);
void limit_rooms_tell(struct limit_conn *c, const void *text, size_t len); /* all others */

#endif
