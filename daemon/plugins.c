/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Loads plugins. The library's functions that they call are this program's: it exports them. */

#include "plugins.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int blame(const rtcio__config *config, const char *entry, size_t len, const char *text,
                 char *why, size_t why_size)
{
    return rtcio__config_blame(config, RTCIO__SET_PLUGINS, why, why_size, "plugin \"%.*s\" %s",
                               (int)(len < 200 ? len : 200), entry, text);
}

static int read_entry(rtcio__plugins *plugins, const rtcio__config *config, const char *entry,
                      size_t len, char *why, size_t why_size)
{
    static const char key[] = "config=";
    const char *space = memchr(entry, ' ', len);
    size_t path_len = space != NULL ? (size_t)(space - entry) : len;
    if (plugins->n == RTCIO__PLUGINS_MAX)
        return blame(config, entry, len, "is one too many, there may be 16", why, why_size);
    if (path_len >= sizeof plugins->list[0].path)
        return blame(config, entry, len, "has a path that is too long", why, why_size);
    /* Without a slash it would be looked for where the system's libraries are. */
    if (memchr(entry, '/', path_len) == NULL)
        return blame(config, entry, len, "has no folder, write ./ in front of its name", why,
                     why_size);
    char *path = plugins->list[plugins->n].path, *text = plugins->list[plugins->n].config;
    memcpy(path, entry, path_len);
    path[path_len] = '\0';
    if (space != NULL) {
        const char *more = space + strspn(space, " ");
        size_t more_len = len - (size_t)(more - entry);
        if (more_len < sizeof key - 1 || memcmp(more, key, sizeof key - 1) != 0 ||
            more_len - (sizeof key - 1) >= sizeof plugins->list[0].config)
            return blame(config, entry, len, "takes config=TEXT of up to 127 bytes and no more",
                         why, why_size);
        memcpy(text, more + sizeof key - 1, more_len - (sizeof key - 1));
        text[more_len - (sizeof key - 1)] = '\0';
    }
    if (access(path, R_OK) != 0)
        return rtcio__config_blame(config, RTCIO__SET_PLUGINS, why, why_size,
                                   "plugin \"%s\" cannot be read: %s", path, strerror(errno));
    plugins->n++;
    return 0;
}

int rtcio__plugins_read(rtcio__plugins *plugins, const rtcio__config *config, char *why,
                        size_t why_size)
{
    const char *p = config->values[RTCIO__SET_PLUGINS].text, *entry;
    size_t len;
    int status = 0;
    *plugins = (rtcio__plugins){0};
    while (status == 0 && rtcio__list_next(&p, &entry, &len))
        status = read_entry(plugins, config, entry, len, why, why_size);
    return status;
}

/* NULL, or what is wrong with it. */
static const char *check(const rtcio_plugin *plugin, const char *path, char *text, size_t size)
{
    if (plugin == NULL) {
        snprintf(text, size, "plugin \"%s\" is none: RTCIO_PLUGIN() is missing in its source",
                 path);
        return text;
    }
    /* Before 1.0 a minor version may change the API. */
    if (plugin->major != RTCIO_VERSION_MAJOR || plugin->minor != RTCIO_VERSION_MINOR ||
        plugin->size < sizeof *plugin || plugin->setup == NULL) {
        snprintf(
            text, size,
            "plugin \"%s\" was built for rtcio %u.%u, this is %d.%d: build it again with these "
            "headers",
            path, plugin->major, plugin->minor, RTCIO_VERSION_MAJOR, RTCIO_VERSION_MINOR);
        return text;
    }
    return NULL;
}

int rtcio__plugins_load(rtcio__plugins *plugins, char *why, size_t why_size)
{
    for (size_t i = 0; i < plugins->n; i++) {
        const char *path = plugins->list[i].path;
        /* All that it needs is found now, not in the middle of the night. */
        void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (object == NULL) {
            snprintf(why, why_size, "plugin \"%s\" cannot be loaded: %s", path, dlerror());
            return -1;
        }
        const rtcio_plugin *plugin = dlsym(object, RTCIO_PLUGIN_SYMBOL);
        if (check(plugin, path, why, why_size) != NULL)
            return -1;
        plugins->list[i].plugin = plugin;
    }
    return 0;
}

int rtcio__plugins_attach(const rtcio__plugins *plugins, rtcio_server *server, char *why,
                          size_t why_size)
{
    for (size_t i = 0; i < plugins->n; i++) {
        int rc = plugins->list[i].plugin->setup(server, plugins->list[i].config);
        if (rc == 0)
            continue;
        snprintf(why, why_size, "plugin \"%s\" refused its setup (%d: %s), config \"%s\"",
                 plugins->list[i].path, rc, rtcio_strerror(rc), plugins->list[i].config);
        return rc;
    }
    return 0;
}
