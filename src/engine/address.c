/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Addresses and networks, from text and back. */

#include "engine/address.h"

#include <rtcio/errors.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct rtcio__network {
    struct rtcio__address address; /* bits behind the prefix are 0 */
    unsigned bits;                 /* of the prefix */
};

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void rtcio__address_set_bytes(struct rtcio__address *address, const uint8_t *bytes, size_t len)
{
    bool inside = len == 16 && memcmp(bytes, mapped, sizeof mapped) == 0;

    memset(address, 0, sizeof *address);
    address->family = len == 4 || inside ? 4 : 6;
    memcpy(address->bytes, inside ? bytes + 12 : bytes, address->family == 4 ? 4 : 16);
}

void rtcio__address_set(struct rtcio__address *address, const struct sockaddr_storage *from)
{
    memset(address, 0, sizeof *address);
    if (from->ss_family == AF_INET)
        rtcio__address_set_bytes(address,
                                 (const uint8_t *)&((const struct sockaddr_in *)from)->sin_addr, 4);
    else if (from->ss_family == AF_INET6)
        rtcio__address_set_bytes(address, ((const struct sockaddr_in6 *)from)->sin6_addr.s6_addr,
                                 16);
}

bool rtcio__address_parse(struct rtcio__address *address, const char *text, size_t len)
{
    char copy[RTCIO__ADDRESS_TEXT];
    uint8_t bytes[16];

    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET, copy, bytes) == 1)
        rtcio__address_set_bytes(address, bytes, 4);
    else if (inet_pton(AF_INET6, copy, bytes) == 1)
        rtcio__address_set_bytes(address, bytes, 16);
    else
        return false;
    return true;
}

/* inet_ntop() does it with printf, and a log wants it of every client. */
static void ipv4_text(const uint8_t bytes[4], char *at)
{
    for (int i = 0; i < 4; i++) {
        if (bytes[i] >= 100)
            *at++ = (char)('0' + bytes[i] / 100);
        if (bytes[i] >= 10)
            *at++ = (char)('0' + bytes[i] / 10 % 10);
        *at++ = (char)('0' + bytes[i] % 10);
        *at++ = i < 3 ? '.' : '\0';
    }
}

const char *rtcio__address_text(const struct rtcio__address *address, char out[RTCIO__ADDRESS_TEXT])
{
    out[0] = '\0';
    if (address->family == 4)
        ipv4_text(address->bytes, out);
    else if (address->family == 6)
        inet_ntop(AF_INET6, address->bytes, out, RTCIO__ADDRESS_TEXT);
    return out;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* An address, or one with "/" and the length of its prefix. */
static bool parse_network(struct rtcio__network *network, const char *text, size_t len)
{
    const char *slash = memchr(text, '/', len);
    size_t n = slash != NULL ? (size_t)(slash - text) : len;

    if (!rtcio__address_parse(&network->address, text, n))
        return false;
    unsigned most = network->address.family == 4 ? 32 : 128;
    /* "::ffff:10.0.0.0/104" is 10.0.0.0/8. */
    unsigned skip = most == 32 && memchr(text, ':', n) != NULL ? 96 : 0;
    network->bits = most;
    if (slash == NULL)
        return true;
    unsigned bits = 0;
    const char *p = slash + 1, *end = text + len;
    if (p == end || end - p > 3)
        return false;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9')
            return false;
        bits = bits * 10 + (unsigned)(*p - '0');
    }
    if (bits < skip || bits - skip > most)
        return false;
    network->bits = bits - skip;
    return true;
}

static int add_entry(struct rtcio__networks *networks, const char *text, size_t len)
{
    struct rtcio__network network;

    if (len == 4 && memcmp(text, "unix", 4) == 0) {
        networks->unix_peers = true;
        return 0;
    }
    if (!parse_network(&network, text, len))
        return RTCIO_E_INVALID;
    struct rtcio__network *grown =
        realloc(networks->list, (networks->n + 1) * sizeof *networks->list);
    if (grown == NULL)
        return RTCIO_E_NO_MEMORY;
    networks->list = grown;
    networks->list[networks->n++] = network;
    return 0;
}

int rtcio__networks_parse(struct rtcio__networks *networks, const char *text, const char **fault,
                          size_t *fault_len)
{
    *networks = (struct rtcio__networks){0};
    while (*text != '\0') {
        text += strspn(text, ", \t");
        size_t len = strcspn(text, ", \t");
        int error = len > 0 ? add_entry(networks, text, len) : 0;
        if (error != 0) {
            if (fault != NULL) {
                *fault = text;
                *fault_len = len;
            }
            rtcio__networks_fini(networks);
            return error;
        }
        text += len;
    }
    return 0;
}

void rtcio__networks_fini(struct rtcio__networks *networks)
{
    free(networks->list);
    *networks = (struct rtcio__networks){0};
}

bool rtcio__networks_have(const struct rtcio__networks *networks,
                          const struct rtcio__address *address)
{
    if (address->family == 0)
        return networks->unix_peers;
    for (size_t i = 0; i < networks->n; i++) {
        const struct rtcio__network *n = &networks->list[i];
        if (n->address.family == address->family &&
            same_prefix(n->address.bytes, address->bytes, n->bits))
            return true;
    }
    return false;
}
