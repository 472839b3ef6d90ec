/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Which files the process may open (Landlock). Rules are for folders: what a reload reads is
 * replaced by new files, and renamed into its place. A path that is not there is no rule. */

#include "sandbox.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's headers are of Linux 6.1; this came with 6.2. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                                     \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REFER |    \
     LANDLOCK_ACCESS_FS_TRUNCATE)
/* All that the first version knows; the two above came with the second and third. */
#define ALL_OF_FIRST ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
/* What a rule for a file, rather than a folder, may have. */
#define OF_FILE \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)

typedef struct rules {
    int fd;
    uint64_t handled;
} rules;

static void allow(const rules *r, const char *path, uint64_t access)
{
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
        access &= OF_FILE;
    struct landlock_path_beneath_attr beneath = {.allowed_access = access & r->handled,
                                                 .parent_fd = fd};
    (void)syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    close(fd);
}

/* The folder that a path stands in, but never the root of all. */
static void allow_folder(const rules *r, const char *path, uint64_t access)
{
    char folder[PATH_MAX];
    size_t len = strlen(path);

    if (len >= sizeof folder)
        return;
    memcpy(folder, path, len + 1);
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder)
        return;
    *slash = '\0';
    allow(r, folder, access);
}

/* A file that a setting names, or a folder; both what the path says and where its links lead. */
static void allow_named(const rules *r, const char *path, uint64_t access)
{
    char real[PATH_MAX];
    struct stat st;

    if (strcmp(path, "/") == 0)
        return;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        allow(r, path, access);
        return;
    }
    allow_folder(r, path, access);
    if (realpath(path, real) != NULL)
        allow_folder(r, real, access);
}

/* What the system's libraries read: names, zones, certificates, what they load themselves. */
static void allow_system(const rules *r)
{
    static const char *const paths[] = {"/usr",
                                        "/lib",
                                        "/lib64",
                                        "/etc/ssl",
                                        "/etc/pki",
                                        "/etc/hosts",
                                        "/etc/host.conf",
                                        "/etc/resolv.conf",
                                        "/etc/nsswitch.conf",
                                        "/etc/gai.conf",
                                        "/etc/services",
                                        "/etc/protocols",
                                        "/etc/localtime",
                                        "/etc/ld.so.cache",
                                        "/run/systemd/resolve",
                                        "/run/nscd",
                                        "/sys/devices/system/cpu",
                                        "/sys/fs/cgroup",
                                        "/proc/self",
                                        "/proc/meminfo",
                                        "/proc/stat",
                                        "/proc/sys/net/core/somaxconn",
                                        "/dev/urandom",
                                        "/dev/random"};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        allow(r, paths[i], READ);
    allow(r, "/dev/null", READ | WRITE);
}

/* Folders that systemd made for the service. */
static void allow_service(const rules *r)
{
    static const char *const written[] = {"STATE_DIRECTORY", "RUNTIME_DIRECTORY", "CACHE_DIRECTORY",
                                          "LOGS_DIRECTORY"};
    const char *path;

    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        if ((path = getenv(written[i])) != NULL)
            allow(r, path, READ | WRITE);
    }
    if ((path = getenv("CREDENTIALS_DIRECTORY")) != NULL)
        allow(r, path, READ);
    if ((path = getenv("CONFIGURATION_DIRECTORY")) != NULL)
        allow(r, path, READ);
}

/* Settings that look like paths and are none of files. */
static bool is_no_file(int id)
{
    return id == RTCIO__SET_PATH || id == RTCIO__SET_COOKIE_PATH ||
           id == RTCIO__SET_ALLOWED_ORIGINS || id == RTCIO__SET_AUTH_ISSUER ||
           id == RTCIO__SET_AUTH_JWKS_URL;
}

static bool is_read_only(int id)
{
    return id == RTCIO__SET_TLS_CERT || id == RTCIO__SET_TLS_KEY || id == RTCIO__SET_ROOM ||
           id == RTCIO__SET_SERVE_CLIENT || id == RTCIO__SET_PLUGINS;
}

/* Every file that is named anywhere. What is not known to be read only is written: a database, a
 * socket. */
static void allow_settings(const rules *r, const rtcio__config *config)
{
    char path[PATH_MAX];
    size_t len;

    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        const rtcio__value *value = &config->values[i];
        if (value->path != NULL)
            allow_named(r, value->path, READ);
        if (is_no_file(i) || (rtcio__settings[i].type != RTCIO__TYPE_TEXT &&
                              rtcio__settings[i].type != RTCIO__TYPE_LIST))
            continue;
        const char *list = value->text, *entry;
        while (rtcio__list_next(&list, &entry, &len)) {
            if (len > 5 && memcmp(entry, "unix:", 5) == 0) {
                entry += 5;
                len -= 5;
            }
            const char *space = memchr(entry, ' ', len);
            len = space != NULL ? (size_t)(space - entry) : len;
            if (memchr(entry, '/', len) == NULL || len >= sizeof path)
                continue;
            memcpy(path, entry, len);
            path[len] = '\0';
            allow_named(r, path, is_read_only(i) ? READ : READ | WRITE);
        }
    }
    if (config->file != NULL)
        allow_named(r, strchr(config->file, '/') != NULL ? config->file : ".", READ);
}

int rtcio__landlock_enter(const rtcio__config *config, const char *const *read)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    rules r = {.handled = ALL_OF_FIRST};
    char here[PATH_MAX];

    if (version < 1)
        return 0;
    if (version >= 2)
        r.handled |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        r.handled |= LANDLOCK_ACCESS_FS_TRUNCATE;
    struct landlock_ruleset_attr attr = {.handled_access_fs = r.handled};
    r.fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (r.fd < 0)
        return 0;
    allow_system(&r);
    allow_service(&r);
    allow_settings(&r, config);
    for (; *read != NULL; read++)
        if (**read != '\0')
            allow_named(&r, *read, READ);
    /* Names without a folder are looked for here. */
    if (getcwd(here, sizeof here) != NULL)
        allow_named(&r, here, READ | WRITE);
    bool on = syscall(SYS_landlock_restrict_self, r.fd, 0) == 0;
    close(r.fd);
    return on ? (int)version : 0;
}
