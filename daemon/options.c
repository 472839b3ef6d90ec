/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Turns checked settings into the library's options; what one setting's range cannot say, such
 * as the form of an origin, is checked here. Starts nothing. */

#include "options.h"

#include "control/key.h"
#include "hooks/hooks.h"
#include "jwks.h"

#include <errno.h>
#include <string.h>

/* What browsers send as Origin: scheme, host and port, nothing behind. */
static const char *origin_fault(const char *origin, size_t len)
{
    const char *scheme = memmem(origin, len, "://", 3);
    if (scheme == NULL || scheme == origin)
        return "has no scheme, write it as https://example.org";
    const char *host = scheme + 3;
    size_t host_len = len - (size_t)(host - origin);
    if (host_len == 0)
        return "has no host, write it as https://example.org";
    if (memchr(host, '/', host_len) != NULL)
        return "has a path, an origin ends with its host or port";
    if (memchr(host, '*', host_len) != NULL)
        return "has a wildcard, name each origin or allow all with *";
    return NULL;
}

static int read_origins(char *out, size_t size, const rtcio__config *config, char *why,
                        size_t why_size)
{
    const char *list = config->values[RTCIO__SET_ALLOWED_ORIGINS].text, *p = list, *origin;
    size_t used = 0, n_origins = 0, len;
    bool any = false;
    while (rtcio__list_next(&p, &origin, &len)) {
        bool word = (len == 1 && *origin == '*') || (len == 7 && memcmp(origin, "reflect", 7) == 0);
        const char *fault = word ? NULL : origin_fault(origin, len);
        if (fault == NULL && used + len + 2 > size)
            fault = "is one too many, the list may have 4 KiB";
        if (fault != NULL)
            return rtcio__config_blame(config, RTCIO__SET_ALLOWED_ORIGINS, why, why_size,
                                       "allowed origin \"%.*s\" %s", (int)(len < 80 ? len : 80),
                                       origin, fault);
        any |= word;
        n_origins++;
        if (used > 0)
            out[used++] = ',';
        memcpy(out + used, origin, len);
        used += len;
    }
    out[used] = '\0';
    if (n_origins == 0 || (any && n_origins > 1))
        return rtcio__config_blame(config, RTCIO__SET_ALLOWED_ORIGINS, why, why_size,
                                   "allowed origins \"%.80s\": give *, or a list of origins", list);
    return 0;
}

#define NUMBER(id) config->values[RTCIO__SET_##id].number

static void fill_signaling(rtcio_signaling_options *opt, const rtcio__config *config)
{
    rtcio_signaling_options_init(opt);
    opt->relay_scope = NUMBER(RELAY_SCOPE) == 0 ? RTCIO_RELAY_ROOM : RTCIO_RELAY_ANY;
    opt->max_message_bytes = (size_t)NUMBER(MAX_MESSAGE);
    opt->max_depth = (unsigned)NUMBER(MAX_DEPTH);
    opt->max_rooms_per_socket = (unsigned)NUMBER(MAX_ROOMS);
    opt->max_password_failures = (unsigned)NUMBER(MAX_PASSWORD_FAILURES);
    opt->max_joins_per_s = (unsigned)NUMBER(MAX_JOINS);
    opt->max_peers_per_room = (unsigned)NUMBER(MAX_PEERS);
    opt->access_timeout_ms = (uint32_t)NUMBER(ACCESS_TIMEOUT);
    opt->max_chat_per_s = (unsigned)NUMBER(MAX_CHAT);
}

static int fill_ice(rtcio_ice_options *opt, const rtcio__config *config, char *why, size_t why_size)
{
    char text[200];
    rtcio_ice_options_init(opt);
    opt->turn_hosts = config->values[RTCIO__SET_TURN_HOSTS].text;
    opt->secrets = config->values[RTCIO__SET_TURN_SECRET].text;
    opt->stun_hosts = config->values[RTCIO__SET_STUN_HOSTS].text;
    opt->ttl_s = (uint32_t)(NUMBER(TURN_TTL) / 1000);
    opt->tls_port = (unsigned)NUMBER(TURN_TLS_PORT);
    if (*opt->turn_hosts != '\0' && *opt->secrets == '\0')
        return rtcio__config_blame(config, RTCIO__SET_TURN_HOSTS, why, why_size,
                                   "TURN servers need their static-auth-secret, give "
                                   "turn.secret_file or TURN_SECRET");
    if (rtcio_ice_options_check(opt, text, sizeof text) == 0)
        return 0;
    bool stun = strncmp(text, "stun", 4) == 0;
    return rtcio__config_blame(config, stun ? RTCIO__SET_STUN_HOSTS : RTCIO__SET_TURN_HOSTS, why,
                               why_size, "%s", text);
}

