/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Rooms are named by clients: what controls a terminal does not get there. */

#include "view.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define SHORT 48 /* of a number with its unit */

typedef struct lines {
    const rtcio__view *view;
    FILE *out;
    unsigned n;
} lines;

/* Characters of UTF-8 that neither control nor turn around. jansson's strings are valid. */
static bool is_plain(const unsigned char *p, size_t *len)
{
    *len = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (*len == 1)
        return p[0] >= 0x20 && p[0] != 0x7F;
    if (*len == 2)
        return p[0] != 0xC2 || p[1] >= 0xA0;
    uint32_t c = *len == 3 ? (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63)
                           : 0x10000;
    return !((c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
             (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF);
}

static void put_line(lines *l, const char *text)
{
    unsigned columns = 0;

    if (l->n == l->view->rows)
        return;
    for (const unsigned char *p = (const unsigned char *)text;
         *p != '\0' && columns < l->view->columns; columns++) {
        size_t len;
        if (is_plain(p, &len))
            fwrite(p, 1, len, l->out);
        else
            fputc('?', l->out);
        p += len;
    }
    /* The last line of a screen has no end, which would scroll it. */
    fputs(l->view->ansi ? "\x1b[K" : "", l->out);
    if (++l->n < l->view->rows)
        fputc('\n', l->out);
}

__attribute__((format(printf, 2, 3))) static void line(lines *l, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put_line(l, text);
}

static const char *bytes(double n, char out[SHORT])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t i = 0;

    while (n >= 1000 && i < 4) {
        n /= 1000;
        i++;
    }
    snprintf(out, SHORT, i == 0 ? "%.0f %s" : "%.1f %s", n, units[i]);
    return out;
}

static const char *span(json_int_t s, char out[SHORT])
{
    if (s >= 86400)
        snprintf(out, SHORT, "%lldd%02lldh", (long long)s / 86400, (long long)s % 86400 / 3600);
    else if (s >= 3600)
        snprintf(out, SHORT, "%lldh%02lldm", (long long)s / 3600, (long long)s % 3600 / 60);
    else
        snprintf(out, SHORT, "%lldm%02llds", (long long)s / 60, (long long)s % 60);
    return out;
}

static const char *turn(const rtcio__view *v, double part, char out[SHORT])
{
    double s = rtcio__sample_turn(v->now, v->before, part);

    if (s > 0)
        snprintf(out, SHORT, "< %g ms", s * 1000);
    else
        snprintf(out, SHORT, "%s", s < 0 ? "> 100 ms" : "-");
    return out;
}

static double sum(const lines *l, const char *name, const char *label)
{
    return rtcio__sample_sum(l->view->now, name, label);
}

static double rate(const lines *l, const char *name, const char *label)
{
    return rtcio__sample_rate(l->view->now, l->view->before, name, label);
}

static void put_server(lines *l)
{
    const rtcio__view *v = l->view;
    char a[SHORT], b[SHORT];
    const char *version = json_string_value(json_object_get(v->info, "version"));

    line(l, "rtcio %s  pid %lld  up %s  %lld workers  %s%s", version != NULL ? version : "?",
         (long long)json_integer_value(json_object_get(v->info, "pid")),
         span(json_integer_value(json_object_get(v->info, "uptime_s")), a),
         (long long)json_integer_value(json_object_get(v->info, "workers")), v->place,
         json_is_true(json_object_get(v->info, "draining")) ? "  DRAINING" : "");
    line(l, "cpu %.1f %%  memory %s  descriptors %.0f of %.0f  queued %s",
         100 * rate(l, "process_cpu_seconds_total", NULL),
         bytes(sum(l, "process_resident_memory_bytes", NULL), a), sum(l, "process_open_fds", NULL),
         sum(l, "process_max_fds", NULL), bytes(sum(l, "rtcio_queued_bytes", NULL), b));
    line(l, "sockets %.0f  websocket %.0f  polling %.0f  connections %.0f  rooms %.0f",
         sum(l, "rtcio_sockets", NULL), sum(l, "rtcio_sessions", "transport=\"websocket\""),
         sum(l, "rtcio_sessions", "transport=\"polling\""), sum(l, "rtcio_connections", NULL),
         sum(l, "rtcio_rooms", NULL));
    line(l, "turn of the loop: half %s, 99 %% %s", turn(v, 0.5, a), turn(v, 0.99, b));
}

static void put_rates(lines *l)
{
    char in[SHORT], out[SHORT];

    put_line(l, "");
    line(l, "%-22s %12s %12s", "per second", "in", "out");
    line(l, "%-22s %12.1f %12.1f", "messages", rate(l, "rtcio_messages_total", "\"in\""),
         rate(l, "rtcio_messages_total", "\"out\""));
    line(l, "%-22s %12s %12s", "bytes", bytes(rate(l, "rtcio_bytes_total", "\"in\""), in),
         bytes(rate(l, "rtcio_bytes_total", "\"out\""), out));
    line(l, "handshakes %.1f  upgrades %.1f  refused %.1f  dropped %.1f  ended for a fault %.1f",
         rate(l, "rtcio_handshakes_total", NULL), rate(l, "rtcio_upgrades_total", NULL),
         rate(l, "rtcio_requests_refused_total", NULL), rate(l, "rtcio_dropped_total", NULL),
         rate(l, "rtcio_sessions_ended_total", NULL));
    line(l, "relayed %.1f  joins %.1f  leaves %.1f  chat %.1f  media-state %.1f",
         rate(l, "rtcio_events_total", "\"#rtcio:message\""),
         rate(l, "rtcio_events_total", "\"join-room\""),
         rate(l, "rtcio_events_total", "\"leave-room\""),
         rate(l, "rtcio_events_total", "\"chat-message\""),
         rate(l, "rtcio_events_total", "\"media-state\""));
}

static void put_rooms(lines *l)
{
    size_t i;
    const json_t *room, *rooms = json_object_get(l->view->rooms, "rooms");

    put_line(l, "");
    line(l, "%8s  %s", "members", "room");
    json_array_foreach(rooms, i, room)
    {
        const char *name = json_string_value(json_object_get(room, "room"));
        line(l, "%8lld  %s", (long long)json_integer_value(json_object_get(room, "members")),
             name != NULL ? name : "?");
    }
}

void rtcio__view_print(const rtcio__view *view, FILE *out)
{
    lines l = {view, out, 0};

    put_server(&l);
    put_rates(&l);
    put_rooms(&l);
    fputs(view->ansi ? "\x1b[J" : "", out);
}
