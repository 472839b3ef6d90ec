/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* An event as JSON. Never in it: tokens, passwords, payloads, SDP. */

#include "internal.h"

#include <jansson.h>
#include <rtcio/auth.h>
#include <stdlib.h>
#include <string.h>

const char *const rtcio__webhook_names[RTCIO__N_HOOKS] = {"connect", "join", "leave", "disconnect"};

static json_t *build(const rtcio__webhook *hook, int64_t at_ms)
{
    const rtcio_socket *socket = hook->socket;
    json_t *event = json_pack("{s:s, s:I, s:s, s:s, s:s*, s:s*}", "type",
                              rtcio__webhook_names[hook->kind], "at", (json_int_t)at_ms, "socket",
                              rtcio_socket_id(socket), "address", rtcio_handshake_address(socket),
                              "userId", rtcio_auth_user(socket), "reason", hook->reason);
    int rc = event != NULL ? 0 : -1;
    if (rc == 0 && hook->room != NULL)
        rc = json_object_set_new(event, "room", json_string(hook->room)) |
             json_object_set_new(event, "members", json_integer((json_int_t)hook->members));
    if (rc == 0 && hook->kind == RTCIO__HOOK_CONNECT)
        rc = json_object_set_new(event, "transport", json_string(rtcio_socket_transport(socket))) |
             json_object_set_new(event, "recovered", json_boolean(rtcio_socket_recovered(socket)));
    if (rc == 0 && hook->kind == RTCIO__HOOK_DISCONNECT)
        rc = json_object_set_new(event, "durationMs",
                                 json_integer(at_ms - rtcio_handshake_issued_ms(socket)));
    if (rc == 0)
        return event;
    json_decref(event);
    return NULL;
}

rtcio__webhook_event *rtcio__webhook_event_create(const rtcio__webhook *hook, int64_t at_ms)
{
    json_t *json = build(hook, at_ms);
    if (json == NULL)
        return NULL;
    size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
    rtcio__webhook_event *event = malloc(sizeof *event + len);
    if (event != NULL) {
        *event = (rtcio__webhook_event){.size = sizeof *event + len, .len = len - 1};
        (void)json_dumpb(json, event->json, len, JSON_COMPACT);
        memmove(event->json, event->json + 1, len - 1);
    }
    json_decref(json);
    return event;
}
