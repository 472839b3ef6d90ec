/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* From the bytes of a folder to answers that only have to be sent: encodings, ETags, headers. */

#include "files/files.h"

#include "files/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define YEAR_S      31536000
#define GIB         ((size_t)1 << 30)
#define MIN_DEFLATE 256       /* bytes: below, the headers are most of the answer */
#define GZIP_WINDOW (15 + 16) /* zlib's way to ask for gzip's format */

static const rtcio_files_options defaults = {
    .size = sizeof defaults,
    .index = "index.html",
    .max_files = 1000,
    .max_bytes = (size_t)64 << 20,
    .compress = true,
};

void rtcio_files_options_init_sized(rtcio_files_options *opt, size_t size)
{
    memset(opt, 0, size);
    memcpy(opt, &defaults, size < sizeof defaults ? size : sizeof defaults);
    opt->size = size;
}

/* Header lines as they may stand in an answer: no empty line, which would end the head. */
static bool are_lines(const char *text)
{
    while (*text != '\0') {
        const char *end = strstr(text, "\r\n");
        size_t len = strcspn(text, "\r\n");
        if (end == NULL || end == text || len != (size_t)(end - text) ||
            memchr(text, ':', len) == NULL)
            return false;
        text = end + 2;
    }
    return true;
}

static int check_options(struct rtcio__files_load *load, rtcio_files_options *to,
                         const rtcio_files_options *from)
{
    *to = defaults;
    for (size_t i = sizeof *to; i < from->size; i++) {
        if (((const char *)from)[i] != 0)
            return rtcio__files_complain(load, RTCIO_E_UNSUPPORTED,
                                         "an option is set that version " RTCIO_VERSION
                                         " of the library does not know");
    }
    if (from->size <= offsetof(rtcio_files_options, index))
        return rtcio__files_complain(load, RTCIO_E_INVALID,
                                     "size is %zu; fill the options with "
                                     "rtcio_files_options_init()",
                                     from->size);
    memcpy(to, from, from->size < sizeof *to ? from->size : sizeof *to);
    if (to->index == NULL || to->index[0] == '\0' || strchr(to->index, '/') != NULL)
        return rtcio__files_complain(load, RTCIO_E_INVALID, "index is not the name of a file");
    if (to->headers != NULL && !are_lines(to->headers))
        return rtcio__files_complain(load, RTCIO_E_INVALID,
                                     "headers is not lines of \"Name: value\", each ended by CRLF");
    if (to->max_age_s > YEAR_S || to->max_files < 1 || to->max_files > 100000 ||
        to->max_bytes < 1 || to->max_bytes > GIB)
        return rtcio__files_complain(load, RTCIO_E_INVALID,
                                     "max_age_s takes 0 to 31536000, max_files 1 to 100000, "
                                     "max_bytes 1 to 1073741824");
    return 0;
}

static int no_memory(struct rtcio__files_load *load)
{
    return rtcio__files_complain(load, RTCIO_E_NO_MEMORY, "out of memory while reading %s",
                                 load->folder);
}

/* --- one encoding --------------------------------------------------------------------------- */

static int make_etag(char etag[RTCIO__FILES_ETAG_LEN + 1], const char *bytes, size_t len)
{
    static const char digit[] = "0123456789abcdef";
    unsigned char sum[EVP_MAX_MD_SIZE];

    if (EVP_Digest(bytes, len, sum, NULL, EVP_sha256(), NULL) != 1)
        return RTCIO_E_NO_MEMORY;
    char *at = etag;
    *at++ = '"';
    for (size_t i = 0; i < (RTCIO__FILES_ETAG_LEN - 2) / 2; i++) {
        *at++ = digit[sum[i] >> 4];
        *at++ = digit[sum[i] & 15];
    }
    *at++ = '"';
    *at = '\0';
    return 0;
}

static void format_cache_control(char *out, size_t size, const struct rtcio__file *file,
                                 const rtcio_files_options *opt)
{
    if (opt->immutable != NULL && strncmp(file->path, opt->immutable, strlen(opt->immutable)) == 0)
        snprintf(out, size, "public, max-age=%d, immutable", YEAR_S);
    else if (opt->max_age_s == 0 || strncmp(file->type, "text/html", 9) == 0)
        snprintf(out, size, "no-cache");
    else
        snprintf(out, size, "public, max-age=%u", opt->max_age_s);
}

static int make_headers(struct rtcio__files_body *body, const struct rtcio__file *file,
                        enum rtcio__files_encoding encoding, const rtcio_files_options *opt)
{
    static const char *const names[] = {"", "Content-Encoding: gzip\r\n",
                                        "Content-Encoding: br\r\n"};
    char cache_control[64];

    format_cache_control(cache_control, sizeof cache_control, file, opt);
    int n = asprintf(&body->headers,
                     "%sETag: %s\r\nCache-Control: %s\r\nVary: Accept-Encoding\r\n"
                     "X-Content-Type-Options: nosniff\r\n%s",
                     names[encoding], body->etag, cache_control,
                     opt->headers != NULL ? opt->headers : "");
    if (n < 0) {
        body->headers = NULL;
        return RTCIO_E_NO_MEMORY;
    }
    body->n_only = strlen(names[encoding]);
    return 0;
}

static int make_body(struct rtcio__files_load *load, struct rtcio__file *file,
                     enum rtcio__files_encoding encoding, const rtcio_files_options *opt,
                     const char *bytes, size_t len)
{
    struct rtcio__files_body *body = &file->body[encoding];

    body->blob = rtcio_blob_create(bytes, len);
    if (body->blob == NULL || make_etag(body->etag, bytes, len) != 0 ||
        make_headers(body, file, encoding, opt) != 0)
        return no_memory(load);
    return 0;
}

