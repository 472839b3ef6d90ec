/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors
 *
 * A plugin of `rtcio serve`: the event `roll` {roomId}, whose dice a whole room believes.
 *
 *     cc -shared -fPIC $(pkg-config --cflags rtcio) -o plugin.so plugin.c
 *     rtcio serve --plugins "./plugin.so config=20"          # a die with 20 sides, not 6 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#include <rtcio/plugin.h>

static void on_roll(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    const char *room;
    uint32_t random;
    if (rtcio_event_unpack(ev, "{s:s}", "roomId", &room) != 0 ||
        !rtcio_socket_in_room(socket, room) || getrandom(&random, sizeof random, 0) < 0)
        return; /* odd payloads are not our problem */

    int eyes = (int)(random % (uint32_t)(uintptr_t)user) + 1;
    rtcio_emit(rtcio_to(rtcio_of(rtcio_socket_server(socket), "/"), room), "rolled", "{s:s, s:i}",
               "id", rtcio_socket_id(socket), "eyes", eyes);
}

static int setup(rtcio_server *server, const char *config)
{
    int sides = *config != '\0' ? atoi(config) : 6;
    if (sides < 2)
        return RTCIO_E_INVALID;
    return rtcio_on(rtcio_of(server, "/"), "roll", on_roll, (void *)(uintptr_t)sides);
}

RTCIO_PLUGIN(setup)
