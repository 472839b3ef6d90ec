/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Requests and the files that answer them. */

#include "files/files.h"

#include <rtcio/server.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATH 1024

static int compare_path(const void *path, const void *file)
{
    return strcmp(path, ((const struct rtcio__file *)file)->path);
}

int rtcio_files_answer(const rtcio_files *files, rtcio_http_request *request, rtcio_slice path)
{
    static const rtcio_slice wrong_method = {"method not allowed\n", 19}, nothing = {NULL, 0};
    char name[MAX_PATH];
    const struct rtcio__file *file = NULL;
    unsigned there = 0;

    if (files->n > 0 && rtcio__files_path(path, files->index, name, sizeof name))
        file = bsearch(name, files->file, files->n, sizeof *file, compare_path);
    if (file == NULL)
        return RTCIO_E_NOT_FOUND;
    const char *method = rtcio_http_method(request);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        rtcio_http_respond(request, 405, "text/plain", "Allow: GET, HEAD\r\n", wrong_method);
        return 0;
    }
    for (unsigned i = 0; i < RTCIO__FILES_N_ENCODINGS; i++)
        there |= file->body[i].blob != NULL ? 1u << i : 0;
    const struct rtcio__files_body *body =
        &file->body[rtcio__files_accept(rtcio_http_header(request, "accept-encoding"), there)];
    if (rtcio__files_etag_matches(rtcio_http_header(request, "if-none-match"), body->etag))
        rtcio_http_respond(request, 304, NULL, body->headers + body->n_only, nothing);
    else
        rtcio_http_respond_blob(request, 200, file->type, body->headers, body->blob);
    return 0;
}

/* A folder under its prefix. */
struct mount {
    rtcio_files *files;
    size_t prefix_len;
    char prefix[];
};

static void on_request(rtcio_http_request *request, void *user)
{
    const struct mount *mount = user;
    rtcio_slice path = rtcio_http_target(request);
    const char *query = memchr(path.data, '?', path.len);

    if (query != NULL)
        path.len = (size_t)(query - path.data);
    path.data += mount->prefix_len;
    path.len -= mount->prefix_len;
    (void)rtcio_files_answer(mount->files, request, path);
}

/* From "/room" to "/room/", with the query. */
static void on_bare_prefix(rtcio_http_request *request, void *user)
{
    const struct mount *mount = user;
    rtcio_slice target = rtcio_http_target(request), nothing = {NULL, 0};
    char headers[MAX_PATH];
    size_t bare_len = mount->prefix_len - 1;

    int n = snprintf(headers, sizeof headers, "Location: %s%.*s\r\n", mount->prefix,
                     (int)(target.len - bare_len), target.data + bare_len);
    if (n > 0 && (size_t)n < sizeof headers)
        rtcio_http_respond(request, 301, NULL, headers, nothing);
}

static void free_mount(void *data)
{
    struct mount *mount = data;

    rtcio_files_destroy(mount->files);
    free(mount);
}

/* What the namespace frees when the server is destroyed is found under its own address. */
static int keep_mount(rtcio_server *server, struct mount *mount)
{
    rtcio_namespace *nsp = rtcio_of(server, "/");
    int error =
        nsp != NULL ? rtcio_namespace_set_data(nsp, mount, mount, free_mount) : RTCIO_E_NO_MEMORY;
    if (error != 0)
        free_mount(mount);
    return error;
}

/* On an error the mount stays until the server is destroyed: a route of two may know it. */
static int add_routes(rtcio_server *server, struct mount *mount)
{
    char *bare = strndup(mount->prefix, mount->prefix_len - 1);
    int error = bare != NULL ? 0 : RTCIO_E_NO_MEMORY;

    if (error == 0 && bare[0] != '\0')
        error = rtcio_server_on_http(server, bare, on_bare_prefix, mount);
    if (error == 0)
        error = rtcio_server_on_http_prefix(server, mount->prefix, on_request, mount);
    free(bare);
    return error;
}

int rtcio_server_serve_files(rtcio_server *server, const char *prefix, const char *folder,
                             const rtcio_files_options *opt, char *why, size_t why_size)
{
    size_t len = strlen(prefix);

    if (len == 0 || prefix[0] != '/' || prefix[len - 1] != '/') {
        if (why != NULL)
            snprintf(why, why_size, "\"%s\" does not start and end with \"/\"", prefix);
        return RTCIO_E_INVALID;
    }
    struct mount *mount = malloc(sizeof *mount + len + 1);
    int error = mount != NULL ? rtcio_files_create(&mount->files, folder, opt, why, why_size)
                              : RTCIO_E_NO_MEMORY;
    if (error != 0) {
        free(mount);
        return error;
    }
    mount->prefix_len = len;
    memcpy(mount->prefix, prefix, len + 1);
    error = keep_mount(server, mount);
    if (error == 0)
        error = add_routes(server, mount);
    if (error != 0 && why != NULL)
        snprintf(why, why_size, "%s", rtcio_strerror(error));
    return error;
}
