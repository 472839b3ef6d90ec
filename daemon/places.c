/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* From words such as https://[::]:443, unix:/run/rtcio.sock and fd:3 to options of listeners. */

#include "places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SYSTEMD_FD 3 /* SD_LISTEN_FDS_START, sd_listen_fds(3) */

static bool read_number(const char *text, size_t len, unsigned long most, unsigned long *number)
{
    *number = 0;
    if (len == 0 || len > 6)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *number = *number * 10 + (unsigned long)(text[i] - '0');
    }
    return *number <= most;
}

static rtcio__place *add(rtcio__places *places, rtcio_tls *tls, const rtcio__config *config)
{
    if (places->n == RTCIO__MAX_PLACES)
        return NULL;
    rtcio__place *place = &places->list[places->n++];
    rtcio_listen_options_init(&place->opt);
    place->opt.tls = tls;
    place->opt.proxy_protocol = config->values[RTCIO__SET_PROXY_PROTOCOL].number != 0;
    return place;
}

/* [HOST:]PORT; an IPv6 address stands in brackets. */
static bool read_address(rtcio__place *place, const char *text, size_t len)
{
    const char *end = text + len, *port = text, *host = NULL;
    size_t host_len = 0;
    unsigned long number;

    if (len > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', len);
        if (close == NULL || close + 1 >= end || close[1] != ':')
            return false;
        host = text + 1;
        host_len = (size_t)(close - host);
        port = close + 2;
    } else {
        const char *colon = memchr(text, ':', len);
        if (colon != NULL) {
            host = text;
            host_len = (size_t)(colon - text);
            port = colon + 1;
        }
    }
    if (!read_number(port, (size_t)(end - port), 65535, &number) || host_len >= sizeof place->host)
        return false;
    memcpy(place->host, host != NULL ? host : "", host_len);
    place->host[host_len] = '\0';
    /* `::`, the default, is NULL to the library: every address, also where there is no IPv6. */
    if (host_len > 0 && strcmp(place->host, "::") != 0)
        place->opt.host = place->host;
    else
        memcpy(place->host, "::", 3);
    place->opt.port = (int)number;
    return true;
}

/* Octal permissions. 0, or the exit status. */
static int read_mode(const rtcio__config *config, rtcio__setting_id id, unsigned *mode, char *why,
                     size_t why_size)
{
    const char *text = config->values[id].text;

    *mode = (unsigned)strtoul(text, NULL, 8);
    if (strlen(text) > 0 && strlen(text) <= 4 && text[strspn(text, "01234567")] == '\0' &&
        *mode <= 0777)
        return 0;
    return rtcio__config_blame(config, id, why, why_size,
                               "\"%.60s\" are no permissions, write them in octal as 0660", text);
}

/* "unix:" and a path. */
static bool read_path(rtcio__place *place, const rtcio__config *config, const char *text,
                      size_t len)
{
    if (len == 0 || len >= sizeof place->host || (text[0] != '/' && text[0] != '@'))
        return false;
    memcpy(place->host, text, len);
    place->host[len] = '\0';
    place->opt.unix_path = place->host;
    place->opt.tls = NULL; /* whoever is on this machine needs no secrets from it */
    place->opt.unix_mode = (unsigned)strtoul(config->values[RTCIO__SET_UNIX_MODE].text, NULL, 8);
    return true;
}

