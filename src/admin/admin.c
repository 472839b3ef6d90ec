/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Attaching the admin part: options, the namespace of the UI, its greeting. */

#include "admin/internal.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Its address names the slot of the UI's namespace where its admin is. */
static const char attached = 0;

void rtcio_admin_options_init_sized(rtcio_admin_options *opt, size_t size)
{
    const rtcio_admin_options defaults = {.size = sizeof defaults, .nsp_name = "/admin"};

    memset(opt, 0, size);
    memcpy(opt, &defaults, size < sizeof defaults ? size : sizeof defaults);
    opt->size = size;
}

void rtcio__admin_emit(rtcio_operator to, const char *event, json_t *args)
{
    char *text = args != NULL ? json_dumps(args, JSON_COMPACT) : NULL;

    if (text != NULL) {
        const rtcio_slice inside = {text + 1, strlen(text) - 2};
        const rtcio_message message = {.event = event, .args = &inside, .n_args = 1};
        rtcio_emit_message(to, &message);
    }
    free(text);
    json_decref(args);
}

json_t *rtcio__admin_timestamp(void)
{
    struct timespec now;
    struct tm tm;
    char text[40];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + len, sizeof text - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
    return json_string(text);
}

static void on_connection(rtcio_socket *socket, const rtcio_event *ev, void *user)
{
    static const char *const features[] = {"EMIT",  "JOIN",   "LEAVE",      "DISCONNECT",
                                           "MJOIN", "MLEAVE", "MDISCONNECT"};
    rtcio_admin *admin = user;
    json_t *list = json_array();

    (void)ev;
    for (size_t i = 0; !admin->readonly && i < sizeof features / sizeof features[0]; i++)
        json_array_append_new(list, json_string(features[i]));
    json_array_append_new(list, json_string("AGGREGATED_EVENTS"));
    if (!admin->production)
        json_array_append_new(list, json_string("ALL_EVENTS"));
    rtcio__admin_emit(rtcio_op(socket), "config", json_pack("[{s:o}]", "supportedFeatures", list));
    if (!admin->production)
        rtcio__admin_tell_all(admin, socket);
}

/* The UI's namespace frees us, when the server is destroyed. */
static void admin_free(void *data)
{
    rtcio_admin *admin = data;

    rtcio__admin_auth_fini(admin);
    rtcio__admin_report_fini(admin);
    free(admin->username);
    free(admin->password_hash);
    free(admin->server_id);
    free(admin);
}

static const char *wrong(const rtcio_admin_options *opt)
{
    if (opt->size < sizeof *opt || opt->nsp_name == NULL)
        return "fill the options with rtcio_admin_options_init()";
    if (opt->no_auth)
        return NULL;
    if (opt->username == NULL || opt->password_hash == NULL)
        return "username and password_hash must be set, or no_auth to let everybody in";
    if (crypt_checksalt(opt->password_hash) != CRYPT_SALT_OK)
        return "password_hash is none that crypt(3) knows; `htpasswd -nB NAME` makes one";
    return NULL;
}

int rtcio_admin_options_check(const rtcio_admin_options *opt, char *why, size_t why_size)
{
    const char *reason = wrong(opt);

    if (why != NULL)
        snprintf(why, why_size, "%s", reason != NULL ? reason : "");
    return reason == NULL ? 0 : RTCIO_E_INVALID;
}

static char *copy(const char *text)
{
    return strdup(text != NULL ? text : "");
}

static void watch(rtcio_namespace *nsp, void *user)
{
    rtcio__admin_watch(user, nsp);
}

static int add_handlers(rtcio_admin *admin)
{
    int error = admin->no_auth ? 0 : rtcio_use(admin->nsp, rtcio__admin_middleware, admin);

    if (error == 0)
        error = rtcio_on_connection(admin->nsp, on_connection, admin);
    if (error == 0 && !admin->readonly)
        error = rtcio__admin_commands(admin);
    if (error == 0 && !admin->production) {
        rtcio_server_each_namespace(admin->server, watch, admin);
        error = rtcio_on_namespace(admin->server, watch, admin);
    }
    return error;
}

rtcio_admin *rtcio_admin_attach(rtcio_server *server, const rtcio_admin_options *opt, char *why,
                                size_t why_size)
{
    char host[256] = "";
    const char *reason = opt != NULL ? wrong(opt) : "options are needed";
    rtcio_namespace *nsp = reason == NULL ? rtcio_of(server, opt->nsp_name) : NULL;

    if (reason == NULL && (nsp == NULL || rtcio_namespace_data(nsp, &attached) != NULL))
        reason = "nsp_name is no name for a namespace, or it has its admin already";
    if (why != NULL)
        snprintf(why, why_size, "%s", reason != NULL ? reason : "");
    if (reason != NULL)
        return NULL;
    rtcio_admin *admin = calloc(1, sizeof *admin);
    if (admin == NULL)
        return NULL;
    gethostname(host, sizeof host - 1);
    admin->server = server;
    admin->nsp = nsp;
    admin->username = copy(opt->username);
    admin->password_hash = copy(opt->password_hash);
    admin->server_id = copy(opt->server_id != NULL ? opt->server_id : host);
    admin->no_auth = opt->no_auth;
    admin->readonly = opt->readonly;
    admin->production = opt->production;
    admin->started = time(NULL);
    admin->sessions = rtcio__admin_sessions_of(nsp);
    if (admin->sessions == NULL || admin->username == NULL || admin->password_hash == NULL ||
        admin->server_id == NULL || rtcio__admin_report_init(admin) != 0 ||
        rtcio_namespace_set_data(nsp, &attached, admin, admin_free) != 0) {
        admin_free(admin);
        return NULL;
    }
    /* From here on the namespace owns it: handlers cannot be taken back. */
    return add_handlers(admin) == 0 ? admin : NULL;
}
