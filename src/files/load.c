/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What is in a folder, and the bytes of its files; bounded in number, depth and size. */

#include "files/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int rtcio__files_complain(struct rtcio__files_load *load, int error, const char *format, ...)
{
    int saved = errno;
    va_list args;

    va_start(args, format);
    vsnprintf(load->why, load->why_size, format, args);
    va_end(args);
    errno = saved;
    return error;
}

static int cannot(struct rtcio__files_load *load, const char *what, const char *path)
{
    return rtcio__files_complain(load, RTCIO_E_SYSTEM, "cannot %s %s/%s: %s", what, load->folder,
                                 path, strerror(errno));
}

static int no_memory(struct rtcio__files_load *load)
{
    return rtcio__files_complain(load, RTCIO_E_NO_MEMORY, "out of memory while reading %s",
                                 load->folder);
}

static int add_path(struct rtcio__files_load *load, struct rtcio__files_listing *listing,
                    const char *path)
{
    if (listing->n == load->max_files)
        return rtcio__files_complain(load, RTCIO_E_LIMIT, "%s has more than %u files (max_files)",
                                     load->folder, load->max_files);
    if (listing->n == listing->cap) {
        size_t cap = listing->cap > 0 ? listing->cap * 2 : 64;
        char **grown = realloc(listing->path, cap * sizeof *grown);
        if (grown == NULL)
            return no_memory(load);
        listing->path = grown;
        listing->cap = cap;
    }
    char *copy = strdup(path);
    if (copy == NULL)
        return no_memory(load);
    listing->path[listing->n++] = copy;
    return 0;
}

static int list_folder(struct rtcio__files_load *load, struct rtcio__files_listing *listing,
                       const char *path, int depth);

static int list_entry(struct rtcio__files_load *load, struct rtcio__files_listing *listing,
                      const char *folder, const char *name, int depth)
{
    char path[PATH_MAX];
    struct stat st;

    int len = snprintf(path, sizeof path, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name);
    if (len < 0 || (size_t)len >= sizeof path) {
        errno = ENAMETOOLONG;
        return cannot(load, "read", folder);
    }
    if (fstatat(load->fd, path, &st, 0) != 0)
        return cannot(load, "read", path);
    if (S_ISREG(st.st_mode))
        return add_path(load, listing, path);
    if (!S_ISDIR(st.st_mode))
        return 0;
    if (depth == RTCIO__FILES_MAX_DEPTH)
        return rtcio__files_complain(load, RTCIO_E_LIMIT, "%s/%s is more than %d folders deep",
                                     load->folder, path, RTCIO__FILES_MAX_DEPTH);
    return list_folder(load, listing, path, depth + 1);
}

static int list_folder(struct rtcio__files_load *load, struct rtcio__files_listing *listing,
                       const char *path, int depth)
{
    int fd = openat(load->fd, path[0] != '\0' ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    int error = 0;

    if (dir == NULL) {
        error = cannot(load, "read", path);
        if (fd >= 0)
            close(fd);
        return error;
    }
    while (error == 0 && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.')
            error = list_entry(load, listing, path, entry->d_name, depth);
    }
    closedir(dir);
    return error;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int rtcio__files_list(struct rtcio__files_load *load, struct rtcio__files_listing *listing)
{
    int error = list_folder(load, listing, "", 0);

    if (error == 0 && listing->n > 0)
        qsort(listing->path, listing->n, sizeof *listing->path, compare_paths);
    return error;
}

bool rtcio__files_listed(const struct rtcio__files_listing *listing, const char *path)
{
    return listing->n > 0 &&
           bsearch(&path, listing->path, listing->n, sizeof *listing->path, compare_paths) != NULL;
}

void rtcio__files_listing_fini(struct rtcio__files_listing *listing)
{
    for (size_t i = 0; i < listing->n; i++)
        free(listing->path[i]);
    free(listing->path);
}

int rtcio__files_spend(struct rtcio__files_load *load, size_t n)
{
    if (n > load->left)
        return rtcio__files_complain(load, RTCIO_E_LIMIT,
                                     "the files in %s are more than %zu bytes (max_bytes)",
                                     load->folder, load->max_bytes);
    load->left -= n;
    return 0;
}

/* As much of the file as it had when it was opened. */
static int read_all(int fd, char *bytes, size_t size, size_t *len)
{
    for (*len = 0; *len < size;) {
        ssize_t n = read(fd, bytes + *len, size - *len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        *len += (size_t)n;
    }
    return 0;
}

int rtcio__files_read(struct rtcio__files_load *load, const char *path, char **bytes, size_t *len)
{
    /* Without waiting: the file may have become a pipe. */
    int fd = openat(load->fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st = {0};
    int error = 0;

    *bytes = NULL;
    if (fd < 0 || fstat(fd, &st) != 0)
        error = cannot(load, "read", path);
    else if (!S_ISREG(st.st_mode))
        error = rtcio__files_complain(load, RTCIO_E_INVALID, "%s/%s is not a file any more",
                                      load->folder, path);
    else
        error = rtcio__files_spend(load, (size_t)st.st_size);
    if (error == 0 && (*bytes = malloc((size_t)st.st_size + 1)) == NULL)
        error = no_memory(load);
    if (error == 0 && read_all(fd, *bytes, (size_t)st.st_size, len) != 0)
        error = cannot(load, "read", path);
    if (fd >= 0)
        close(fd);
    if (error != 0) {
        free(*bytes);
        *bytes = NULL;
    }
    return error;
}