static const char *given(const rtcio__config *config, rtcio__setting_id id)
{
    const char *text = config->values[id].text;
    return *text != '\0' ? text : NULL;
}

static int fill_auth(rtcio__serve_options *options, const rtcio__config *config, char *why,
                     size_t why_size)
{
    rtcio_auth_options *opt = &options->auth;
    char text[200];
    rtcio_auth_options_init(opt);
    opt->secrets = given(config, RTCIO__SET_AUTH_SECRET);
    opt->public_keys = given(config, RTCIO__SET_AUTH_PUBLIC_KEY);
    opt->jwks = given(config, RTCIO__SET_AUTH_JWKS);
    opt->audience = given(config, RTCIO__SET_AUTH_AUDIENCE);
    opt->issuer = given(config, RTCIO__SET_AUTH_ISSUER);
    opt->leeway_s = (uint32_t)(NUMBER(AUTH_LEEWAY) / 1000);
    opt->warn_s = (uint32_t)(NUMBER(AUTH_WARN) / 1000);
    if (NUMBER(AUTH_REFUSAL) == 1)
        opt->missing_message = opt->invalid_message = "unauthorized";
    opt->issuer_keys = given(config, RTCIO__SET_AUTH_JWKS_URL) != NULL;
    options->has_auth =
        opt->secrets != NULL || opt->public_keys != NULL || opt->jwks != NULL || opt->issuer_keys;
    if (!options->has_auth && given(config, RTCIO__SET_ACCESS_MEMBERSHIP) != NULL) {
        char name[64];
        return rtcio__config_blame(
            config, RTCIO__SET_ACCESS_MEMBERSHIP, why, why_size,
            "%s needs tokens, by which members are known: give "
            "auth.secret_file, auth.public_key_file, auth.jwks_file or auth.jwks_url",
            rtcio__config_name(config, RTCIO__SET_ACCESS_MEMBERSHIP, name, sizeof name));
    }
    if (!options->has_auth)
        return 0;
    options->signaling.may_join = rtcio_auth_may_join;
    if (rtcio_auth_options_check(opt, text, sizeof text) == 0)
        return 0;
    rtcio__setting_id id = strncmp(text, "jwks", 4) == 0     ? RTCIO__SET_AUTH_JWKS
                           : strncmp(text, "public", 6) == 0 ? RTCIO__SET_AUTH_PUBLIC_KEY
                                                             : RTCIO__SET_AUTH_SECRET;
    return rtcio__config_blame(config, id, why, why_size, "%s", text);
}

static int fill_control(rtcio__serve_options *options, const rtcio__config *config, char *why,
                        size_t why_size)
{
    const char *listen = config->values[RTCIO__SET_CONTROL_LISTEN].text;
    rtcio__keys keys;
    options->control_keys = config->values[RTCIO__SET_CONTROL_KEY].text;
    if (*listen != '\0' && *options->control_keys == '\0' && strncmp(listen, "unix:", 5) != 0)
        return rtcio__config_blame(config, RTCIO__SET_CONTROL_LISTEN, why, why_size,
                                   "the control API needs a key where others can reach it: give "
                                   "control.key_file, or listen at unix:/PATH");
    if (rtcio__keys_read(&keys, options->control_keys))
        return 0;
    return rtcio__config_blame(config, RTCIO__SET_CONTROL_KEY, why, why_size,
                               "a control key is shorter than %d characters, or there are more "
                               "than %d; make one with: openssl rand -hex 32",
                               RTCIO__MIN_KEY, RTCIO__MAX_KEYS);
}

static void fill_cookie(rtcio_server_options *opt, const rtcio__config *config)
{
    static const char *const same_site[] = {"lax", "strict", "none"};
    const rtcio__value *values = config->values;

    opt->cookie_name = given(config, RTCIO__SET_COOKIE_NAME);
    opt->cookie_path = values[RTCIO__SET_COOKIE_PATH].text;
    opt->cookie_domain = given(config, RTCIO__SET_COOKIE_DOMAIN);
    opt->cookie_same_site = same_site[values[RTCIO__SET_COOKIE_SAME_SITE].number];
    opt->cookie_secure = values[RTCIO__SET_COOKIE_SECURE].number != 0;
    opt->cookie_http_only = values[RTCIO__SET_COOKIE_HTTP_ONLY].number != 0;
}

