/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* A server whose handlers do the nastiest legal things at random, driven over real connections by
 * clients that keep to the protocol only sometimes; then the same while memory runs out. What is
 * checked is what must hold whatever happens: no memory error, each completion once and never from
 * inside its emit, each attached datum freed once, and nothing left at the end.
 *
 * RTCIO_HAMMER_SEED and RTCIO_HAMMER_ROUNDS repeat or prolong a run. */

#include "hammer_client.h"

#define N_CLIENTS  24
#define N_HANDLES  64
#define MAGIC      UINT64_C(0x5ca1ab1e0ddba11)
#define MAX_NESTED 3

/* What the program holds of a server. */
static struct {
    rtcio_server *server;
    rtcio_namespace *nsp[3];
    rtcio_next *next[N_HANDLES]; /* decisions put off */
    rtcio_ack *ack[N_HANDLES];   /* answers put off */
    char id[N_HANDLES][21];      /* of sockets seen */
    uint64_t n_data, n_asked, n_completed, n_operations;
    unsigned nested;
    bool asking, closed, turning;
    char key[2];
} host;

struct canary {
    uint64_t magic;
    rtcio_socket *socket;
};

static void nasty(rtcio_socket *socket, const rtcio_event *ev);

static void free_canary(void *data)
{
    struct canary *c = data;

    assert_true(c->magic == MAGIC);
    /* Readable until the last of it is freed. */
    bool of_socket = c->socket != NULL;
    if (of_socket)
        assert_true(strlen(rtcio_handshake_address(c->socket)) < 46);
    c->magic = 0;
    host.n_data--;
    free(c);
    /* A namespace's data goes with the server, of which nothing may be left. */
    if (of_socket && roll(4) == 0)
        nasty(NULL, NULL);
}

static void attach(rtcio_socket *socket, rtcio_namespace *nsp)
{
    struct canary *c = __real_calloc(1, sizeof *c);
    const void *key = &host.key[roll(2)];

    *c = (struct canary){MAGIC, socket};
    host.n_data++;
    if ((socket != NULL ? rtcio_socket_set_data(socket, key, c, free_canary)
                        : rtcio_namespace_set_data(nsp, key, c, free_canary)) != 0) {
        host.n_data--;
        free(c);
    }
}

static void on_responses(int status, const rtcio_responses *responses, void *user)
{
    assert_false(host.asking);
    assert_ptr_equal(user, &host);
    assert_true(status <= 0);
    host.n_completed++;
    for (size_t i = 0; i < rtcio_responses_count(responses); i++) {
        const rtcio_event *ev = rtcio_responses_at(responses, i);
        (void)rtcio_event_json(ev);
        (void)rtcio_event_member(ev, "k");
        (void)rtcio_event_binary(ev, 0);
    }
    nasty(NULL, NULL);
}

static const char *room(void)
{
    static const char *const rooms[] = {"a", "b", "c", "d"};
    return roll(5) != 0                          ? rooms[roll(4)]
           : host.id[roll(N_HANDLES)][0] != '\0' ? host.id[roll(N_HANDLES)]
                                                 : "e";
}

static rtcio_operator target(rtcio_socket *socket)
{
    rtcio_namespace *nsp = host.nsp[roll(3)];
    rtcio_operator op = socket != NULL && roll(2) ? rtcio_op(socket) : rtcio_op(nsp);

    for (uint32_t i = roll(4); i > 0; i--)
        op = rtcio_to(op, room());
    if (roll(4) == 0)
        op = rtcio_except(op, room());
    if (roll(4) == 0)
        op = rtcio_rooms_only(op);
    if (roll(4) == 0)
        op = rtcio_volatile(op);
    if (roll(3) == 0)
        op = rtcio_timeout(op, 1 + roll(30));
    return op;
}

