/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Reads the configuration file: YAML by libyaml, of which a configuration needs keys, values, lists
 * and sections. Whatever is wrong with it becomes one line with file, line, key and mend. */

#include "internal.h"

#include "nearest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define FILE_MAX    (1 << 20)
#define PATH_SIZE   128 /* of a key with its sections */
#define DEPTH_MAX   8
#define RECORD_SIZE 512 /* of an entry of a list that is a section */

typedef struct reader {
    rtcio__config *config;
    const rtcio__complaint *to;
    yaml_parser_t parser;
    yaml_event_t event;
    char path[PATH_SIZE]; /* of the key being read */
    unsigned line;        /* of that key */
    int depth;
    unsigned seen[RTCIO__N_SETTINGS]; /* the line that has set it, 0: none */
} reader;

/* --- complaints ----------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static int fault(reader *r, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return rtcio__complain(r->to, "%s:%u: %s%s%s", r->config->file, r->line, r->path,
                           r->path[0] != '\0' ? ": " : "", text);
}

static int unknown_key(reader *r)
{
    const char *best = rtcio__setting_nearest(r->path);
    if (best == NULL)
        return fault(r, "unknown key; what there is: rtcio config --defaults");
    return fault(r, "unknown key, did you mean %s?", best);
}

static int unknown_section(reader *r)
{
    char names[RTCIO__N_SETTINGS][PATH_SIZE];
    rtcio__nearest nearest = {.word = r->path};
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        const char *dot = strchr(rtcio__settings[i].key, '.');
        if (dot == NULL)
            continue;
        snprintf(names[i], sizeof names[i], "%.*s", (int)(dot - rtcio__settings[i].key),
                 rtcio__settings[i].key);
        rtcio__nearest_offer(&nearest, names[i]);
    }
    if (nearest.best == NULL)
        return fault(r, "unknown section; what there is: rtcio config --defaults");
    return fault(r, "unknown section, did you mean %s?", nearest.best);
}

/* libyaml says what it met; what to do about it is for us to say. */
static const char *syntax_mend(const char *problem)
{
    static const struct {
        const char *part, *mend;
    } mends[] = {
        {"cannot start any token", "indent with spaces, put quotes around text that starts oddly"},
        {"mapping values are not allowed", "put quotes around text with a colon, mind the indents"},
        {"could not find expected ':'", "write key: value"},
        {"end of stream", "close the quotes"},
        {"expected key", "let the keys of a section start in the same column"},
        {"expected <block end>", "let the keys of a section start in the same column"},
        {"expected '-' indicator", "let the entries of a list start in the same column"},
        {"expected ','", "close the brackets"},
        {"escape", "write \\\\ for a backslash, or use single quotes"},
        {"UTF-8", "save the file as UTF-8"},
        {"control characters", "delete the character that cannot be seen"},
        {"undefined tag", "delete the word with the exclamation mark"},
        {"directive", "delete the line with the percent sign"},
    };
    for (size_t i = 0; problem != NULL && i < sizeof mends / sizeof *mends; i++) {
        if (strstr(problem, mends[i].part) != NULL)
            return mends[i].mend;
    }
    return "check quotes and indentation";
}

static int syntax_fault(reader *r, const char *text)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return fault(r, "out of memory");
    r->line = (unsigned)p->problem_mark.line + 1;
    if (p->problem != NULL && strstr(p->problem, "end of stream") != NULL)
        r->line = (unsigned)p->context_mark.line + 1; /* where the open quotes are */
    if (p->error == YAML_READER_ERROR) {
        r->line = 1;
        for (size_t i = 0; i < p->problem_offset && text[i] != '\0'; i++)
            r->line += text[i] == '\n';
        r->path[0] = '\0';
    }
    return fault(r, "%s, %s", p->problem != NULL ? p->problem : "not YAML",
                 syntax_mend(p->problem));
}

/* --- values --------------------------------------------------------------------------------- */

static int set(reader *r, int id, bool by_file, const char *text)
{
    const rtcio__setting *setting = &rtcio__settings[id];
    rtcio__value *value = &r->config->values[id];
    uint64_t number = 0;
    char range[64];
    rtcio__value_describe(setting, range, sizeof range);
    if (by_file && *text == '\0')
        return fault(r, "has no path, give the path of a file that holds the secret");
    if (!by_file && !rtcio__value_read(setting, text, &number))
        return fault(r, "\"%.60s\" cannot be used, give %s", text, range);
    if (value->text != NULL)
        return 0; /* a flag or a variable wins */
    char *kept = rtcio__config_keep(r->config, text, strlen(text));
    if (kept == NULL)
        return fault(r, "out of memory");
    value->text = kept;
    value->number = number;
    value->origin = RTCIO__FROM_FILE;
    value->line = r->line;
    value->by_file = by_file;
    return 0;
}

