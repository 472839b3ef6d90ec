/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Events of other nodes were lost before they reached this one. */

#include "socketio/adapter.h"
#include "socketio/recovery.h"

/* Whoever comes back is told that something is missing: the log has a hole behind all that was
 * sent. */
static void break_logs(rtcio_server *server)
{
    struct rtcio__recovery *recovery = server->recovery;
    struct rtcio__hash_node *node = NULL;

    if (recovery == NULL)
        return;
    while ((node = rtcio__hash_next(&recovery->resumes, node)) != NULL) {
        struct rtcio__resume *r = rtcio__container_of(node, struct rtcio__resume, node);
        r->last = r->nsp->log->next;
    }
    while ((node = rtcio__hash_next(&server->namespaces, node)) != NULL) {
        rtcio_namespace *nsp = rtcio__container_of(node, rtcio_namespace, node);
        if (nsp->log != NULL)
            rtcio__log_break(&recovery->logs, nsp->log);
    }
}

static void tell(struct rtcio__deferred *deferred)
{
    rtcio_server *server = rtcio__container_of(deferred, rtcio_server, overflow);
    const rtcio_server_options *opt = &server->engine.opt;

    if (opt->on_inbox_overflow != NULL)
        opt->on_inbox_overflow(server, opt->user);
}

void rtcio__lost_init(rtcio_server *server)
{
    rtcio__list_init(&server->overflow.link);
    server->overflow.run = tell;
}

void rtcio__server_lost(rtcio_server *server)
{
    struct rtcio__hash_node *node = NULL;

    break_logs(server);
    /* They end when the turn does: no code of the program runs now. */
    while ((node = rtcio__hash_next(&server->engine.sessions, node)) != NULL)
        rtcio__session_doom(rtcio__container_of(node, struct rtcio__session, node));
    rtcio__loop_defer(&server->engine.loop, &server->overflow);
}
