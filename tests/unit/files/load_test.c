/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Folders of every kind become files in memory, or a sentence that says why not. */

#include "files/files.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static char root[64];

static void write_file(const char *name, const char *bytes, size_t len)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static void make_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/rtcio-files-XXXXXX");
    return mkdtemp(root) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

static const struct rtcio__file *find(const rtcio_files *files, const char *path)
{
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->file[i].path, path) == 0)
            return &files->file[i];
    return NULL;
}

static void encodings_belong_to_their_file(void **state)
{
    static char text[5000];
    rtcio_files *files;
    (void)state;

    memset(text, 'x', sizeof text);
    make_folder("assets");
    write_file("index.html", text, sizeof text);
    write_file("assets/app.js", text, sizeof text);
    write_file("assets/app.js.br", "BROTLI", 6);
    write_file("alone.br", "not an encoding", 15);
    write_file("tiny.txt", "tiny", 4);
    write_file("random.png", text, sizeof text);
    write_file(".hidden", "secret", 6);
    rtcio_files_options opt;
    rtcio_files_options_init(&opt);
    opt.immutable = "assets/";
    opt.headers = "X-A: 1\r\n";
    assert_int_equal(rtcio_files_create(&files, root, &opt, NULL, 0), 0);

    assert_int_equal(files->n, 5);
    assert_null(find(files, ".hidden"));
    assert_null(find(files, "assets/app.js.br"));
    assert_non_null(find(files, "alone.br"));

    const struct rtcio__file *js = find(files, "assets/app.js");
    const struct rtcio__files_body *br = &js->body[RTCIO__FILES_BROTLI],
                                   *gz = &js->body[RTCIO__FILES_GZIP], *plain = &js->body[0];
    rtcio_slice bytes = rtcio_blob_bytes(br->blob);
    assert_int_equal(bytes.len, 6);
    assert_memory_equal(bytes.data, "BROTLI", 6);
    assert_non_null(strstr(br->headers, "Content-Encoding: br\r\n"));
    assert_null(strstr(br->headers + br->n_only, "Content-Encoding"));
    assert_non_null(strstr(br->headers, "max-age=31536000, immutable\r\n"));
    assert_non_null(strstr(br->headers, "X-A: 1\r\n"));
    assert_string_not_equal(br->etag, gz->etag);
    assert_string_not_equal(plain->etag, gz->etag);

    char back[6000];
    z_stream z = {0};
    bytes = rtcio_blob_bytes(gz->blob);
    z.next_in = (Bytef *)bytes.data;
    z.avail_in = (uInt)bytes.len;
    z.next_out = (Bytef *)back;
    z.avail_out = sizeof back;
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, sizeof text);
    assert_memory_equal(back, text, sizeof text);
    inflateEnd(&z);

    assert_non_null(strstr(find(files, "index.html")->body[0].headers, "Cache-Control: no-cache"));
    assert_null(find(files, "tiny.txt")->body[RTCIO__FILES_GZIP].blob);
    assert_null(find(files, "random.png")->body[RTCIO__FILES_GZIP].blob);
    rtcio_files_destroy(files);
}

/* The same bytes have the same tag, other bytes another: across servers and restarts. */
static void tags_follow_the_bytes(void **state)
{
    rtcio_files *a, *b;
    (void)state;

    write_file("a", "one", 3);
    write_file("b", "one", 3);
    write_file("c", "two", 3);
    assert_int_equal(rtcio_files_create(&a, root, NULL, NULL, 0), 0);
    assert_int_equal(rtcio_files_create(&b, root, NULL, NULL, 0), 0);
    assert_string_equal(a->file[0].body[0].etag, a->file[1].body[0].etag);
    assert_string_equal(a->file[0].body[0].etag, b->file[0].body[0].etag);
    assert_string_not_equal(a->file[0].body[0].etag, a->file[2].body[0].etag);
    /* SHA-256 of "one", its first half. */
    assert_string_equal(a->file[0].body[0].etag, "\"7692c3ad3540bb803c020b3aee66cd88\"");
    rtcio_files_destroy(a);
    rtcio_files_destroy(b);
}

static void limits_are_named(void **state)
{
    char why[256];
    rtcio_files *files = (rtcio_files *)root;
    rtcio_files_options opt;
    (void)state;

    write_file("a", "12345", 5);
    write_file("b", "12345", 5);
    rtcio_files_options_init(&opt);
    opt.max_files = 1;
    assert_int_equal(rtcio_files_create(&files, root, &opt, why, sizeof why), RTCIO_E_LIMIT);
    assert_null(files);
    assert_non_null(strstr(why, "more than 1 files"));
    opt.max_files = 2;
    opt.max_bytes = 9;
    assert_int_equal(rtcio_files_create(&files, root, &opt, why, sizeof why), RTCIO_E_LIMIT);
    assert_non_null(strstr(why, "more than 9 bytes"));
    opt.max_bytes = 10;
    assert_int_equal(rtcio_files_create(&files, root, &opt, why, sizeof why), 0);
    rtcio_files_destroy(files);

    assert_int_equal(rtcio_files_create(&files, "/nowhere/at/all", NULL, why, sizeof why),
                     RTCIO_E_SYSTEM);
    assert_int_equal(errno, ENOENT);
    assert_non_null(strstr(why, "/nowhere/at/all: No such file"));
}

/* A link to its own folder is a tree without end; a pipe would never be read to its end. */
static void odd_entries_do_no_harm(void **state)
{
    char path[128], why[256];
    rtcio_files *files;
    (void)state;

    write_file("a", "1", 1);
    snprintf(path, sizeof path, "%s/pipe", root);
    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(path, sizeof path, "%s/link", root);
    assert_int_equal(symlink("a", path), 0);
    assert_int_equal(rtcio_files_create(&files, root, NULL, why, sizeof why), 0);
    assert_int_equal(files->n, 2);
    rtcio_files_destroy(files);

    snprintf(path, sizeof path, "%s/loop", root);
    assert_int_equal(symlink(".", path), 0);
    assert_int_equal(rtcio_files_create(&files, root, NULL, why, sizeof why), RTCIO_E_LIMIT);
    assert_non_null(strstr(why, "folders deep"));
}

static void options_are_checked(void **state)
{
    static const char *const headers[] = {
        "X-A: 1", "X-A: 1\n", "X-A: 1\r\n\r\n", "\r\n", "X-A\r\n", "X-A: 1\nX: 2\r\n", "a: b\r\r\n",
    };
    char why[256];
    rtcio_files *files;
    struct {
        rtcio_files_options known;
        long newer;
    } later;
    (void)state;

    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        rtcio_files_options opt;
        rtcio_files_options_init(&opt);
        opt.headers = headers[i];
        assert_int_equal(rtcio_files_create(&files, root, &opt, why, sizeof why), RTCIO_E_INVALID);
        assert_non_null(strstr(why, "headers"));
    }
    rtcio_files_options_init_sized(&later.known, sizeof later);
    assert_int_equal(rtcio_files_create(&files, root, &later.known, NULL, 0), 0);
    rtcio_files_destroy(files);
    later.newer = 1;
    assert_int_equal(rtcio_files_create(&files, root, &later.known, why, sizeof why),
                     RTCIO_E_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(encodings_belong_to_their_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tags_follow_the_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_are_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(odd_entries_do_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_are_checked, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