static int fill_admin(rtcio_admin_options *opt, const rtcio__config *config, char *why,
                      size_t why_size)
{
    char text[200];
    rtcio_admin_options_init(opt);
    opt->username = config->values[RTCIO__SET_ADMIN_USER].text;
    opt->password_hash = config->values[RTCIO__SET_ADMIN_HASH].text;
    opt->readonly = NUMBER(ADMIN_READONLY) != 0;
    opt->production = NUMBER(ADMIN_MODE) != 0;
    if (*opt->username == '\0' || rtcio_admin_options_check(opt, text, sizeof text) == 0)
        return 0;
    return rtcio__config_blame(config, RTCIO__SET_ADMIN_USER, why, why_size,
                               "the admin's password is not usable, give admin.hash_file or "
                               "RTCIO_ADMIN_HASH: %s",
                               text);
}

static void fill_limits(rtcio_server_options *opt, const rtcio__config *config)
{
    opt->max_sessions_per_address = (uint32_t)NUMBER(MAX_ADDRESS_CLIENTS);
    opt->max_handshakes_per_s = (uint32_t)NUMBER(MAX_ADDRESS_HANDSHAKES);
    opt->unlimited_addresses = given(config, RTCIO__SET_UNLIMITED_ADDRESSES);
    opt->max_events_per_s = (uint32_t)NUMBER(MAX_EVENTS);
    opt->max_events_burst = (uint32_t)NUMBER(MAX_EVENTS_BURST);
    opt->max_bytes_per_s = (uint32_t)NUMBER(MAX_BYTES);
    opt->max_bytes_burst = (uint32_t)NUMBER(MAX_BYTES_BURST);
    opt->max_delay_ms = (uint32_t)NUMBER(MAX_DELAY);
}

static void fill_server(rtcio_server_options *opt, const rtcio__config *config)
{
    static const unsigned transports[] = {RTCIO_POLLING | RTCIO_WEBSOCKET, RTCIO_POLLING,
                                          RTCIO_WEBSOCKET};
    rtcio_server_options_init(opt);
    opt->path = config->values[RTCIO__SET_PATH].text;
    opt->transports = transports[NUMBER(TRANSPORTS)];
    opt->allow_upgrades = NUMBER(TRANSPORTS) == 0;
    opt->max_sessions = (size_t)NUMBER(MAX_SESSIONS);
    opt->ping_interval_ms = (uint32_t)NUMBER(PING_INTERVAL);
    opt->ping_timeout_ms = (uint32_t)NUMBER(PING_TIMEOUT);
    opt->upgrade_timeout_ms = (uint32_t)NUMBER(UPGRADE_TIMEOUT);
    opt->connect_timeout_ms = (uint32_t)NUMBER(CONNECT_TIMEOUT);
    opt->request_timeout_ms = (uint32_t)NUMBER(REQUEST_TIMEOUT);
    opt->keep_alive_timeout_ms = (uint32_t)NUMBER(KEEP_ALIVE_TIMEOUT);
    opt->attachment_timeout_ms = (uint32_t)NUMBER(ATTACHMENT_TIMEOUT);
    opt->close_timeout_ms = (uint32_t)NUMBER(CLOSE_TIMEOUT);
    opt->destroy_upgrade_timeout_ms = (uint32_t)NUMBER(DESTROY_UPGRADE_TIMEOUT);
    opt->add_trailing_slash = NUMBER(ADD_TRAILING_SLASH) != 0;
    opt->allow_eio3 = NUMBER(ALLOW_EIO3) != 0;
    fill_cookie(opt, config);
    fill_limits(opt, config);
    opt->http_compression = NUMBER(HTTP_COMPRESSION) != 0;
    opt->http_compression_threshold = (size_t)NUMBER(HTTP_COMPRESSION_FROM);
    opt->per_message_deflate = NUMBER(WS_COMPRESSION) != 0;
    opt->deflate_threshold = (size_t)NUMBER(WS_COMPRESSION_FROM);
    opt->deflate_level = (int)NUMBER(WS_COMPRESSION_LEVEL);
    opt->deflate_server_no_context_takeover = NUMBER(WS_COMPRESSION_CONTEXT) == 0;
    opt->deflate_client_no_context_takeover = NUMBER(WS_COMPRESSION_CONTEXT) == 0;
    opt->deflate_server_max_window_bits = (unsigned)NUMBER(WS_COMPRESSION_WINDOW);
    opt->deflate_client_max_window_bits = (unsigned)NUMBER(WS_COMPRESSION_WINDOW);
    opt->deflate_max_bytes = (size_t)NUMBER(WS_COMPRESSION_MEMORY);
    opt->trusted_proxies = given(config, RTCIO__SET_TRUSTED_PROXIES);
    opt->forwarded_header = (rtcio_forwarded_header)NUMBER(FORWARDED_HEADER);
    opt->max_payload_bytes = (size_t)NUMBER(MAX_PAYLOAD);
    opt->max_head_bytes = (size_t)NUMBER(MAX_HEAD);
    opt->max_queue_bytes = (size_t)NUMBER(MAX_QUEUE);
    opt->max_inbox_bytes = (size_t)NUMBER(MAX_INBOX);
    opt->max_json_depth = (unsigned)NUMBER(MAX_JSON_DEPTH);
    opt->cors_credentials = NUMBER(CORS_CREDENTIALS) != 0;
    opt->recovery_max_ms = (uint32_t)NUMBER(RECOVERY);
    opt->recovery_skip_middlewares = NUMBER(RECOVERY_TRUST) != 0;
    opt->recovery_without_offset = NUMBER(RECOVERY_EARLY) != 0;
    opt->recovery_max_packets = (size_t)NUMBER(RECOVERY_EVENTS);
    opt->recovery_max_bytes = (size_t)NUMBER(RECOVERY_LOG);
    opt->recovery_max_session_packets = (size_t)NUMBER(RECOVERY_MISSED);
    opt->recovery_max_session_bytes = (size_t)NUMBER(RECOVERY_SIZE);
    opt->recovery_max_sessions = (size_t)NUMBER(RECOVERY_CLIENTS);
    /* Nothing here looks at a request again, and a request's head is memory for each client. */
    opt->retain_handshake = false;
    /* The documents of rtc.io ask the endpoint with `curl -I` for a sign of life (spec 4.8). */
    opt->answer_head = true;
    opt->check_origin = true;
}
#undef NUMBER

