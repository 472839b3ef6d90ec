/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_ENGINE_ADDRESS_H
#define RTCIO_ENGINE_ADDRESS_H

/* IP addresses and networks. However an address is written, it is one address: IPv4 inside IPv6 is
 * IPv4. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct rtcio__address {
    uint8_t family; /* 4 or 6; 0: none, as of the peer of a Unix socket */
    uint8_t bytes[16];
};

#define RTCIO__ADDRESS_TEXT 46

void rtcio__address_set(struct rtcio__address *address, const struct sockaddr_storage *from);
/* From the bytes of the network: 4 or 16 of them. */
void rtcio__address_set_bytes(struct rtcio__address *address, const uint8_t *bytes, size_t len);
/* From text, without port and brackets. False: it is none. */
bool rtcio__address_parse(struct rtcio__address *address, const char *text, size_t len);
/* "" for none. */
const char *rtcio__address_text(const struct rtcio__address *address,
                                char out[RTCIO__ADDRESS_TEXT]);

/* A set of addresses: a list such as "10.0.0.0/8, ::1, unix". */
struct rtcio__networks {
    struct rtcio__network *list;
    size_t n;
    bool unix_peers; /* "unix": those that come by a Unix socket */
};

/* *fault, if it is not NULL, is set to the entry that is none, and *fault_len to its length. 0,
 * RTCIO_E_INVALID, RTCIO_E_NO_MEMORY. */
int rtcio__networks_parse(struct rtcio__networks *networks, const char *text, const char **fault,
                          size_t *fault_len);
void rtcio__networks_fini(struct rtcio__networks *networks);
bool rtcio__networks_have(const struct rtcio__networks *networks,
                          const struct rtcio__address *address);

#endif
