/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Runs a fuzz target over the files of the directories given, for compilers without libFuzzer.
 * Directories that do not exist are skipped; it is an error if there is not one file. */

#include "fuzz.h"

#include <dirent.h>
#include <errno.h>

static unsigned n_files;

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    static uint8_t data[1 << 20];
    const size_t len = fread(data, 1, sizeof data, file);
    (void)fclose(file);
    (void)printf("%s\n", path); /* the last one printed is the one that fails */
    (void)fflush(stdout);
    /* In a block of its own size, as libFuzzer does it. */
    char *copy = fuzz_copy(data, len, 0);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)copy, len);
    free(copy);
    n_files++;
    return 0;
}

static int replay_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        if (errno == ENOENT)
            return 0;
        perror(path);
        return -1;
    }
    int result = 0;
    for (const struct dirent *entry; result == 0 && (entry = readdir(directory)) != NULL;) {
        char file[4096];
        if (entry->d_name[0] == '.')
            continue;
        const int n = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        result = n > 0 && (size_t)n < sizeof file ? replay_file(file) : -1;
    }
    (void)closedir(directory);
    return result;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (replay_directory(argv[i]) != 0)
            return 1;
    (void)printf("%u files\n", n_files);
    return n_files > 0 ? 0 : 1;
}
