/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Which workers have members of a room: changes with a room's first and last member of a worker
 * only. */

#include "cluster/group.h"

#include <stdlib.h>
#include <string.h>

/* A namespace that has rooms. */
struct space {
    struct rtcio__hash_node node;
    struct rtcio__hash rooms; /* struct place.node by name */
    char name[];
};

struct place {
    struct rtcio__hash_node node;
    rtcio__worker_set workers;
    char name[];
};

void rtcio__spaces_init(struct rtcio__hash *spaces)
{
    rtcio__hash_init(spaces, offsetof(struct space, name) - offsetof(struct space, node), 1);
}

static struct space *find_space(const struct rtcio__hash *spaces, const rtcio_namespace *nsp)
{
    struct rtcio__hash_node *node = rtcio__hash_find(spaces, nsp->name, nsp->name_len);
    return node != NULL ? rtcio__container_of(node, struct space, node) : NULL;
}

static struct place *find_place(const struct space *space, const char *room, size_t len)
{
    struct rtcio__hash_node *node =
        space != NULL ? rtcio__hash_find(&space->rooms, room, len) : NULL;
    return node != NULL ? rtcio__container_of(node, struct place, node) : NULL;
}

static void free_space(struct rtcio__hash *spaces, struct space *space)
{
    rtcio__hash_remove(spaces, &space->node);
    rtcio__hash_fini(&space->rooms);
    free(space);
}

static void free_place(struct space *space, struct place *place)
{
    rtcio__hash_remove(&space->rooms, &place->node);
    free(place);
}

void rtcio__spaces_fini(struct rtcio__hash *spaces)
{
    struct rtcio__hash_node *s, *p;

    while ((s = rtcio__hash_next(spaces, NULL)) != NULL) {
        struct space *space = rtcio__container_of(s, struct space, node);
        while ((p = rtcio__hash_next(&space->rooms, NULL)) != NULL)
            free_place(space, rtcio__container_of(p, struct place, node));
        free_space(spaces, space);
    }
    rtcio__hash_fini(spaces);
}

static struct space *open_space(struct rtcio__hash *spaces, const rtcio_namespace *nsp)
{
    struct space *space = find_space(spaces, nsp);

    if (space != NULL)
        return space;
    space = malloc(sizeof *space + nsp->name_len);
    if (space == NULL)
        return NULL;
    memcpy(space->name, nsp->name, nsp->name_len);
    rtcio__hash_init(&space->rooms, offsetof(struct place, name) - offsetof(struct place, node), 1);
    if (rtcio__hash_insert(spaces, &space->node, nsp->name_len) != 0) {
        free(space);
        return NULL;
    }
    return space;
}

int rtcio__spaces_enter(struct rtcio__hash *spaces, const struct rtcio__room *room, unsigned index)
{
    size_t len = strlen(room->name);
    struct space *space = open_space(spaces, room->nsp);

    if (space == NULL)
        return RTCIO_E_NO_MEMORY;
    struct place *place = find_place(space, room->name, len);
    if (place == NULL) {
        place = malloc(sizeof *place + len);
        if (place != NULL) {
            place->workers = 0;
            memcpy(place->name, room->name, len);
        }
        if (place == NULL || rtcio__hash_insert(&space->rooms, &place->node, len) != 0) {
            free(place);
            if (space->rooms.n_nodes == 0)
                free_space(spaces, space);
            return RTCIO_E_NO_MEMORY;
        }
    }
    place->workers |= UINT64_C(1) << index;
    return 0;
}

void rtcio__spaces_leave(struct rtcio__hash *spaces, const struct rtcio__room *room, unsigned index)
{
    struct space *space = find_space(spaces, room->nsp);
    struct place *place = find_place(space, room->name, strlen(room->name));

    if (place == NULL)
        return;
    place->workers &= ~(UINT64_C(1) << index);
    if (place->workers != 0)
        return;
    free_place(space, place);
    if (space->rooms.n_nodes == 0)
        free_space(spaces, space);
}

rtcio__worker_set rtcio__spaces_find(const struct rtcio__hash *spaces, const rtcio_namespace *nsp,
                                     const char *room)
{
    const struct place *place = find_place(find_space(spaces, nsp), room, strlen(room));
    return place != NULL ? place->workers : 0;
}
