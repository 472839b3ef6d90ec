/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The table of settings for readers: --help, docs/serve.md, the sample file, the manual page, and
 * the values in use. */

#include "internal.h"

#include <string.h>

static const char *placeholder(const rtcio__setting *setting)
{
    static const char *const names[] = {
        [RTCIO__TYPE_TEXT] = " TEXT",     [RTCIO__TYPE_LIST] = " LIST",
        [RTCIO__TYPE_NUMBER] = " NUMBER", [RTCIO__TYPE_DURATION] = " TIME",
        [RTCIO__TYPE_SIZE] = " SIZE",     [RTCIO__TYPE_SWITCH] = "",
        [RTCIO__TYPE_CHOICE] = " WORD",   [RTCIO__TYPE_SECRET] = " FILE",
    };
    return names[setting->type];
}

/* What all readers want to know of a row. */
typedef struct row {
    const rtcio__setting *setting;
    bool first; /* of its group */
    char flag[RTCIO__NAME_SIZE], env[RTCIO__NAME_SIZE], range[64];
} row;

static row describe(int i)
{
    row r = {.setting = &rtcio__settings[i]};
    r.first = i == 0 || strcmp(r.setting->group, rtcio__settings[i - 1].group) != 0;
    rtcio__setting_flag(r.setting, r.setting->type == RTCIO__TYPE_SECRET ? "_file" : "", r.flag);
    if (r.setting->env != NULL)
        snprintf(r.env, sizeof r.env, "%s", r.setting->env);
    else
        rtcio__setting_env(r.setting, "", r.env);
    rtcio__value_describe(r.setting, r.range, sizeof r.range);
    return r;
}

static const char *fallback(const rtcio__setting *setting)
{
    return *setting->fallback != '\0' ? setting->fallback : "none";
}

void rtcio__config_print_help(FILE *out)
{
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        row r = describe(i);
        char option[RTCIO__NAME_SIZE + 8];
        snprintf(option, sizeof option, "%s%s", r.flag, placeholder(r.setting));
        if (r.first)
            fprintf(out, "%s%s:\n", i == 0 ? "" : "\n", r.setting->group);
        fprintf(out, "  %-31s %s\n", option, r.setting->text);
        fprintf(out, "  %-31s %s; default %s; or %s\n", "", r.range, fallback(r.setting), r.env);
    }
}

void rtcio__config_print_markdown(FILE *out)
{
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        row r = describe(i);
        if (r.first)
            fprintf(out,
                    "%s### %s\n\n"
                    "| Option | Environment | In the file | Default | Takes | Reload | Meaning |\n"
                    "|---|---|---|---|---|---|---|\n",
                    i == 0 ? "" : "\n", r.setting->group);
        fprintf(out, "| `%s` | `%s` | `%s` | %s%s%s | %s | %s | %s |\n", r.flag, r.env,
                r.setting->key, *r.setting->fallback ? "`" : "", fallback(r.setting),
                *r.setting->fallback ? "`" : "", r.range, r.setting->live ? "yes" : "no",
                r.setting->text);
    }
}

/* YAML takes a plain word; these would be something else. */
static bool needs_quotes(const char *text)
{
    return *text == '\0' || strchr("*&!|>%@`'\"#{}[],?:- ", *text) != NULL;
}

void rtcio__config_print_sample(FILE *out)
{
    fputs(
        "# rtcio.yaml: the settings of `rtcio serve --config rtcio.yaml`, all at their defaults.\n"
        "# An option wins over its environment variable, and that over this file. Instead of\n"
        "# `max.sessions: 1` you may write `max:` and below it, indented, `sessions: 1`.\n"
        "# `rtcio check rtcio.yaml` tells what is wrong; after a change of what is marked\n"
        "# \"live\", send SIGHUP, for the rest restart.\n",
        out);
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        row r = describe(i);
        bool secret = r.setting->type == RTCIO__TYPE_SECRET;
        if (r.first)
            fprintf(out, "\n# --- %s\n", r.setting->group);
        fprintf(out, "\n# %s\n# %s; %s%s\n", r.setting->text, r.range, r.env,
                r.setting->live ? "; live" : "");
        const char *quote = needs_quotes(r.setting->fallback) ? "\"" : "";
        fprintf(out, "#%s%s: %s%s%s\n", r.setting->key, secret ? "_file" : "", quote,
                r.setting->fallback, quote);
    }
}

/* In roff a dash may be a hyphen, and a line that begins with a dot or a quote is a command. */
static void put_roff(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text != '\0'; text++) {
        if (*text == '-' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
}

void rtcio__config_print_roff(FILE *out)
{
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        row r = describe(i);
        if (r.first)
            fprintf(out, ".SS %s\n", r.setting->group);
        fputs(".TP\n.B ", out);
        put_roff(out, r.flag);
        fprintf(out, "%s\n", placeholder(r.setting));
        put_roff(out, r.setting->text);
        fprintf(out, ".\n%s; default %s", r.range, "");
        put_roff(out, fallback(r.setting));
        fprintf(out, "; %s; %s%s%s.\n", r.env, "key ", r.setting->key,
                r.setting->live ? "; applied by a reload" : "");
    }
}

void rtcio__config_print_values(const rtcio__config *config, FILE *out)
{
    for (int i = 0; i < RTCIO__N_SETTINGS; i++) {
        const rtcio__value *value = &config->values[i];
        bool secret = rtcio__settings[i].type == RTCIO__TYPE_SECRET;
        const char *text = secret && *value->text != '\0' ? "(set)" : value->text;
        char flag[RTCIO__NAME_SIZE];
        fprintf(out, "%-26s %-20s ", rtcio__settings[i].key, *text != '\0' ? text : "none");
        switch (value->origin) {
        case RTCIO__FROM_DEFAULT:
            fputs("default\n", out);
            break;
        case RTCIO__FROM_FILE:
            fprintf(out, "%s:%u\n", config->file, value->line);
            break;
        case RTCIO__FROM_CREDENTIAL:
            fputs("$CREDENTIALS_DIRECTORY\n", out);
            break;
        case RTCIO__FROM_ENVIRONMENT:
            fprintf(out, "environment %s\n", value->env);
            break;
        case RTCIO__FROM_FLAG:
            rtcio__setting_flag(&rtcio__settings[i], value->by_file ? "_file" : "", flag);
            fprintf(out, "option %s\n", flag);
            break;
        }
    }
}
