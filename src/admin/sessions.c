/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Sessions that a name and password have opened, known to all workers: who comes back may reach
 * another one. */

#include "admin/internal.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SESSIONS    64
#define SESSION_SECONDS 86400

struct rtcio__admin_sessions {
    pthread_mutex_t lock;
    struct {
        char id[RTCIO__ADMIN_SESSION + 1]; /* "": free */
        time_t until;
    } session[MAX_SESSIONS];
    size_t next;
};

static void *create(void *user)
{
    rtcio__admin_sessions *sessions = calloc(1, sizeof *sessions);

    (void)user;
    if (sessions != NULL)
        pthread_mutex_init(&sessions->lock, NULL);
    return sessions;
}

static void destroy(void *object)
{
    rtcio__admin_sessions *sessions = object;

    pthread_mutex_destroy(&sessions->lock);
    free(sessions);
}

rtcio__admin_sessions *rtcio__admin_sessions_of(rtcio_namespace *nsp)
{
    const char *name = rtcio_namespace_name(nsp);
    size_t size = strlen(name) + 32;
    char *key = malloc(size);

    if (key == NULL)
        return NULL;
    snprintf(key, size, "rtcio.admin.sessions %s", name);
    void *sessions = rtcio_server_shared(rtcio_namespace_server(nsp), key, create, destroy, NULL);
    free(key);
    return sessions;
}

bool rtcio__admin_session_open(rtcio__admin_sessions *sessions, char id[RTCIO__ADMIN_SESSION + 1])
{
    unsigned char random[RTCIO__ADMIN_SESSION / 2];

    if (RAND_bytes(random, sizeof random) != 1)
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(id + 2 * i, 3, "%02x", random[i]);
    pthread_mutex_lock(&sessions->lock);
    size_t at = sessions->next++ % MAX_SESSIONS;
    memcpy(sessions->session[at].id, id, RTCIO__ADMIN_SESSION + 1);
    sessions->session[at].until = time(NULL) + SESSION_SECONDS;
    pthread_mutex_unlock(&sessions->lock);
    return true;
}

bool rtcio__admin_session_known(rtcio__admin_sessions *sessions, const char *id)
{
    time_t now = time(NULL);
    bool known = false;

    if (strlen(id) != RTCIO__ADMIN_SESSION)
        return false;
    pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < MAX_SESSIONS; i++)
        known |= sessions->session[i].until > now &&
                 CRYPTO_memcmp(sessions->session[i].id, id, RTCIO__ADMIN_SESSION) == 0;
    pthread_mutex_unlock(&sessions->lock);
    return known;
}