int rtcio__serve_options_fill(rtcio__serve_options *options, const rtcio__config *config, char *why,
                              size_t why_size)
{
    memset(options, 0, sizeof *options);
    fill_server(&options->server, config);
    fill_signaling(&options->signaling, config);
    options->client_folder = given(config, RTCIO__SET_SERVE_CLIENT);
    int status = read_origins(options->origins, sizeof options->origins, config, why, why_size);
    if (status != 0)
        return status;
    options->server.cors_origin = options->origins;
    if (options->server.cors_credentials && strcmp(options->origins, "*") == 0) {
        char credentials[64], origins[64];
        return rtcio__config_blame(
            config, RTCIO__SET_CORS_CREDENTIALS, why, why_size,
            "%s needs %s that are named: browsers refuse credentials for *",
            rtcio__config_name(config, RTCIO__SET_CORS_CREDENTIALS, credentials,
                               sizeof credentials),
            rtcio__config_name(config, RTCIO__SET_ALLOWED_ORIGINS, origins, sizeof origins));
    }
    if (config->values[RTCIO__SET_PATH].text[0] != '/')
        return rtcio__config_blame(config, RTCIO__SET_PATH, why, why_size,
                                   "path \"%.60s\" is none, begin it with a slash",
                                   config->values[RTCIO__SET_PATH].text);
    const char *room = config->values[RTCIO__SET_ROOM].text;
    if (rtcio__web_find(&options->web, room) != 0)
        return rtcio__config_blame(config, RTCIO__SET_ROOM, why, why_size,
                                   "room \"%.200s\": cannot read index.html in it: %s", room,
                                   strerror(errno));
    status = fill_auth(options, config, why, why_size);
    if (status == 0)
        status = rtcio__jwks_check(config, why, why_size);
    if (status != 0)
        return status;
    status = fill_ice(&options->ice, config, why, why_size);
    if (status == 0)
        status = rtcio__customs_read(&options->customs, config, why, why_size);
    if (status == 0)
        status = rtcio__plugins_read(&options->plugins, config, why, why_size);
    if (status == 0)
        status = fill_admin(&options->admin, config, why, why_size);
    if (status == 0)
        status = fill_control(options, config, why, why_size);
    if (status == 0)
        status = rtcio__webhooks_check(config, why, why_size);
    if (status != 0)
        return status;
    return rtcio_server_options_check(&options->server, why, why_size) == 0 ? 0 : RTCIO__EXIT_USAGE;
}
