/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Secrets that lie in files: KEY_file, and systemd's credentials. What they hold is never shown. */

#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX 65536 /* a key in PEM has 3 KiB */

bool rtcio__config_credential(const rtcio__setting *setting, char *path, size_t size)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    if (directory == NULL || *directory == '\0' || setting->type != RTCIO__TYPE_SECRET)
        return false;
    int n = snprintf(path, size, "%s/%s", directory, setting->key);
    return n > 0 && (size_t)n < size && access(path, F_OK) == 0;
}

/* The length of what was read, or -1 with errno. A fifo or a device must not keep us waiting. */
static ssize_t read_whole(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    struct stat st;
    size_t len = 0;
    ssize_t n = fstat(fd, &st);
    if (n == 0 && !S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        n = -1;
    }
    while (n >= 0 && len < size && (n = read(fd, buf + len, size - len)) > 0)
        len += (size_t)n;
    int error = errno;
    close(fd);
    errno = error;
    return n < 0 ? -1 : (ssize_t)len;
}

/* One line is one secret where there may be several; elsewhere only the last line's end is not
 * part of it. */
static size_t tidy(char *text, size_t len, bool many)
{
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    for (size_t i = 0; many && i < len; i++) {
        if (text[i] == '\n' || text[i] == '\r')
            text[i] = ',';
    }
    return len;
}

static int read_secret(rtcio__config *config, rtcio__setting_id id, char *buf,
                       const rtcio__complaint *to)
{
    const rtcio__setting *setting = &rtcio__settings[id];
    rtcio__value *value = &config->values[id];
    const char *path = value->text;
    ssize_t n = read_whole(path, buf, SECRET_MAX);
    if (n < 0)
        return rtcio__complain(to,
                               "the secret file %.200s cannot be read: %s; mend its path or its "
                               "permissions",
                               path, strerror(errno));
    if (n == SECRET_MAX)
        return rtcio__complain(to, "the secret file %.200s is larger than 64 KiB, give another",
                               path);
    size_t len = tidy(buf, (size_t)n, setting->many);
    if (len == 0 || memchr(buf, '\0', len) != NULL)
        return rtcio__complain(to, "the secret file %.200s %s, write the secret into it", path,
                               len == 0 ? "is empty" : "has a NUL byte");
    value->path = path;
    value->text = rtcio__config_keep(config, buf, len);
    return value->text != NULL ? 0 : rtcio__complain(to, "out of memory");
}

int rtcio__config_read_secrets(rtcio__config *config, rtcio__setting_id *id,
                               const rtcio__complaint *to)
{
    static char buf[SECRET_MAX];
    int rc = 0;
    for (int i = 0; rc == 0 && i < RTCIO__N_SETTINGS; i++) {
        *id = (rtcio__setting_id)i;
        if (config->values[i].by_file)
            rc = read_secret(config, *id, buf, to);
    }
    explicit_bzero(buf, sizeof buf);
    return rc;
}