static void emit(rtcio_socket *socket)
{
    static const char bytes[3000] = {0};
    rtcio_slice args = {"{\"_placeholder\":true,\"num\":0}", 29};
    rtcio_slice attachment = {bytes, roll(sizeof bytes)};
    rtcio_message message = {"bin", &args, 1, &attachment, 1};
    rtcio_operator op = target(socket);
    int error;

    host.asking = true;
    switch (roll(4)) {
    case 0:
        (void)rtcio_emit(op, "a\n\"b", "{s:i, s:[s]}", "n", 7, "list", "text");
        break;
    case 1:
        (void)rtcio_emit_message(op, &message);
        break;
    case 2:
        error = rtcio_emit_with_ack(op, "ask", on_responses, &host, "i", 1);
        host.n_asked += error >= 0;
        break;
    default:
        error = rtcio_emit_message_with_ack(op, &message, on_responses, &host);
        host.n_asked += error >= 0;
        break;
    }
    host.asking = false;
}

static bool visit(rtcio_socket *socket, void *user)
{
    (void)user;
    nasty(socket, NULL);
    return roll(8) != 0;
}

static bool visit_room(const char *name, void *user)
{
    rtcio_socket *socket = user;

    assert_true(strlen(name) > 0);
    if (roll(4) == 0)
        (void)rtcio_socket_leave(socket, name);
    nasty(socket, NULL);
    return true;
}

static void answer(rtcio_ack **slot)
{
    rtcio_ack *ack = *slot;
    static const char bytes[100] = {0};
    rtcio_slice attachment = {bytes, sizeof bytes};

    *slot = NULL;
    if (ack == NULL)
        return;
    (void)rtcio_ack_socket(ack);
    if (roll(3) == 0)
        rtcio_ack_discard(ack);
    else if (roll(2) == 0)
        (void)rtcio_ack_reply(ack, "s", "late");
    else
        (void)rtcio_ack_reply_json(ack, (rtcio_slice){"{\"_placeholder\":true,\"num\":0}", 29},
                                   &attachment, 1);
}

static void decide(rtcio_next **slot)
{
    rtcio_next *next = *slot;

    *slot = NULL;
    if (next == NULL)
        return;
    if (roll(3) != 0)
        rtcio_next_accept(next);
    else
        (void)rtcio_next_refuse(next, "no", roll(2) ? "{s:i}" : NULL, "code", 1);
}

static void posted(rtcio_server *server, void *user)
{
    (void)user;
    assert_ptr_equal(server, host.server);
    nasty(NULL, NULL);
}

/* Something with a socket that is at hand, or has gone already in this turn. */
static void nasty_with(rtcio_socket *socket)
{
    char text[64];

    (void)rtcio_socket_transport(socket);
    (void)rtcio_handshake_query(socket, "EIO", text, sizeof text);
    switch (roll(9)) {
    case 0:
        (void)rtcio_socket_join(socket, room());
        break;
    case 1:
        (void)rtcio_socket_leave(socket, room());
        break;
    case 2:
        rtcio_socket_each_room(socket, visit_room, socket);
        break;
    case 3:
        attach(socket, NULL);
        break;
    case 4:
        (void)rtcio_socket_set_data(socket, &host.key[roll(2)], NULL, NULL);
        break;
    case 5:
        if (roll(20) == 0)
            rtcio_socket_disconnect(socket, roll(2));
        break;
    case 6:
        (void)rtcio_handshake_auth_unpack(socket, "{s?s}", "k", &(const char *){NULL});
        break;
    default:
        emit(socket);
        break;
    }
}

static void nasty_event(const rtcio_event *ev)
{
    static const char bytes[100] = {0};
    rtcio_slice attachment = {bytes, sizeof bytes};

    (void)rtcio_event_member(ev, "k");
    (void)rtcio_event_binary(ev, 1);
    switch (roll(5)) {
    case 0:
        (void)rtcio_event_json(ev);
        break;
    case 1:
        (void)rtcio_reply(ev, "i", 1);
        break;
    case 2:
        (void)rtcio_reply_json(ev, (rtcio_slice){"1", 1}, &attachment, roll(2));
        break;
    case 3: {
        rtcio_ack **slot = &host.ack[roll(N_HANDLES)];
        answer(slot);
        *slot = rtcio_event_take_ack(ev);
        break;
    }
    default:
        break;
    }
}

