/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Objects that several servers share, by name. A server that is alone has them to itself. */

#include "socketio/shared.h"

#include "socketio/internal.h"

#include <rtcio/workers.h>

#include <stdlib.h>
#include <string.h>

struct rtcio__shared_object {
    struct rtcio__shared_object *next;
    void *object;
    void (*destroy)(void *object);
    char key[];
};

void rtcio__shared_init(struct rtcio__shared *shared)
{
    shared->first = NULL;
    pthread_mutex_init(&shared->lock, NULL);
}

void rtcio__shared_fini(struct rtcio__shared *shared)
{
    while (shared->first != NULL) {
        struct rtcio__shared_object *o = shared->first;
        shared->first = o->next;
        if (o->destroy != NULL)
            o->destroy(o->object);
        free(o);
    }
    pthread_mutex_destroy(&shared->lock);
}

static struct rtcio__shared_object *make(const char *key, void *(*create)(void *user),
                                         void (*destroy)(void *object), void *user)
{
    size_t len = strlen(key) + 1;
    struct rtcio__shared_object *o = malloc(sizeof *o + len);

    if (o == NULL)
        return NULL;
    o->object = create(user);
    if (o->object == NULL) {
        free(o);
        return NULL;
    }
    o->destroy = destroy;
    memcpy(o->key, key, len);
    return o;
}

void *rtcio_server_shared(rtcio_server *server, const char *key, void *(*create)(void *user),
                          void (*destroy)(void *object), void *user)
{
    struct rtcio__shared *shared = server->shared;

    pthread_mutex_lock(&shared->lock);
    struct rtcio__shared_object *o = shared->first;
    while (o != NULL && strcmp(o->key, key) != 0)
        o = o->next;
    if (o == NULL) {
        o = make(key, create, destroy, user);
        if (o != NULL) {
            o->next = shared->first;
            shared->first = o;
        }
    }
    pthread_mutex_unlock(&shared->lock);
    return o != NULL ? o->object : NULL;
}
