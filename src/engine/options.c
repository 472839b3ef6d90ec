/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Server options: defaults, ranges, and the sentence that tells what is wrong. */

#include "codec/json.h"
#include "engine/address.h"
#include "engine/cookie.h"

#include <rtcio/options.h>

#include <stdio.h>
#include <string.h>

#define DAY_MS 86400000u
#define GIB    ((size_t)1 << 30)

void rtcio_server_options_init_sized(rtcio_server_options *opt, size_t size)
{
    const rtcio_server_options defaults = {
        .size = sizeof defaults,
        .path = "/socket.io",
        .transports = RTCIO_POLLING | RTCIO_WEBSOCKET,
        .allow_upgrades = true,
        .ping_interval_ms = 25000,
        .ping_timeout_ms = 20000,
        .upgrade_timeout_ms = 10000,
        .connect_timeout_ms = 45000,
        .request_timeout_ms = 15000,
        .keep_alive_timeout_ms = 5000,
        .attachment_timeout_ms = 30000,
        .close_timeout_ms = 30000,
        .max_payload_bytes = 1000000,
        .max_head_bytes = 16384,
        .max_queue_bytes = (size_t)4 << 20,
        .max_json_depth = 256,
        .max_namespaces = 1024,
        .retain_handshake = true,
        .recovery_max_packets = 100000,
        .recovery_max_bytes = (size_t)64 << 20,
        .recovery_max_session_packets = 4096,
        .recovery_max_session_bytes = (size_t)1 << 20,
        .recovery_max_sessions = 10000,
        .cors_methods = "GET,HEAD,PUT,PATCH,POST,DELETE",
        .cors_max_age_s = -1,
        .http_compression = true,
        .http_compression_threshold = 1024,
        .cookie_path = "/",
        .cookie_max_age_s = -1,
        .cookie_http_only = true,
        .cookie_same_site = "lax",
        .add_trailing_slash = true,
        .destroy_upgrade = true,
        .destroy_upgrade_timeout_ms = 1000,
        .max_inbox_bytes = (size_t)64 << 20,
        .max_events_burst = 500,
        .max_bytes_burst = 8u << 20,
        .max_delay_ms = 30000,
        .deflate_threshold = 1024,
        .deflate_level = 1,
        .deflate_server_no_context_takeover = true,
        .deflate_client_no_context_takeover = true,
        .deflate_server_max_window_bits = 15,
        .deflate_client_max_window_bits = 15,
        .deflate_max_connection_bytes = (size_t)512 << 10,
        .deflate_max_bytes = (size_t)64 << 20,
    };

    memset(opt, 0, size);
    memcpy(opt, &defaults, size < sizeof defaults ? size : sizeof defaults);
    opt->size = size;
}

/* An option with its range. */
struct range {
    const char *name, *unit;
    uint64_t value, least, most;
};

