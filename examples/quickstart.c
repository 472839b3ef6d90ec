/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors
 *
 * A whole signaling server: rtc.io's rooms, presence and relay from the library, and one event
 * of our own. Usage: quickstart [PORT] */
#include <stdio.h>
#include <stdlib.h>

#include <rtcio/server.h>
#include <rtcio/signaling.h>

/* `raise-hand` {roomId}: tells the others in the room; the answer is how many are in it. */
static void on_raise_hand(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    (void)user;
    const char *room;
    if (rtcio_event_unpack(ev, "{s:s}", "roomId", &room) != 0 ||
        !rtcio_socket_in_room(socket, room))
        return; /* odd payloads are not our problem */

    rtcio_emit(rtcio_to(socket, room), "hand-raised", "{s:s}", "id", rtcio_socket_id(socket));
    rtcio_reply(ev, "i", (int)rtcio_room_size(rtcio_socket_namespace(socket), room));
}

int main(int argc, char **argv)
{
    rtcio_server_options opt;
    rtcio_server_options_init(&opt);
    opt.cors_origin = "*"; /* any web page may connect; name your own one here */

    rtcio_server *server = rtcio_server_create(&opt);
    if (!server || !rtcio_signaling_attach(rtcio_of(server, "/"), NULL))
        return EXIT_FAILURE;
    rtcio_on(rtcio_of(server, "/"), "raise-hand", on_raise_hand, NULL);

    int port = rtcio_server_listen(server, NULL, argc > 1 ? atoi(argv[1]) : 3001);
    if (port < 0) {
        fprintf(stderr, "cannot listen: %s\n", rtcio_strerror(port));
        return EXIT_FAILURE;
    }
    printf("listening on http://localhost:%d\n", port);
    fflush(stdout);
    return rtcio_server_run(server) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