static void nasty_with_server(void)
{
    rtcio_namespace *nsp = host.nsp[roll(3)];
    rtcio_socket *socket = rtcio_namespace_socket(nsp, host.id[roll(N_HANDLES)]);

    switch (roll(12)) {
    case 0:
        decide(&host.next[roll(N_HANDLES)]);
        break;
    case 1:
        answer(&host.ack[roll(N_HANDLES)]);
        break;
    case 2:
        rtcio_namespace_each(nsp, visit, NULL);
        break;
    case 3:
        rtcio_room_each(nsp, room(), visit, NULL);
        break;
    case 4:
        rtcio_sockets_join(target(NULL), room());
        break;
    case 5:
        rtcio_sockets_leave(target(NULL), room());
        break;
    case 6:
        if (roll(100) == 0)
            rtcio_disconnect_sockets(target(NULL), roll(2));
        break;
    case 7:
        (void)rtcio_server_post(host.server, posted, NULL);
        break;
    case 8:
        attach(NULL, nsp);
        break;
    case 9:
        /* A loop inside the loop is refused. */
        if (host.turning)
            assert_true(rtcio_server_run(host.server) != 0 || host.closed);
        break;
    case 10:
        if (roll(2000) == 0) {
            host.closed = true;
            rtcio_server_close(host.server);
        }
        break;
    default:
        if (socket != NULL && roll(10) == 0)
            rtcio_socket_disconnect(socket, roll(2));
        break;
    }
}

/* Does a few things, some of which lead here again. */
static void nasty(rtcio_socket *socket, const rtcio_event *ev)
{
    if (host.nested >= MAX_NESTED)
        return;
    host.nested++;
    for (uint32_t i = roll(4); i > 0; i--) {
        host.n_operations++;
        if (socket != NULL && roll(3) != 0)
            nasty_with(socket);
        else if (ev != NULL && roll(2) == 0)
            nasty_event(ev);
        else if (roll(4) != 0)
            emit(socket);
        else
            nasty_with_server();
    }
    host.nested--;
}

static void on_event(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    if (rtcio_socket_connected(socket))
        memcpy(host.id[roll(N_HANDLES)], rtcio_socket_id(socket), 21);
    nasty(socket, ev);
}

static void on_attempt(rtcio_socket *socket, rtcio_next *next, void *user)
{
    rtcio_next **slot = &host.next[roll(N_HANDLES)];
    (void)user;

    nasty(socket, NULL);
    if (roll(3) == 0) {
        rtcio_next_accept(next);
        return;
    }
    decide(slot);
    /* The slot may have been filled again by what that led to. */
    if (*slot != NULL)
        (void)rtcio_next_refuse(next, "busy", NULL);
    else
        *slot = next;
}

static void on_refused(const rtcio_refusal *refusal, void *user)
{
    (void)user;
    assert_non_null(refusal->context);
    nasty(NULL, NULL);
}

static void on_health(rtcio_http_request *request, void *user)
{
    static const char zeros[8000] = {0};
    (void)user;
    if (roll(2) == 0)
        nasty(NULL, NULL);
    if (roll(4) != 0)
        (void)rtcio_http_respond(request, 200, "text/plain", NULL,
                                 (rtcio_slice){zeros, roll(sizeof zeros)});
    if (roll(2) == 0)
        nasty(NULL, NULL);
}