/* The setting that the path names; -1 after a complaint. */
static int find(reader *r, bool *by_file)
{
    int id = rtcio__setting_find(r->path, strlen(r->path), false, by_file);
    if (id < 0) {
        if (rtcio__setting_is_section(r->path))
            return fault(r, "is a section, write its settings below it, indented by two spaces");
        return unknown_key(r);
    }
    if (r->seen[id] != 0)
        return fault(r, "is there already in line %u, delete one of them", r->seen[id]);
    r->seen[id] = r->line;
    return id;
}

static bool is_null(const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (*text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static int next(reader *r, const char *text);

/* What a scalar of any place must not be. */
static int check_scalar(reader *r)
{
    const yaml_event_t *event = &r->event;
    if (event->data.scalar.tag != NULL)
        return fault(r, "has the tag %.40s, delete it", (const char *)event->data.scalar.tag);
    if (memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL)
        return fault(r, "holds a NUL character, delete it");
    return 0;
}

static int set_scalar(reader *r)
{
    bool by_file;
    int id = find(r, &by_file);
    if (id < 0 || check_scalar(r) != 0)
        return -1;
    if (is_null(&r->event)) {
        char range[64];
        rtcio__value_describe(&rtcio__settings[id], range, sizeof range);
        return fault(r, "has no value, give %s or delete the line", range);
    }
    return set(r, id, by_file, (const char *)r->event.data.scalar.value);
}

/* The key that the event is, or NULL after a complaint. */
static const char *key_of(reader *r)
{
    const yaml_event_t *event = &r->event;
    if (event->type != YAML_SCALAR_EVENT) {
        fault(r, "a key is a word, write key: value");
        return NULL;
    }
    return check_scalar(r) == 0 ? (const char *)event->data.scalar.value : NULL;
}

/* A section for an entry of a list becomes the text that a flag would have: its `name`, then the
 * other keys as key=value. */
static int read_record(reader *r, const char *text, char record[RECORD_SIZE])
{
    char name[RECORD_SIZE / 2] = "", rest[RECORD_SIZE / 2] = "", key[32];
    size_t used = 0;
    for (;;) {
        if (next(r, text) != 0)
            return -1;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            break;
        r->line = (unsigned)r->event.start_mark.line + 1;
        const char *given = key_of(r);
        if (given == NULL)
            return -1;
        snprintf(key, sizeof key, "%.30s", given);
        if (next(r, text) != 0)
            return -1;
        if (r->event.type != YAML_SCALAR_EVENT || is_null(&r->event))
            return fault(r, "%s of an entry has no value, write %s: value", key, key);
        if (check_scalar(r) != 0)
            return -1;
        const char *value = (const char *)r->event.data.scalar.value;
        if (strpbrk(value, " =") != NULL || strlen(value) > 100)
            return fault(r, "%s of an entry is one word of up to 100 bytes", key);
        if (strcmp(key, "name") == 0)
            snprintf(name, sizeof name, "%s", value);
        else
            used += (size_t)snprintf(rest + used, sizeof rest - used, " %s=%s", key, value);
        if (used >= sizeof rest)
            return fault(r, "an entry of the list has too many keys, delete some");
    }
    if (name[0] == '\0')
        return fault(r, "an entry of the list has no name, add name: ...");
    snprintf(record, RECORD_SIZE, "%s%s", name, rest);
    return 0;
}

/* Entries are joined with commas: the form that flags and variables have. */
static int set_sequence(reader *r, const char *text)
{
    bool by_file;
    char joined[8192] = "";
    size_t used = 0;
    int id = find(r, &by_file);
    if (id < 0)
        return -1;
    const rtcio__setting *setting = &rtcio__settings[id];
    if (by_file || (setting->type != RTCIO__TYPE_LIST && !setting->many)) {
        char range[64];
        rtcio__value_describe(setting, range, sizeof range);
        return fault(r, "is a list, but takes one value: give %s", by_file ? "a path" : range);
    }
    for (;;) {
        if (next(r, text) != 0)
            return -1;
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            return set(r, id, false, joined);
        unsigned line = (unsigned)r->event.start_mark.line + 1;
        r->line = line;
        char record[RECORD_SIZE];
        const char *entry = record;
        if (r->event.type == YAML_MAPPING_START_EVENT && setting->record) {
            if (read_record(r, text, record) != 0)
                return -1;
        } else if (r->event.type != YAML_SCALAR_EVENT) {
            return fault(r, "an entry of the list is not text, write one text for each dash");
        } else {
            entry = (const char *)r->event.data.scalar.value;
            if (check_scalar(r) != 0)
                return -1;
        }
        if (*entry == '\0' || strchr(entry, ',') != NULL)
            return fault(r, "an entry of the list %s",
                         *entry == '\0' ? "is empty, delete its line"
                                        : "has a comma, make it two entries");
        int n = snprintf(joined + used, sizeof joined - used, "%s%s", used > 0 ? "," : "", entry);
        if ((size_t)n >= sizeof joined - used)
            return fault(r, "the list is longer than 8 KiB, shorten it");
        used += (size_t)n;
    }
}

/* --- structure ------------------------------------------------------------------------------ */

static int next(reader *r, const char *text)
{
    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event) == 0)
        return syntax_fault(r, text);
    if (r->event.type == YAML_ALIAS_EVENT) {
        r->line = (unsigned)r->event.start_mark.line + 1;
        return fault(r, "is an alias, write the value itself");
    }
    return 0;
}