static int check_ranges(const rtcio_server_options *opt, char *why, size_t why_size)
{
    const struct range ranges[] = {
        {"ping_interval_ms", "ms", opt->ping_interval_ms, 1, DAY_MS},
        {"ping_timeout_ms", "ms", opt->ping_timeout_ms, 1, DAY_MS},
        {"upgrade_timeout_ms", "ms", opt->upgrade_timeout_ms, 1, DAY_MS},
        {"connect_timeout_ms", "ms", opt->connect_timeout_ms, 1, DAY_MS},
        {"request_timeout_ms", "ms", opt->request_timeout_ms, 1, DAY_MS},
        {"keep_alive_timeout_ms", "ms", opt->keep_alive_timeout_ms, 1, DAY_MS},
        {"attachment_timeout_ms", "ms", opt->attachment_timeout_ms, 1, DAY_MS},
        {"close_timeout_ms", "ms", opt->close_timeout_ms, 1, DAY_MS},
        {"destroy_upgrade_timeout_ms", "ms", opt->destroy_upgrade_timeout_ms, 1, DAY_MS},
        {"max_payload_bytes", "bytes", opt->max_payload_bytes, 1024, GIB},
        {"max_head_bytes", "bytes", opt->max_head_bytes, 512, (size_t)1 << 20},
        {"max_queue_bytes", "bytes", opt->max_queue_bytes, 4096, 4 * (uint64_t)GIB},
        {"max_inbox_bytes", "bytes", opt->max_inbox_bytes, 65536, 64 * (uint64_t)GIB},
        {"max_json_depth", "levels", opt->max_json_depth, 8, RTCIO__JSON_MAX_DEPTH},
        {"max_namespaces", "namespaces", opt->max_namespaces, 1, 1000000},
        {"recovery_max_ms", "ms", opt->recovery_max_ms, 0, DAY_MS},
        {"recovery_max_packets", "packets", opt->recovery_max_packets, 1, 100000000},
        {"recovery_max_bytes", "bytes", opt->recovery_max_bytes, 4096, 64 * (uint64_t)GIB},
        {"recovery_max_session_packets", "packets", opt->recovery_max_session_packets, 1,
         100000000},
        {"recovery_max_session_bytes", "bytes", opt->recovery_max_session_bytes, 1024, GIB},
        {"recovery_max_sessions", "sessions", opt->recovery_max_sessions, 1, 100000000},
        {"max_sessions_per_address", "sessions", opt->max_sessions_per_address, 0, 100000000},
        {"max_handshakes_per_s", "handshakes", opt->max_handshakes_per_s, 0, 1000000},
        {"max_events_per_s", "events", opt->max_events_per_s, 0, 1000000},
        {"max_events_burst", "events", opt->max_events_burst, 1, 1000000},
        {"max_bytes_per_s", "bytes", opt->max_bytes_per_s, 0, GIB},
        {"max_bytes_burst", "bytes", opt->max_bytes_burst, 1, GIB},
        {"max_delay_ms", "ms", opt->max_delay_ms, 0, DAY_MS},
        {"deflate_level", "", (uint64_t)opt->deflate_level, 1, 9},
        {"deflate_server_max_window_bits", "bits", opt->deflate_server_max_window_bits, 9, 15},
        {"deflate_client_max_window_bits", "bits", opt->deflate_client_max_window_bits, 9, 15},
        {"deflate_max_connection_bytes", "bytes", opt->deflate_max_connection_bytes, 0, GIB},
        {"deflate_max_bytes", "bytes", opt->deflate_max_bytes, 0, 64 * (uint64_t)GIB},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const struct range *r = &ranges[i];
        if (r->value >= r->least && r->value <= r->most)
            continue;
        snprintf(why, why_size, "%s is %llu; it takes %llu to %llu%s%s", r->name,
                 (unsigned long long)r->value, (unsigned long long)r->least,
                 (unsigned long long)r->most, r->unit[0] != '\0' ? " " : "", r->unit);
        return RTCIO_E_INVALID;
    }
    return 0;
}

static int check_networks(const char *name, const char *list, char *why, size_t why_size)
{
    struct rtcio__networks networks;
    const char *fault = "";
    size_t len = 0;

    if (list == NULL)
        return 0;
    if (rtcio__networks_parse(&networks, list, &fault, &len) == 0) {
        rtcio__networks_fini(&networks);
        return 0;
    }
    snprintf(why, why_size, "%s: \"%.*s\" is neither an address nor a network such as 10.0.0.0/8",
             name, (int)(len < 80 ? len : 80), fault);
    return RTCIO_E_INVALID;
}

int rtcio_server_options_check(const rtcio_server_options *opt, char *why, size_t why_size)
{
    char unused[1];
    const unsigned all = RTCIO_POLLING | RTCIO_WEBSOCKET;

    if (why == NULL) {
        why = unused;
        why_size = sizeof unused;
    }
    if (opt->size < sizeof *opt) {
        snprintf(why, why_size, "size is %zu; fill the options with rtcio_server_options_init()",
                 opt->size);
        return RTCIO_E_INVALID;
    }
    /* A newer caller's fields: fine as long as they are left at their defaults of zero. */
    for (size_t i = sizeof *opt; i < opt->size; i++) {
        if (((const char *)opt)[i] != 0) {
            snprintf(why, why_size,
                     "an option is set that version " RTCIO_VERSION
                     " of the library does not know");
            return RTCIO_E_UNSUPPORTED;
        }
    }
    if (opt->path == NULL || opt->path[0] != '/') {
        snprintf(why, why_size, "path is \"%s\"; it starts with '/'",
                 opt->path != NULL ? opt->path : "");
        return RTCIO_E_INVALID;
    }
    if (opt->transports == 0 || (opt->transports & ~all) != 0) {
        snprintf(why, why_size, "transports is %u; it is made of RTCIO_POLLING and RTCIO_WEBSOCKET",
                 opt->transports);
        return RTCIO_E_INVALID;
    }
    if (opt->cors_origin != NULL && opt->cors_methods == NULL) {
        snprintf(why, why_size, "cors_methods is NULL; leave it at its default");
        return RTCIO_E_INVALID;
    }
    if (check_networks("trusted_proxies", opt->trusted_proxies, why, why_size) != 0 ||
        check_networks("unlimited_addresses", opt->unlimited_addresses, why, why_size) != 0)
        return RTCIO_E_INVALID;
    const char *fault = rtcio__cookie_fault(opt);
    if (fault != NULL) {
        snprintf(why, why_size, "%s is not what a Set-Cookie header can hold", fault);
        return RTCIO_E_INVALID;
    }
    return check_ranges(opt, why, why_size);
}
