/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The control API of a worker: what it has, and where it hangs. */

#include "call.h"

#include <stdlib.h>
#include <time.h>

/* Its address names a slot of "/". */
static const char worker_key;

static int64_t unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void rtcio__control_init(rtcio__control *control, rtcio__life *life, rtcio__drain *drain,
                         size_t max_body_bytes)
{
    *control = (rtcio__control){.log = life->log,
                                .life = life,
                                .drain = drain,
                                .begun_ms = unix_ms(),
                                .max_body_bytes = max_body_bytes};
    rtcio__key_failures_init(&control->failures);
}

int rtcio__control_install(rtcio_server *server, rtcio__control *control,
                           const rtcio__attached *attached, const char *keys)
{
    rtcio__control_worker *worker = calloc(1, sizeof *worker);
    rtcio_http_route route;

    if (worker == NULL)
        return RTCIO_E_NO_MEMORY;
    worker->control = control;
    worker->server = server;
    worker->nsp = rtcio_of(server, "/");
    worker->attached = *attached;
    int rc = rtcio_namespace_set_data(worker->nsp, &worker_key, worker, free);
    if (rc != 0) {
        free(worker);
        return rc;
    }
    rtcio__keys_read(&worker->keys, keys);
    rtcio_http_route_init(&route);
    route.path = "/";
    route.prefix = true;
    route.site = RTCIO__CONTROL_SITE;
    route.max_body_bytes = control->max_body_bytes;
    route.on_head = rtcio__control_head;
    route.fn = rtcio__control_request;
    route.user = worker;
    return rtcio_server_add_route(server, &route);
}

rtcio__control_worker *rtcio__control_worker_of(rtcio_server *server)
{
    return rtcio_namespace_data(rtcio_of(server, "/"), &worker_key);
}

void rtcio__control_set_keys(rtcio_server *server, const char *keys)
{
    rtcio__control_worker *worker = rtcio__control_worker_of(server);
    /* Whether keys are asked for was decided at the start: the listener is still the same. */
    if (worker != NULL && worker->keys.n > 0 && *keys != '\0')
        rtcio__keys_read(&worker->keys, keys);
}
