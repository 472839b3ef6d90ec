/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Attaches what `rtcio serve` offers to a server: signaling and ICE servers on "/", the Admin UI's
 * namespace, /health, the video room, log lines. */

#include "setup.h"

#include <rtcio/files.h>

#include <stdio.h>
#include <string.h>

/* Their addresses name slots of "/". */
static const char ice_key, auth_key, signaling_key;

static void answer_sign(rtcio_http_request *request, int status, const char *text)
{
    const char *method = rtcio_http_method(request);
    rtcio_slice sign = {text, strlen(text)}, no = {"method not allowed\n", 19};
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        rtcio_http_respond(request, status, "text/plain", "Cache-Control: no-store\r\n", sign);
    else
        rtcio_http_respond(request, 405, "text/plain", "Allow: GET, HEAD\r\n", no);
}

/* The process is there. */
static void on_health(rtcio_http_request *request, void *user)
{
    (void)user;
    answer_sign(request, 200, "ok");
}

/* It takes newcomers; without any key it would refuse all of them. */
static void on_ready(rtcio_http_request *request, void *user)
{
    const rtcio__setup *setup = user;
    bool draining = rtcio__drain_is_on(setup->drain), keys = rtcio__jwks_has_keys(setup->jwks);
    answer_sign(request, draining || !keys ? 503 : 200,
                draining ? "draining"
                : keys   ? "ready"
                         : "no keys");
}

void rtcio__setup_init(rtcio__setup *setup, const rtcio__serve_options *options, rtcio__life *life)
{
    *setup = (rtcio__setup){.options = options, .life = life};
    pthread_mutex_init(&setup->lock, NULL);
}

static int attach(rtcio_server *server, rtcio__setup *setup, char *why, size_t why_size)
{
    rtcio_namespace *nsp = rtcio_of(server, "/");
    snprintf(why, why_size, "%s", rtcio_strerror(RTCIO_E_NO_MEMORY));
    rtcio_auth *auth = NULL;
    if (nsp == NULL || (setup->options->has_auth &&
                        (auth = rtcio_auth_attach(nsp, &setup->options->auth)) == NULL))
        return RTCIO_E_NO_MEMORY;
    rtcio_signaling *signaling = rtcio_signaling_attach(nsp, &setup->options->signaling);
    rtcio_ice *ice = rtcio_ice_attach(nsp, &setup->options->ice);
    if (signaling == NULL || ice == NULL)
        return RTCIO_E_NO_MEMORY;
    if (*setup->options->admin.username != '\0' &&
        rtcio_admin_attach(server, &setup->options->admin, why, why_size) == NULL)
        return RTCIO_E_NO_MEMORY;
    if (rtcio_server_worker(server) == 0)
        setup->signaling = signaling;
    int rc = rtcio_namespace_set_data(nsp, &ice_key, ice, NULL);
    if (rc == 0)
        rc = rtcio_namespace_set_data(nsp, &signaling_key, signaling, NULL);
    if (rc == 0)
        rc = rtcio__customs_attach(&setup->options->customs, signaling, why, why_size);
    if (rc == 0)
        rc = rtcio_namespace_set_data(nsp, &auth_key, auth, NULL);
    if (rc == 0)
        rc = rtcio__jwks_attach(setup->jwks, server, auth);
    if (rc == 0)
        rc = rtcio__life_watch(setup->life, nsp);
    if (rc == 0)
        rc = rtcio_server_on_http(server, "/health", on_health, NULL);
    if (rc == 0)
        rc = rtcio_server_on_http(server, "/ready", on_ready, setup);
    if (rc == 0)
        rc = rtcio__drain_install(server, setup->drain);
    if (rc == 0 && setup->control != NULL)
        rc =
            rtcio__control_install(server, setup->control, &(rtcio__attached){signaling, ice, auth},
                                   setup->options->control_keys);
    if (rc == 0 && rtcio__web_exists(&setup->options->web))
        rc = rtcio__web_serve(server, &setup->options->web, why, why_size);
    if (rc == 0 && setup->options->client_folder != NULL)
        rc = rtcio_server_serve_client(server, setup->options->client_folder, why, why_size);
    if (rc == 0)
        rc = rtcio__plugins_attach(&setup->options->plugins, server, why, why_size);
    return rc;
}

int rtcio__setup_reload(rtcio_server *server, const rtcio__serve_options *options)
{
    rtcio_namespace *nsp = rtcio_of(server, "/");
    rtcio_auth *auth = rtcio_namespace_data(nsp, &auth_key);
    int rc = rtcio_server_set_limits(server, &options->server);
    if (rc == 0)
        rc = rtcio_signaling_set_limits(rtcio_namespace_data(nsp, &signaling_key),
                                        &options->signaling);
    if (rc == 0)
        rc = rtcio_ice_set_options(rtcio_namespace_data(nsp, &ice_key), &options->ice);
    if (rc == 0 && auth != NULL && options->has_auth)
        rc = rtcio_auth_set_options(auth, &options->auth);
    rtcio__control_set_keys(server, options->control_keys);
    return rc;
}

int rtcio__setup_server(rtcio_server *server, void *user)
{
    rtcio__setup *setup = user;
    char why[sizeof setup->why];
    int rc = attach(server, setup, why, sizeof why);
    if (rc != 0) {
        pthread_mutex_lock(&setup->lock);
        memcpy(setup->why, why, sizeof why);
        pthread_mutex_unlock(&setup->lock);
    }
    return rc;
}
