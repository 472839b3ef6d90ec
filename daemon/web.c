/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The video room as `rtcio serve` shows it: files of web/room/dist, or of whatever folder an
 * operator puts in their place. What they do in a browser is their own business. */

#include "web.h"

#include <rtcio/files.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Scripts, styles and connections of our own only; pictures and media also from memory. Nothing
 * inline, nobody's frame but ours, and no page that is opened from here learns the room's name. */
static const char headers[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'\r\n"
    "Permissions-Policy: camera=(self), microphone=(self), display-capture=(self), "
    "fullscreen=(self), geolocation=(), payment=(), usb=()\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n";

static bool has_room(const char *folder)
{
    char page[PATH_MAX];
    int n = snprintf(page, sizeof page, "%s/index.html", folder);
    return n > 0 && (size_t)n < sizeof page && access(page, R_OK) == 0;
}

/* The folder of the program itself. */
static bool own_folder(char *folder, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", folder, size - 1);
    if (n <= 0 || (size_t)n >= size - 1)
        return false;
    folder[n] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    return true;
}

static void find_beside_program(rtcio__web *web)
{
    /* Installed: bin/ and share/. Built: build/<preset>/ and web/. */
    static const char *const places[] = {"../share/rtcio/room", "../../web/room/dist"};
    char own[PATH_MAX];

    for (size_t i = 0; own_folder(own, sizeof own) && i < sizeof places / sizeof *places; i++) {
        int n = snprintf(web->folder, sizeof web->folder, "%s/%s", own, places[i]);
        if (n > 0 && (size_t)n < sizeof web->folder && has_room(web->folder))
            return;
    }
    web->folder[0] = '\0';
}

int rtcio__web_find(rtcio__web *web, const char *wanted)
{
    web->folder[0] = '\0';
    if (strcmp(wanted, "no") == 0)
        return 0;
    if (strcmp(wanted, "auto") == 0) {
        find_beside_program(web);
        return 0;
    }
    if (!has_room(wanted))
        return -1;
    snprintf(web->folder, sizeof web->folder, "%s", wanted);
    return 0;
}

/* Addresses of this machine in its networks: IPv4, which people can type. */
static int lan_addresses(char addresses[][INET_ADDRSTRLEN], int most)
{
    struct ifaddrs *list, *at;
    int n = 0;

    if (getifaddrs(&list) != 0)
        return 0;
    for (at = list; at != NULL && n < most; at = at->ifa_next) {
        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET ||
            (at->ifa_flags & IFF_LOOPBACK) != 0 || (at->ifa_flags & IFF_UP) == 0)
            continue;
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)at->ifa_addr;
        if (inet_ntop(AF_INET, &in->sin_addr, addresses[n], INET_ADDRSTRLEN) != NULL)
            n++;
    }
    freeifaddrs(list);
    return n;
}

void rtcio__web_greet(const rtcio__web *web, FILE *out, const char *url, const char *scheme,
                      bool everywhere, int port)
{
    char addresses[3][INET_ADDRSTRLEN];
    bool secure = strcmp(scheme, "https") == 0;

    if (!rtcio__web_exists(web))
        return;
    fprintf(out, "  room:    %s    a video call: open it in two tabs\n", url);
    if (!secure) {
        fputs("           from other devices with --tls-dev: browsers give cameras to https only\n",
              out);
        return;
    }
    for (int i = 0, n = everywhere ? lan_addresses(addresses, 3) : 0; i < n; i++)
        fprintf(out, "           %s://%s:%d    the same, from another device\n", scheme,
                addresses[i], port);
}

int rtcio__web_serve(rtcio_server *server, const rtcio__web *web, char *why, size_t why_size)
{
    rtcio_files_options opt;

    rtcio_files_options_init(&opt);
    opt.immutable = "assets/";
    opt.headers = headers;
    return rtcio_server_serve_files(server, "/", web->folder, &opt, why, why_size);
}
