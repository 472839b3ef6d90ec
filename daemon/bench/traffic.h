/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BENCH_TRAFFIC_H
#define RTCIO_BENCH_TRAFFIC_H

/* The payloads of a call, in sizes as browsers send them. Only text; knows no connection. */

#include <stddef.h>

enum bench_kind { BENCH_OFFER, BENCH_ANSWER, BENCH_CANDIDATE, BENCH_KINDS };

/* Every message carries its stamp twice, near its beginning and near its end: the number of
 * its stream and its number within the stream. */
#define BENCH_LABEL_LEN 6
#define BENCH_SEQ_LEN   10
#define BENCH_STAMP_LEN (BENCH_LABEL_LEN + BENCH_SEQ_LEN)
#define BENCH_STAMP     "@@@@@@@@@@@@@@@@"

/* A call is an offer, an answer and ten candidates. */
#define BENCH_CALL_CANDIDATES 10
#define BENCH_CALL_CYCLE      12

#define BENCH_DATA_MAX 8192

/* Writes the JSON value of an envelope's "data", exactly len bytes with BENCH_STAMP where the
 * stamps go, and a NUL. dst has room for BENCH_DATA_MAX. */
void rtcio__bench_traffic_data(char *dst, enum bench_kind kind, size_t len);

#endif
