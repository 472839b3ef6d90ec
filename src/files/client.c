/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The files of npm's client below the endpoint's path, where pages written for socket.io look for
 * them (Socket.IO spec 4.3). */

#include <rtcio/files.h>
#include <rtcio/server.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    "socket.io.js",
    "socket.io.min.js",
    "socket.io.esm.min.js",
    "socket.io.msgpack.min.js",
};

struct client {
    rtcio_files *files;
    size_t path_len; /* of the endpoint's path with "/" behind it */
    char path[];
};

static void free_client(void *data)
{
    struct client *client = data;

    rtcio_files_destroy(client->files);
    free(client);
}

/* "socket.io.js and its like, and each with .map" */
static bool is_name(const char *text, size_t len)
{
    if (len > 4 && memcmp(text + len - 4, ".map", 4) == 0)
        len -= 4;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0)
            return true;
    return false;
}

static int on_request(rtcio_http_request *request, void *user)
{
    const struct client *client = user;
    rtcio_slice target = rtcio_http_target(request);
    const char *query = memchr(target.data, '?', target.len);
    size_t len = query != NULL ? (size_t)(query - target.data) : target.len;

    if (len <= client->path_len || memcmp(target.data, client->path, client->path_len) != 0)
        return 0;
    rtcio_slice name = {target.data + client->path_len, len - client->path_len};
    /* What the folder does not have is left to the engine, as any other name. */
    if (is_name(name.data, name.len))
        (void)rtcio_files_answer(client->files, request, name);
    return 0;
}

int rtcio_server_serve_client(rtcio_server *server, const char *folder, char *why, size_t why_size)
{
    static const char key; /* its address names the slot */
    const char *path = rtcio_server_path(server);
    size_t len = strlen(path);
    rtcio_files_options opt;
    rtcio_namespace *nsp = rtcio_of(server, "/");

    while (len > 0 && path[len - 1] == '/')
        len--;
    struct client *client = malloc(sizeof *client + len + 2);
    if (client == NULL || nsp == NULL) {
        free(client);
        if (why != NULL)
            snprintf(why, why_size, "%s", rtcio_strerror(RTCIO_E_NO_MEMORY));
        return RTCIO_E_NO_MEMORY;
    }
    memcpy(client->path, path, len);
    memcpy(client->path + len, "/", 2);
    client->path_len = len + 1;
    rtcio_files_options_init(&opt);
    opt.max_files = 100;
    int error = rtcio_files_create(&client->files, folder, &opt, why, why_size);
    if (error != 0) {
        free(client);
        return error;
    }
    error = rtcio_namespace_set_data(nsp, &key, client, free_client);
    if (error != 0)
        free_client(client);
    else
        error = rtcio_server_use_http(server, on_request, client);
    if (error != 0 && why != NULL)
        snprintf(why, why_size, "%s", rtcio_strerror(error));
    return error;
}
