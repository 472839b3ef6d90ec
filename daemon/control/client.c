/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* One request, one connection, read to its end. */

#include "client.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_ANSWER ((size_t)64 << 20)

int rtcio__client_open(rtcio__client *client, const rtcio__config *config, char *why,
                       size_t why_size)
{
    const char *keys = config->values[RTCIO__SET_CONTROL_KEY].text, *key;
    size_t len;
    int status = rtcio__places_read_control(&client->place, config, NULL, why, why_size);

    if (status != 0)
        return status;
    if (client->place.text[0] == '\0') {
        snprintf(why, why_size,
                 "where is the server's control API? Give --control-listen HOST:PORT, "
                 "--control-listen unix:/PATH or --config FILE");
        return RTCIO__EXIT_USAGE;
    }
    client->key[0] = '\0';
    if (rtcio__list_next(&keys, &key, &len) && len < sizeof client->key)
        snprintf(client->key, sizeof client->key, "%.*s", (int)len, key);
    return 0;
}

static int connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);

    if (len >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, len + 1);
    if (*path == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (*path != '@'));
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, size) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* A server that listens everywhere listens here, too. */
static int connect_tcp(const char *host, int port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list;
    char service[8];
    bool everywhere = strcmp(host, "::") == 0 || strcmp(host, "0.0.0.0") == 0;
    int fd = -1;

    snprintf(service, sizeof service, "%d", port);
    errno = EHOSTUNREACH;
    if (getaddrinfo(everywhere ? "localhost" : host, service, &hints, &list) != 0)
        return -1;
    for (const struct addrinfo *at = list; at != NULL && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            int error = errno;
            close(fd);
            errno = error;
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

static int send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

static int send_request(const rtcio__client *client, int fd, const char *method, const char *path,
                        const char *body)
{
    char head[2048];
    int n =
        snprintf(head, sizeof head,
                 "%s %s HTTP/1.1\r\nHost: rtcio\r\nConnection: close\r\n%s%s%s"
                 "Content-Length: %zu\r\n\r\n",
                 method, path, client->key[0] != '\0' ? "Authorization: Bearer " : "", client->key,
                 client->key[0] != '\0' ? "\r\n" : "", body != NULL ? strlen(body) : 0);

    if (n < 0 || (size_t)n >= sizeof head || send_all(fd, head, (size_t)n) != 0)
        return -1;
    return body != NULL ? send_all(fd, body, strlen(body)) : 0;
}

/* Everything up to the end, NUL-terminated; NULL with errno. */
static char *read_all(int fd)
{
    size_t len = 0, size = 4096;
    char *all = malloc(size);

    for (;;) {
        if (all == NULL || len > MAX_ANSWER) {
            free(all);
            errno = ENOMEM;
            return NULL;
        }
        ssize_t n = recv(fd, all + len, size - len - 1, 0);
        if (n < 0) {
            int error = errno == EAGAIN ? ETIMEDOUT : errno;
            free(all);
            errno = error;
            return NULL;
        }
        len += (size_t)n;
        all[len] = '\0';
        if (n == 0)
            return all;
        if (size - len < 2048) {
            char *larger = realloc(all, size *= 2);
            if (larger == NULL)
                free(all);
            all = larger;
        }
    }
}

int rtcio__client_ask(const rtcio__client *client, const char *method, const char *path,
                      const char *body, char **answer, char *why, size_t why_size)
{
    const struct timeval timeout = {.tv_sec = RTCIO__CLIENT_TIMEOUT_S};
    const rtcio_listen_options *opt = &client->place.opt;
    int status = -1;

    *answer = NULL;
    errno = 0;
    int fd = opt->unix_path != NULL ? connect_unix(opt->unix_path)
                                    : connect_tcp(client->place.host, opt->port);
    char *all = NULL;
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
        if (send_request(client, fd, method, path, body) == 0)
            all = read_all(fd);
    }
    if (all == NULL)
        snprintf(why, why_size, "no server answers at %s: %s", client->place.text, strerror(errno));
    if (fd >= 0)
        close(fd);
    char *end = all != NULL ? strstr(all, "\r\n\r\n") : NULL;
    if (end != NULL && strncmp(all, "HTTP/1.1 ", 9) == 0 && (status = atoi(all + 9)) > 0)
        *answer = strdup(end + 4);
    else if (all != NULL)
        snprintf(why, why_size, "what answers at %s is no control API", client->place.text);
    free(all);
    return *answer != NULL ? status : -1;
}

json_t *rtcio__client_json(const rtcio__client *client, const char *method, const char *path,
                           const char *body, char *why, size_t why_size)
{
    char *text;
    const char *message = NULL;
    int status = rtcio__client_ask(client, method, path, body, &text, why, why_size);

    if (status < 0)
        return NULL;
    json_t *answer = json_loads(text, 0, NULL);
    free(text);
    if (status >= 200 && status < 300 && answer != NULL)
        return answer;
    (void)json_unpack(answer, "{s:{s:s}}", "error", "message", &message);
    snprintf(why, why_size, "the server at %s says %d: %s", client->place.text, status,
             message != NULL ? message : "nothing more");
    json_decref(answer);
    return NULL;
}