/* --- one file ------------------------------------------------------------------------------- */

/* `path.gz` or `path.br`, if it lies there. */
static int take_sibling(struct rtcio__files_load *load, struct rtcio__file *file,
                        enum rtcio__files_encoding encoding, const rtcio_files_options *opt,
                        const struct rtcio__files_listing *listing, const char *ending)
{
    char *path, *bytes;
    size_t len;
    int error = 0;

    if (asprintf(&path, "%s%s", file->path, ending) < 0)
        return no_memory(load);
    if (rtcio__files_listed(listing, path)) {
        error = rtcio__files_read(load, path, &bytes, &len);
        if (error == 0)
            error = make_body(load, file, encoding, opt, bytes, len);
        if (error == 0)
            free(bytes);
    }
    free(path);
    return error;
}

/* Not worth keeping unless it saves a tenth. */
static int deflate_body(struct rtcio__files_load *load, struct rtcio__file *file,
                        const rtcio_files_options *opt, const char *bytes, size_t len)
{
    z_stream z = {.next_in = (Bytef *)bytes, .avail_in = (uInt)len};
    int error = 0;

    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 9, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return no_memory(load);
    size_t most = len - len / 10;
    char *out = malloc(most);
    if (out == NULL) {
        error = no_memory(load);
    } else {
        z.next_out = (Bytef *)out;
        z.avail_out = (uInt)most;
        if (deflate(&z, Z_FINISH) == Z_STREAM_END) {
            error = rtcio__files_spend(load, z.total_out);
            if (error == 0)
                error = make_body(load, file, RTCIO__FILES_GZIP, opt, out, z.total_out);
        }
    }
    free(out);
    deflateEnd(&z);
    return error;
}

static int take_file(struct rtcio__files_load *load, struct rtcio__file *file,
                     const rtcio_files_options *opt, const struct rtcio__files_listing *listing)
{
    char *bytes;
    size_t len;
    bool text;

    file->type = rtcio__files_type(file->path, &text);
    int error = rtcio__files_read(load, file->path, &bytes, &len);
    if (error != 0)
        return error;
    error = make_body(load, file, RTCIO__FILES_IDENTITY, opt, bytes, len);
    if (error == 0)
        error = take_sibling(load, file, RTCIO__FILES_BROTLI, opt, listing, ".br");
    if (error == 0)
        error = take_sibling(load, file, RTCIO__FILES_GZIP, opt, listing, ".gz");
    if (error == 0 && opt->compress && text && len >= MIN_DEFLATE &&
        file->body[RTCIO__FILES_GZIP].blob == NULL)
        error = deflate_body(load, file, opt, bytes, len);
    free(bytes);
    return error;
}

/* Is it the encoding of a file that is there, too? */
static bool is_sibling(const struct rtcio__files_listing *listing, const char *path)
{
    char file[PATH_MAX];
    size_t len = strlen(path);

    if (len < 4 || len >= sizeof file ||
        (strcmp(path + len - 3, ".gz") != 0 && strcmp(path + len - 3, ".br") != 0))
        return false;
    memcpy(file, path, len - 3);
    file[len - 3] = '\0';
    return rtcio__files_listed(listing, file);
}

/* --- the folder ----------------------------------------------------------------------------- */

void rtcio_files_destroy(rtcio_files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->n; i++) {
        for (int e = 0; e < RTCIO__FILES_N_ENCODINGS; e++) {
            rtcio_blob_destroy(files->file[i].body[e].blob);
            free(files->file[i].body[e].headers);
        }
        free(files->file[i].path);
    }
    free(files->file);
    free(files->index);
    free(files);
}

static int take_all(struct rtcio__files_load *load, rtcio_files *files,
                    const rtcio_files_options *opt, const struct rtcio__files_listing *listing)
{
    int error = 0;

    files->index = strdup(opt->index);
    files->file = calloc(listing->n + 1, sizeof *files->file);
    if (files->index == NULL || files->file == NULL)
        return no_memory(load);
    for (size_t i = 0; error == 0 && i < listing->n; i++) {
        if (is_sibling(listing, listing->path[i]))
            continue;
        struct rtcio__file *file = &files->file[files->n++];
        file->path = strdup(listing->path[i]);
        error = file->path == NULL ? no_memory(load) : take_file(load, file, opt, listing);
    }
    return error;
}

int rtcio_files_create(rtcio_files **files, const char *folder, const rtcio_files_options *opt,
                       char *why, size_t why_size)
{
    char unused[1];
    struct rtcio__files_load load = {
        .folder = folder,
        .fd = -1,
        .why = why != NULL ? why : unused,
        .why_size = why != NULL ? why_size : sizeof unused,
    };
    struct rtcio__files_listing listing = {0};
    rtcio_files_options checked;

    *files = NULL;
    int error = check_options(&load, &checked, opt != NULL ? opt : &defaults);
    if (error != 0)
        return error;
    load.max_files = checked.max_files;
    load.max_bytes = load.left = checked.max_bytes;
    load.fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (load.fd < 0)
        return rtcio__files_complain(&load, RTCIO_E_SYSTEM, "cannot read %s: %s", folder,
                                     strerror(errno));
    rtcio_files *loaded = calloc(1, sizeof *loaded);
    error = loaded == NULL ? no_memory(&load) : rtcio__files_list(&load, &listing);
    if (error == 0)
        error = take_all(&load, loaded, &checked, &listing);
    rtcio__files_listing_fini(&listing);
    int saved = errno;
    close(load.fd);
    if (error != 0) {
        rtcio_files_destroy(loaded);
        errno = saved;
        return error;
    }
    *files = loaded;
    return 0;
}