static bool starts_with(const char *text, size_t len, const char *word)
{
    return len >= strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

static bool read_place(rtcio__place *place, const rtcio__config *config, const char *text,
                       size_t len)
{
    unsigned long fd;

    snprintf(place->text, sizeof place->text, "%.*s", (int)(len < 280 ? len : 280), text);
    if (starts_with(text, len, "unix:"))
        return read_path(place, config, text + 5, len - 5);
    if (starts_with(text, len, "fd:")) {
        if (!read_number(text + 3, len - 3, 65535, &fd))
            return false;
        place->opt.fd = (int)fd;
        return true;
    }
    if (starts_with(text, len, "https://"))
        return place->opt.tls != NULL && read_address(place, text + 8, len - 8);
    if (starts_with(text, len, "http://")) {
        place->opt.tls = NULL;
        return read_address(place, text + 7, len - 7);
    }
    return read_address(place, text, len);
}

/* Sockets that systemd has opened for this process. */
static int add_passed(rtcio__places *places, const rtcio__config *config, rtcio_tls *tls)
{
    const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
    unsigned long number = 0;

    if (pid != NULL && n != NULL && strtol(pid, NULL, 10) == (long)getpid() &&
        !read_number(n, strlen(n), RTCIO__MAX_PLACES, &number))
        number = 0;
    if (pid == NULL || strtol(pid, NULL, 10) != (long)getpid())
        number = 0;
    for (unsigned long i = 0; i < number; i++) {
        rtcio__place *place = add(places, tls, config);
        if (place == NULL)
            break;
        place->opt.fd = FIRST_SYSTEMD_FD + (int)i;
        snprintf(place->text, sizeof place->text, "fd:%d", place->opt.fd);
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return places->n > 0;
}

int rtcio__places_read(rtcio__places *places, const rtcio__config *config, rtcio_tls *tls,
                       char *why, size_t why_size)
{
    const char *list = config->values[RTCIO__SET_LISTEN].text, *entry;
    size_t len;

    unsigned mode;
    int status = read_mode(config, RTCIO__SET_UNIX_MODE, &mode, why, why_size);
    if (status != 0)
        return status;
    places->n = 0;
    while (rtcio__list_next(&list, &entry, &len)) {
        rtcio__place *place = add(places, tls, config);
        if (place == NULL)
            return rtcio__config_blame(config, RTCIO__SET_LISTEN, why, why_size,
                                       "more than %d places to listen", RTCIO__MAX_PLACES);
        if (read_place(place, config, entry, len))
            continue;
        if (starts_with(entry, len, "https://") && tls == NULL)
            return rtcio__config_blame(config, RTCIO__SET_LISTEN, why, why_size,
                                       "\"%s\" needs a certificate, see --tls-cert", place->text);
        return rtcio__config_blame(config, RTCIO__SET_LISTEN, why, why_size,
                                   "\"%s\" is no place to listen: give HOST:PORT, "
                                   "https://HOST:PORT, http://HOST:PORT, unix:/PATH or fd:NUMBER",
                                   place->text);
    }
    if (places->n > 0 || add_passed(places, config, tls))
        return 0;
    rtcio__place *place = add(places, tls, config);
    const char *host = config->values[RTCIO__SET_HOST].text;
    snprintf(place->host, sizeof place->host, "%s", host);
    place->opt.host = strcmp(host, "::") == 0 ? NULL : place->host;
    place->opt.port = (int)config->values[RTCIO__SET_PORT].number;
    snprintf(place->text, sizeof place->text, "%.200s port %d", host, place->opt.port);
    return 0;
}

int rtcio__places_read_control(rtcio__place *place, const rtcio__config *config, rtcio_tls *tls,
                               char *why, size_t why_size)
{
    const char *text = config->values[RTCIO__SET_CONTROL_LISTEN].text;
    size_t len = strlen(text);

    memset(place, 0, sizeof *place);
    if (len == 0)
        return 0;
    rtcio_listen_options_init(&place->opt);
    if (starts_with(text, len, "https://"))
        place->opt.tls = tls;
    if (!read_place(place, config, text, len) || starts_with(text, len, "fd:"))
        return rtcio__config_blame(config, RTCIO__SET_CONTROL_LISTEN, why, why_size,
                                   "\"%.200s\" is no place for the control API: give HOST:PORT, "
                                   "https://HOST:PORT with a certificate, or unix:/PATH",
                                   text);
    return read_mode(config, RTCIO__SET_CONTROL_UNIX_MODE, &place->opt.unix_mode, why, why_size);
}

void rtcio__place_url(const rtcio__place *place, int port, char *url, size_t size)
{
    const char *host = place->host;

    *url = '\0';
    if (place->opt.unix_path != NULL || place->opt.fd >= 0)
        return;
    if (strcmp(host, "::") == 0 || strcmp(host, "0.0.0.0") == 0)
        host = "localhost";
    bool bare_ipv6 = strchr(host, ':') != NULL;
    snprintf(url, size, "%s://%s%s%s:%d", place->opt.tls != NULL ? "https" : "http",
             bare_ipv6 ? "[" : "", host, bare_ipv6 ? "]" : "", port);
}
