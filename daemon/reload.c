/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Reads on the main thread, applies on each worker's, and says what changed and what did not. */

#include "reload.h"

#include "setup.h"

#include <stdlib.h>
#include <string.h>

/* The newest is the main thread's; the one before is freed by the last worker that applies the
 * newest: posts arrive in order, so nobody reads it any more. */
struct rtcio__reload {
    rtcio__config config;
    rtcio__serve_options options; /* borrows from config */
    rtcio__reload *previous;
    rtcio__log *log;
    unsigned n_left; /* workers that have not applied it; atomic */
};

static void reload_free(rtcio__reload *reload)
{
    if (reload == NULL)
        return;
    rtcio__config_fini(&reload->config);
    free(reload);
}

static void apply(rtcio_server *server, void *user)
{
    rtcio__reload *reload = user;
    int rc = rtcio__setup_reload(server, &reload->options);
    if (rc != 0)
        rtcio__log_line(reload->log, RTCIO__LOG_ERROR, "config.reload",
                        RTCIO__TEXT_FIELD("reason", rtcio_strerror(rc)));
    if (__atomic_sub_fetch(&reload->n_left, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    reload_free(reload->previous);
    reload->previous = NULL;
}

/* The keys whose values differ, those that a reload applies or the others. */
static const char *list_changes(const rtcio__config *before, const rtcio__config *after, bool live,
                                char *buf, size_t size)
{
    size_t len = 0;
    buf[0] = '\0';
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        const char *key = rtcio__settings[i].key;
        if (rtcio__settings[i].live != live ||
            strcmp(before->values[i].text, after->values[i].text) == 0 ||
            len + strlen(key) + 2 > size)
            continue;
        len += (size_t)snprintf(buf + len, size - len, "%s%s", len > 0 ? "," : "", key);
    }
    return buf;
}

static int read_again(rtcio__reload *reload, const rtcio__reloader *reloader, char *why,
                      size_t why_size)
{
    int status =
        rtcio__config_read(&reload->config, reloader->n_words, reloader->words, why, why_size);
    if (status == 0)
        status = rtcio__serve_options_fill(&reload->options, &reload->config, why, why_size);
    if (status == 0 && reload->options.has_auth != reloader->has_auth) {
        snprintf(why, why_size, "tokens are switched %s by a restart only",
                 reload->options.has_auth ? "on" : "off");
        return RTCIO__EXIT_CONFIG;
    }
    /* Nobody fetches them; without others there would be no keys at all. */
    if (status == 0 && reload->options.has_auth && !reloader->has_jwks) {
        char text[200];
        reload->options.auth.issuer_keys = false;
        if (rtcio_auth_options_check(&reload->options.auth, text, sizeof text) != 0) {
            snprintf(why, why_size,
                     "auth.jwks_url is applied by a restart only, leave a key until "
                     "then: %s",
                     text);
            return RTCIO__EXIT_CONFIG;
        }
    }
    return status;
}

void rtcio__reload_run(rtcio__reloader *reloader, rtcio_workers *workers)
{
    char why[1024] = "out of memory", changed[512], restart[512];
    rtcio__reload *reload = calloc(1, sizeof *reload);
    if (reload == NULL || read_again(reload, reloader, why, sizeof why) != 0) {
        rtcio__log_line(reloader->log, RTCIO__LOG_ERROR, "config.reload",
                        RTCIO__TEXT_FIELD("reason", why));
        reload_free(reload);
        return;
    }
    rtcio__reload *before = reloader->current;
    const rtcio__config *old = before != NULL ? &before->config : reloader->first;
    list_changes(old, &reload->config, true, changed, sizeof changed);
    list_changes(reloader->first, &reload->config, false, restart, sizeof restart);
    reload->log = reloader->log;
    reload->previous = before;
    reload->n_left = rtcio_workers_count(workers);
    if (rtcio_workers_post(workers, apply, reload) != 0) {
        rtcio__log_line(reloader->log, RTCIO__LOG_ERROR, "config.reload",
                        RTCIO__TEXT_FIELD("reason", "out of memory"));
        reload_free(reload);
        return;
    }
    reloader->current = reload;
    rtcio__store_reload(reloader->store, &reload->config);
    rtcio__log_line(reloader->log, RTCIO__LOG_INFO, "config.reload",
                    RTCIO__TEXT_FIELD("changed", changed),
                    RTCIO__TEXT_FIELD("needs_restart", restart));
}

void rtcio__reload_fini(rtcio__reloader *reloader)
{
    while (reloader->current != NULL) {
        rtcio__reload *previous = reloader->current->previous;
        reload_free(reloader->current);
        reloader->current = previous;
    }
}