static int open_server(void)
{
    static const char *const names[] = {"/", "/adm", "/late"};
    rtcio_server_options opt;
    int port;

    rtcio_server_options_init(&opt);
    opt.ping_interval_ms = 60;
    opt.ping_timeout_ms = 40;
    opt.connect_timeout_ms = 80;
    opt.request_timeout_ms = 60;
    opt.keep_alive_timeout_ms = 50;
    opt.upgrade_timeout_ms = 50;
    opt.attachment_timeout_ms = 40;
    opt.close_timeout_ms = 40;
    opt.max_payload_bytes = 4096;
    opt.max_head_bytes = 1024;
    opt.max_queue_bytes = 16384;
    opt.retain_handshake = roll(2);
    opt.cors_origin = roll(2) ? "*" : NULL;
    opt.on_refused = on_refused;
    memset(&host, 0, sizeof host);
    host.server = serve(&opt, &port);
    for (int i = 0; i < 3; i++) {
        rtcio_namespace *nsp = host.nsp[i] = rtcio_of(host.server, names[i]);
        rtcio_on(nsp, "a", on_event, NULL);
        rtcio_on_any(nsp, on_event, NULL);
        rtcio_on_connection(nsp, on_event, NULL);
        rtcio_on_disconnecting(nsp, on_event, NULL);
        rtcio_on_disconnect(nsp, on_event, NULL);
        rtcio_on_error(nsp, on_event, NULL);
        if (i > 0)
            rtcio_use(nsp, on_attempt, NULL);
        if (i > 1)
            rtcio_use(nsp, on_attempt, NULL);
    }
    assert_int_equal(rtcio_server_on_http(host.server, "/health", on_health, NULL), 0);
    return port;
}

/* One server's life. Returns how much was done with it. */
static uint64_t hammer(unsigned turns, unsigned running_out)
{
    int port = open_server();
    struct client clients[N_CLIENTS];
    rtcio_server_stats stats;

    for (int i = 0; i < N_CLIENTS; i++)
        clients[i] = (struct client){.fd = {-1, -1, -1}};
    scarcity = running_out;
    for (unsigned i = 0; i < turns && !host.closed; i++) {
        for (uint32_t n = roll(8); n > 0; n--)
            live(&clients[roll(N_CLIENTS)], port);
        if (roll(8) == 0)
            nasty(NULL, NULL);
        clock_now_ms += roll(300) ? roll(3) == 0 : roll(3000);
        host.turning = true;
        (void)rtcio_server_turn(host.server);
        host.turning = false;
    }
    /* Half of the clients stay, so that the server has somebody to say goodbye to. */
    for (int i = 0; i < N_CLIENTS; i++)
        if (roll(2) || host.closed)
            drop_client(&clients[i]);
    bool was_closed = host.closed;
    host.closed = true;
    rtcio_server_close(host.server);
    for (int i = 0; i < 20; i++)
        (void)rtcio_server_turn(host.server);
    for (int i = 0; i < N_CLIENTS; i++)
        drop_client(&clients[i]);
    /* Whoever is still waited for has 2 s; the rest is the slow taking of last answers. */
    for (unsigned i = 0; rtcio_server_turn(host.server) != 0; i++, clock_now_ms += 10)
        assert_true(i < 2000);
    stats = stats_of(host.server);
    assert_int_equal(stats.n_connections, 0);
    assert_int_equal(stats.n_sessions, 0);
    assert_int_equal(stats.n_polling, 0);
    assert_int_equal(stats.n_sockets, 0);
    assert_int_equal(stats.n_queued_bytes, 0);
    if (!was_closed)
        assert_true(stats.sessions > 0);
    scarcity = 0;
    rtcio_server *server = host.server;
    rtcio_server_destroy(server);
    assert_int_equal(host.n_completed, host.n_asked);
    assert_int_equal(host.n_data, 0);
    return host.n_operations;
}

static unsigned setting(const char *name, unsigned value)
{
    const char *text = getenv(name);
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : value;
}

static void run(unsigned running_out)
{
    unsigned seed = setting("RTCIO_HAMMER_SEED", 1);
    unsigned rounds = setting("RTCIO_HAMMER_ROUNDS", 20);
    uint64_t done = 0;

    for (unsigned i = 0; i < rounds; i++) {
        dice = (UINT64_C(0x9e3779b97f4a7c15) * (seed + i)) | 1;
        fprintf(stderr, "seed %u\n", seed + i);
        done += hammer(4000, running_out);
    }
    fprintf(stderr, "%llu operations by handlers\n", (unsigned long long)done);
}

static void handlers_may_do_anything(void **state)
{
    (void)state;
    run(0);
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    run(50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handlers_may_do_anything),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
