/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* `rtcio member`: who may join which room, in the file that access.membership names. A server that
 * runs sees the change with the next join. */

#include "store/command.h"

#include "config/config.h"
#include "nearest.h"
#include "store/database.h"

#include <rtcio/types.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BUSY_MS  5000
#define WORD_MAX 256 /* of a token's sub; rooms have 128 */
#define ROOM_MAX 128

static void print_usage(FILE *out)
{
    fputs(
        "Usage: rtcio member add USER ROOM...      lets a user join rooms\n"
        "       rtcio member remove USER [ROOM]...  no longer; without ROOM: no room at all\n"
        "       rtcio member list [USER]            a line for each: user, tab, room\n"
        "                   [--config FILE] [--access-membership FILE]\n"
        "\n"
        "USER is the `sub` of a token. The file is made when it is not there. A server that runs\n"
        "needs no restart; who is in a room already stays.\n"
        "\n"
        "  rtcio member add ann team-red team-blue --config /etc/rtcio/rtcio.yaml\n",
        out);
}

static int64_t unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A tab or a newline in a name: the list stays one line for each all the same. */
static void print_word(const char *word)
{
    for (; *word != '\0'; word++) {
        if ((unsigned char)*word < 0x20 || *word == 0x7f || *word == '\\')
            printf("\\x%02x", (unsigned char)*word);
        else
            putchar(*word);
    }
}

static void print_member(const char *user, const char *room, void *arg)
{
    (void)arg;
    print_word(user);
    putchar('\t');
    print_word(room);
    putchar('\n');
}

static int add(rtcio__database *db, int n, char **words)
{
    int rc = rtcio__database_begin(db);
    for (int i = 1; rc == SQLITE_OK && i < n; i++)
        rc = rtcio__database_add_member(db, unix_ms(), words[0], words[i]);
    return rc == SQLITE_OK ? rtcio__database_commit(db) : rc;
}

static int take_away(rtcio__database *db, int n, char **words, int *n_removed)
{
    int rc = rtcio__database_begin(db), one;
    for (int i = n > 1 ? 1 : 0; rc == SQLITE_OK && i < n; i++) {
        rc = rtcio__database_remove_member(db, words[0], i > 0 ? words[i] : NULL, &one);
        *n_removed += one;
    }
    return rc == SQLITE_OK ? rtcio__database_commit(db) : rc;
}

static int work(const char *file, const char *verb, int n, char **words)
{
    rtcio__database db;
    char why[256];
    int n_removed = 0, rc = rtcio__database_open(&db, file, BUSY_MS, why, sizeof why);
    if (rc != SQLITE_OK) {
        fprintf(stderr, "rtcio member: \"%.200s\" cannot be used: %s\n", file, why);
        return 1;
    }
    if (strcmp(verb, "add") == 0)
        rc = add(&db, n, words);
    else if (strcmp(verb, "remove") == 0)
        rc = take_away(&db, n, words, &n_removed);
    else
        rc = rtcio__database_list_members(&db, n > 0 ? words[0] : NULL, print_member, NULL);
    if (rc != SQLITE_OK)
        fprintf(stderr, "rtcio member: \"%.200s\" cannot be used: %s\n", file, sqlite3_errstr(rc));
    else if (strcmp(verb, "remove") == 0 && n_removed == 0)
        fprintf(stderr, "rtcio member: \"%.80s\" was no member\n", words[0]);
    rtcio__database_close(&db);
    return rc != SQLITE_OK || (strcmp(verb, "remove") == 0 && n_removed == 0);
}

/* How many words of ours there are, before the first option; -1 with one line in `why`. */
static int count_words(int argc, char **argv, char *why, size_t size)
{
    static const char *const verbs[] = {"add", "remove", "list"};
    int n = 0;
    while (1 + n < argc && argv[1 + n][0] != '-')
        n++;
    rtcio__nearest nearest = {.word = n > 0 ? argv[1] : ""};
    for (size_t i = 0; i < 3; i++) {
        if (n > 0 && strcmp(argv[1], verbs[i]) == 0)
            nearest.word = NULL;
        else if (nearest.word != NULL)
            rtcio__nearest_offer(&nearest, verbs[i]);
    }
    if (nearest.word != NULL)
        snprintf(why, size, "\"%.40s\" is not add, remove or list%s%s%s", nearest.word,
                 nearest.best != NULL ? ", did you mean " : "",
                 nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "?" : "");
    else if (strcmp(argv[1], "add") == 0 ? n < 3 : strcmp(argv[1], "remove") == 0 ? n < 2 : n > 2)
        snprintf(why, size, "%s takes %s, see: rtcio member --help", argv[1],
                 argv[1][0] == 'a'   ? "a user and rooms"
                 : argv[1][0] == 'r' ? "a user, and perhaps rooms"
                                     : "a user or nothing");
    else
        return n;
    return -1;
}

static bool are_short(int n, char **words, char *why, size_t size)
{
    for (int i = 0; i < n; i++) {
        size_t most = i == 0 ? WORD_MAX : ROOM_MAX, len = strlen(words[i]);
        if (len > 0 && len <= most)
            continue;
        snprintf(why, size, "the %s \"%.40s\" has %zu bytes, 1 to %zu can be",
                 i == 0 ? "user" : "room", words[i], len, most);
        return false;
    }
    return true;
}

int rtcio__member_main(int argc, char **argv)
{
    static rtcio__config config;
    char why[1024];
    bool help = argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    if (help) {
        print_usage(stdout);
        return 0;
    }
    int status = RTCIO__EXIT_USAGE, n = count_words(argc, argv, why, sizeof why);
    if (n > 0 && are_short(n - 1, argv + 2, why, sizeof why))
        status = rtcio__config_read(&config, argc - 1 - n, argv + 1 + n, why, sizeof why);
    const char *file = config.values[RTCIO__SET_ACCESS_MEMBERSHIP].text;
    if (status == 0 && *file == '\0') {
        snprintf(why, sizeof why, "there is no file, give --access-membership or --config");
        status = RTCIO__EXIT_USAGE;
    }
    if (status != 0)
        fprintf(stderr, "rtcio member: %s\n", why);
    else
        status = work(file, argv[1], n - 1, argv + 2);
    rtcio__config_fini(&config);
    return status;
}
