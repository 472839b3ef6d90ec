/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_FILES_LOAD_H
#define RTCIO_FILES_LOAD_H

/* Reading a folder. Knows the file system, and nothing of HTTP. */

#include <rtcio/files.h>

#define RTCIO__FILES_MAX_DEPTH 16

/* What is in the folder: paths inside it, sorted. */
struct rtcio__files_listing {
    char **path;
    size_t n, cap;
};

struct rtcio__files_load {
    const char *folder;
    int fd; /* of the folder */
    uint32_t max_files;
    size_t max_bytes, left; /* of them */
    char *why;
    size_t why_size;
};

__attribute__((format(printf, 3, 4))) int rtcio__files_complain(struct rtcio__files_load *load,
                                                                int error, const char *format, ...);
/* 0 or an error, with load->why. The listing is to be freed anyway. */
int rtcio__files_list(struct rtcio__files_load *load, struct rtcio__files_listing *listing);
void rtcio__files_listing_fini(struct rtcio__files_listing *listing);
/* Is it there? */
bool rtcio__files_listed(const struct rtcio__files_listing *listing, const char *path);
/* Takes bytes off what may be held. */
int rtcio__files_spend(struct rtcio__files_load *load, size_t n);
/* *bytes is malloc()ed. */
int rtcio__files_read(struct rtcio__files_load *load, const char *path, char **bytes, size_t *len);

#endif
