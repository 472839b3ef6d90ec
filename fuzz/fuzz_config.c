/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The configuration file of `rtcio serve`: an input is the file. Files that it names are not read:
 * that comes later. */

#include "config/config.h"
#include "config/internal.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* "path:LINE: …", all of it on one line. */
static void check_complaint(const char *why, const char *path, unsigned lines)
{
    const size_t path_len = strlen(path);
    FUZZ_CHECK(strncmp(why, path, path_len) == 0 && why[path_len] == ':');
    char *behind = NULL;
    const unsigned long line = strtoul(why + path_len + 1, &behind, 10);
    FUZZ_CHECK(line >= 1 && line <= lines && behind[0] == ':' && behind[1] == ' ');
    for (const char *p = why; *p != '\0'; p++)
        FUZZ_CHECK((unsigned char)*p >= ' ' && *p != '\x7f');
}

/* A value is what its text says, within its range. */
static void check_value(const rtcio__setting *setting, const rtcio__value *value, unsigned lines)
{
    uint64_t number = 0;
    if (value->text == NULL)
        return;
    FUZZ_CHECK(value->origin == RTCIO__FROM_FILE && value->line >= 1 && value->line <= lines);
    if (value->by_file) {
        FUZZ_CHECK(setting->type == RTCIO__TYPE_SECRET && value->text[0] != '\0');
        return;
    }
    FUZZ_CHECK(rtcio__value_read(setting, value->text, &number) && number == value->number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[64], why[1024] = "";
    if (fd < 0)
        fd = memfd_create("config", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0 && ftruncate(fd, 0) == 0);
    FUZZ_CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);

    /* What ends unexpectedly ends in the line behind the last. YAML has more ends of a line than
     * one: the last bytes of NEL, LS and PS are counted wherever they stand. */
    unsigned lines = 2;
    for (size_t i = 0; i < size; i++)
        lines += memchr("\n\r\x85\xa8\xa9", data[i], 5) != NULL;
    rtcio__config config = {.file = path};
    const rtcio__complaint to = {why, sizeof why};
    const int rc = rtcio__config_read_file(&config, &to);
    FUZZ_CHECK((rc == 0) == (why[0] == '\0') && (rc == 0 || rc == -1));
    if (rc != 0)
        check_complaint(why, path, lines);
    else
        for (int i = 0; i < RTCIO__N_SETTINGS; i++)
            check_value(&rtcio__settings[i], &config.values[i], lines);
    rtcio__config_fini(&config);
    return 0;
}