static int read_key(reader *r, size_t section_len)
{
    r->line = (unsigned)r->event.start_mark.line + 1;
    r->path[section_len] = '\0';
    const char *key = key_of(r);
    if (key == NULL)
        return -1;
    if (strcmp(key, "<<") == 0)
        return fault(r, "<< merges sections elsewhere; here write the settings themselves");
    int n = snprintf(r->path + section_len, PATH_SIZE - section_len, "%s%s",
                     section_len > 0 ? "." : "", key);
    return (size_t)n < PATH_SIZE - section_len ? 0 : unknown_key(r);
}

static int read_section(reader *r, const char *text);

static int read_entry(reader *r, const char *text, size_t section_len)
{
    if (read_key(r, section_len) != 0 || next(r, text) != 0)
        return -1;
    bool by_file;
    switch (r->event.type) {
    case YAML_SCALAR_EVENT:
        return set_scalar(r);
    case YAML_SEQUENCE_START_EVENT:
        return set_sequence(r, text);
    default:
        break;
    }
    int id = rtcio__setting_find(r->path, strlen(r->path), false, &by_file);
    if (id >= 0) {
        char range[64];
        rtcio__value_describe(&rtcio__settings[id], range, sizeof range);
        return fault(r, "is no section, give %s", range);
    }
    if (!rtcio__setting_is_section(r->path) || r->depth == DEPTH_MAX)
        return unknown_section(r);
    return read_section(r, text);
}

static int read_section(reader *r, const char *text)
{
    size_t len = strlen(r->path);
    r->depth++;
    for (;;) {
        if (next(r, text) != 0)
            return -1;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            break;
        if (read_entry(r, text, len) != 0)
            return -1;
    }
    r->depth--;
    return 0;
}

static int read_document(reader *r, const char *text)
{
    if (next(r, text) != 0)
        return -1;
    r->line = (unsigned)r->event.start_mark.line + 1;
    if (r->event.type == YAML_SCALAR_EVENT && is_null(&r->event))
        return 0;
    if (r->event.type != YAML_MAPPING_START_EVENT)
        return fault(r, "the file is %s, write lines of key: value",
                     r->event.type == YAML_SCALAR_EVENT ? "one text" : "a list");
    return read_section(r, text);
}

static int read_stream(reader *r, const char *text)
{
    bool found = false;
    do {
        if (next(r, text) != 0)
            return -1;
        if (r->event.type != YAML_DOCUMENT_START_EVENT)
            continue;
        r->line = (unsigned)r->event.start_mark.line + 1;
        r->path[0] = '\0';
        if (found)
            return fault(r, "a second document begins here, delete the line ---");
        found = true;
        if (read_document(r, text) != 0)
            return -1;
    } while (r->event.type != YAML_STREAM_END_EVENT);
    return 0;
}

/* The whole file with a NUL behind it, or NULL after a complaint. */
static char *load(const char *path, size_t *len, const rtcio__complaint *to)
{
    char *text = malloc(FILE_MAX + 1);
    FILE *in = text != NULL ? fopen(path, "re") : NULL;
    *len = in != NULL ? fread(text, 1, FILE_MAX + 1, in) : 0;
    if (in == NULL || ferror(in) || *len > FILE_MAX) {
        rtcio__complain(to, "%s:1: the file %s; give --config the path of a configuration", path,
                        *len > FILE_MAX ? "is larger than 1 MiB" : strerror(errno));
        free(text);
        text = NULL;
    } else {
        text[*len] = '\0';
    }
    if (in != NULL)
        fclose(in);
    return text;
}

int rtcio__config_read_file(rtcio__config *config, const rtcio__complaint *to)
{
    size_t len;
    char *text = load(config->file, &len, to);
    if (text == NULL)
        return -1;
    reader r = {.config = config, .to = to, .line = 1};
    int rc = -1;
    if (yaml_parser_initialize(&r.parser) != 0) {
        yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
        rc = read_stream(&r, text);
        yaml_event_delete(&r.event);
        yaml_parser_delete(&r.parser);
    } else {
        rc = fault(&r, "out of memory");
    }
    explicit_bzero(text, len);
    free(text);
    return rc;
}
