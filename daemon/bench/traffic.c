/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The payloads of a call, in sizes as browsers send them. Only text; knows no connection. */

#include "bench/traffic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NL "\\r\\n" /* a line end of SDP as JSON writes it */

struct text {
    char *at;
    size_t left;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->at, t->left, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= t->left)
        n = (int)t->left - 1;
    t->at += n;
    t->left -= (size_t)n;
}

static const char *const audio =
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126" NL "c=IN IP4 0.0.0.0" NL
    "a=rtcp:9 IN IP4 0.0.0.0" NL "a=ice-ufrag:UZmd" NL "a=ice-pwd:mX2kYb5l3sD7qWc0oZpR1vTn" NL
    "a=ice-options:trickle" NL
    "a=fingerprint:sha-256 6B:8F:2C:11:D0:A4:7E:93:5A:0D:C7:3B:1E:F2:88:49:"
    "6D:E5:02:BA:77:30:9C:14:FE:51:A8:C3:0B:64:D9:2F" NL "a=setup:actpass" NL "a=mid:0" NL
    "a=sendrecv" NL "a=rtcp-mux" NL "a=rtpmap:111 opus/48000/2" NL "a=rtcp-fb:111 transport-cc" NL
    "a=fmtp:111 minptime=10;useinbandfec=1" NL "a=rtpmap:9 G722/8000" NL;

static const char *const data_channel =
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel" NL "c=IN IP4 0.0.0.0" NL "a=mid:2" NL
    "a=sctp-port:5000" NL "a=max-message-size:262144" NL;

static void add_video_codec(struct text *t, int payload)
{
    static const char *const names[] = {"VP8", "H264", "VP9", "AV1"};
    add(t,
        "a=rtpmap:%d %s/90000" NL "a=rtcp-fb:%d goog-remb" NL "a=rtcp-fb:%d transport-cc" NL
        "a=rtcp-fb:%d ccm fir" NL "a=rtcp-fb:%d nack" NL "a=rtcp-fb:%d nack pli" NL
        "a=rtpmap:%d rtx/90000" NL "a=fmtp:%d apt=%d" NL,
        payload, names[payload % 4], payload, payload, payload, payload, payload, payload + 1,
        payload + 1, payload);
}

static void description(char *dst, const char *type, size_t len)
{
    static const char tail[] = "a=ssrc:3735928559 cname:" BENCH_STAMP NL "\"}}";
    struct text t = {dst, BENCH_DATA_MAX};
    add(&t,
        "{\"description\":{\"type\":\"%s\",\"sdp\":\"v=0" NL "o=- " BENCH_STAMP
        " 2 IN IP4 127.0.0.1" NL "s=-" NL "t=0 0" NL "a=group:BUNDLE 0 1 2" NL
        "a=msid-semantic: WMS" NL "%s%sm=video 9 UDP/TLS/RTP/SAVPF 96 97" NL,
        type, audio, data_channel);
    /* As many codecs as fit, then one long line to the exact length. */
    int payload = 96;
    while ((size_t)(t.at - dst) + 300 + sizeof(tail) < len) {
        add_video_codec(&t, payload);
        payload += 2;
    }
    add(&t, "a=x-fill:");
    while ((size_t)(t.at - dst) + sizeof(NL) - 1 + sizeof(tail) - 1 < len)
        add(&t, "%c", 'a' + (int)((t.at - dst) % 26));
    add(&t, NL "%s", tail);
}

static void candidate(char *dst, size_t len)
{
    static const char tail[] = "ufrag " BENCH_STAMP "\"}}";
    static const char long_tail[] = "\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0,"
                                    "\"usernameFragment\":\"" BENCH_STAMP "\"}}";
    /* The small kind has no room for more than the candidate's own line. */
    const char *end = len > 200 ? long_tail : tail;
    struct text t = {dst, BENCH_DATA_MAX};
    add(&t, "{\"candidate\":{\"candidate\":\"candidate:" BENCH_STAMP " 1 udp 2122 192.0.2.2 57 ");
    if (len > 200)
        add(&t, "typ srflx raddr 192.168.1.23 rport 57017 generation 0 ufrag UZmd network-id 1 ");
    while ((size_t)(t.at - dst) + strlen(end) < len)
        add(&t, "%c", 'a' + (int)((t.at - dst) % 26));
    add(&t, "%s", end);
}

void rtcio__bench_traffic_data(char *dst, enum bench_kind kind, size_t len)
{
    if (kind == BENCH_CANDIDATE)
        candidate(dst, len);
    else
        description(dst, kind == BENCH_OFFER ? "offer" : "answer", len);
}
