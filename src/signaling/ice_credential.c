/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* ICE servers as browsers take them, and credentials as coturn takes them. Knows no sockets. */

#include <rtcio/ice.h>

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS_MAX 32
#define HOST_MAX  261 /* a name of 255 bytes and a port */

static const rtcio_ice_options defaults = {
    .size = sizeof defaults,
    .tls_port = 5349,
    .ttl_s = 600,
};

void rtcio_ice_options_init_sized(rtcio_ice_options *opt, size_t size)
{
    memset(opt, 0, size);
    memcpy(opt, &defaults, size < sizeof defaults ? size : sizeof defaults);
    opt->size = size;
}

/* --- lists ---------------------------------------------------------------------------------- */

/* The next entry, trimmed; false at the end. */
static bool next_entry(const char **list, rtcio_slice *entry)
{
    while (*list != NULL && **list != '\0') {
        const char *start = *list + strspn(*list, ", \t"), *end = start + strcspn(start, ",");
        *list = end;
        while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        *entry = (rtcio_slice){start, (size_t)(end - start)};
        if (entry->len > 0)
            return true;
    }
    return false;
}

/* A host taken apart. */
typedef struct place {
    int host_len; /* with brackets */
    const char *host;
    unsigned port;
} place;

static bool read_place(rtcio_slice entry, place *to)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    char text[HOST_MAX + 1];
    if (entry.len > HOST_MAX)
        return false;
    memcpy(text, entry.data, entry.len);
    text[entry.len] = '\0';
    size_t n =
        text[0] == '[' ? 1 + strspn(text + 1, "0123456789abcdefABCDEF:.") + 1 : strspn(text, name);
    if (n == 0 || n > entry.len || (text[0] == '[' && text[n - 1] != ']'))
        return false;
    *to = (place){(int)n, entry.data, 3478};
    if (text[n] == '\0')
        return true;
    char *end;
    unsigned long port = strtoul(text + n + 1, &end, 10);
    to->port = (unsigned)port;
    return text[n] == ':' && text[n + 1] >= '0' && text[n + 1] <= '9' && *end == '\0' && port > 0 &&
           port < 65536;
}

/* --- options -------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static int invalid(char *why, size_t size, const char *format,
                                                         ...)
{
    va_list args;
    va_start(args, format);
    if (why != NULL)
        vsnprintf(why, size, format, args);
    va_end(args);
    return RTCIO_E_INVALID;
}

static int check_hosts(const char *list, const char *what, char *why, size_t size)
{
    rtcio_slice entry;
    place at;
    unsigned n = 0;
    while (next_entry(&list, &entry)) {
        if (++n > HOSTS_MAX)
            return invalid(why, size, "%s: there are more than %d servers", what, HOSTS_MAX);
        if (!read_place(entry, &at))
            return invalid(why, size, "%s: \"%.*s\" is no server, write host or host:port", what,
                           (int)(entry.len < 80 ? entry.len : 80), entry.data);
    }
    return 0;
}

int rtcio_ice_options_check(const rtcio_ice_options *opt, char *why, size_t why_size)
{
    rtcio_slice entry;
    const char *hosts = opt->turn_hosts, *secrets = opt->secrets;
    if (opt->size < sizeof *opt)
        return invalid(why, why_size, "size: fill the options with rtcio_ice_options_init()");
    for (size_t i = sizeof *opt; i < opt->size; i++) {
        if (((const char *)opt)[i] != 0) {
            invalid(why, why_size, "an option is set that this version does not know");
            return RTCIO_E_UNSUPPORTED;
        }
    }
    if (opt->tls_port > 65535)
        return invalid(why, why_size, "tls_port is %u; it takes 0 to 65535", opt->tls_port);
    if (opt->ttl_s < 1 || opt->ttl_s > 604800)
        return invalid(why, why_size, "ttl_s is %" PRIu32 "; it takes 1 to 604800", opt->ttl_s);
    if (next_entry(&hosts, &entry) && !next_entry(&secrets, &entry))
        return invalid(why, why_size, "secrets: TURN servers need the secret they share with us");
    int rc = check_hosts(opt->turn_hosts, "turn_hosts", why, why_size);
    return rc != 0 ? rc : check_hosts(opt->stun_hosts, "stun_hosts", why, why_size);
}

/* --- credentials ---------------------------------------------------------------------------- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_.@+-", c) != NULL);
}

static int sign(rtcio_slice secret, int64_t end_s, const char *user, rtcio_ice_credential *out)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_len;
    int n = snprintf(out->username, sizeof out->username, "%" PRId64 "%s", end_s,
                     user != NULL && *user != '\0' ? ":" : "");
    for (size_t left = 64; user != NULL && *user != '\0' && left > 0; user++) {
        if (is_plain(*user)) {
            out->username[n++] = *user;
            left--;
        }
    }
    out->username[n] = '\0';
    /* "credential = base64(HMAC-SHA1(secret, username))" (rtc.io spec 4.6) */
    if (HMAC(EVP_sha1(), secret.data, (int)secret.len, (unsigned char *)out->username, (size_t)n,
             mac, &mac_len) == NULL)
        return RTCIO_E_SYSTEM;
    EVP_EncodeBlock((unsigned char *)out->credential, mac, (int)mac_len);
    return 0;
}

int rtcio_ice_sign(const char *secret, int64_t now_s, uint32_t ttl_s, const char *user,
                   rtcio_ice_credential *out)
{
    return sign((rtcio_slice){secret, strlen(secret)}, now_s + ttl_s, user, out);
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void put_stun(FILE *out, const place *at, const char **separator)
{
    fprintf(out, "%s{\"urls\":\"stun:%.*s:%u\"}", *separator, at->host_len, at->host, at->port);
    *separator = ",";
}

static void put_turn(FILE *out, const place *at, unsigned tls_port, const rtcio_ice_credential *c)
{
    const struct {
        const char *scheme, *transport;
        unsigned port;
    } forms[] = {
        {"turn", "udp", at->port},
        {"turn", "tcp", at->port},
        {"turns", "tcp", tls_port},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (forms[i].port != 0)
            fprintf(out,
                    ",{\"urls\":\"%s:%.*s:%u?transport=%s\",\"username\":\"%s\","
                    "\"credential\":\"%s\"}",
                    forms[i].scheme, at->host_len, at->host, forms[i].port, forms[i].transport,
                    c->username, c->credential);
    }
}

/* Hosts, user names and base64 have no character that JSON would escape. */
char *rtcio_ice_json(const rtcio_ice_options *opt, int64_t now_s, const char *user, size_t *len)
{
    char *json = NULL;
    const char *separator = "", *turn = opt->turn_hosts, *stun = opt->stun_hosts,
               *secrets = opt->secrets;
    rtcio_slice entry, newest;
    rtcio_ice_credential credential;
    place at;
    bool have_secret =
        next_entry(&secrets, &newest) && sign(newest, now_s + opt->ttl_s, user, &credential) == 0;
    FILE *out = open_memstream(&json, len);
    if (out == NULL)
        return NULL;
    fputs("{\"iceServers\":[", out);
    while (next_entry(&stun, &entry)) {
        if (read_place(entry, &at))
            put_stun(out, &at, &separator);
    }
    while (have_secret && next_entry(&turn, &entry)) {
        if (!read_place(entry, &at))
            continue;
        put_stun(out, &at, &separator);
        put_turn(out, &at, opt->tls_port, &credential);
    }
    fputs("]}", out);
    if (fclose(out) != 0) {
        free(json);
        json = NULL;
    }
    return json;
}
