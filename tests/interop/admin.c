/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The admin part of the interop test server. */

#include <rtcio/admin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

void admin_install(rtcio_server *server, const char *how)
{
    char why[256];
    rtcio_admin_options opt;
    rtcio_admin_options_init(&opt);
    opt.no_auth = strstr(how, "open") != NULL;
    opt.readonly = strstr(how, "readonly") != NULL;
    opt.production = strstr(how, "production") != NULL;
    opt.server_id = "the server";
    if (strstr(how, "renamed") != NULL)
        opt.nsp_name = "/renamed";
    if (strstr(how, "basic") != NULL) {
        opt.username = "admin"; /* and "changeit" */
        opt.password_hash = "$2b$04$abcdefghijklmnopqrstuudwGrhhx5JklpO9.j/ckWDCf3exvs1/2";
    }
    if (!rtcio_admin_attach(server, &opt, why, sizeof(why))) {
        fprintf(stderr, "admin: %s\n", why);
        exit(1);
    }
}
