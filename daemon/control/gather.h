/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_DAEMON_CONTROL_GATHER_H
#define RTCIO_DAEMON_CONTROL_GATHER_H

/* One question to all workers, each asked on its own thread, and one answer made of theirs. */

#include "control/call.h"

#define RTCIO__GATHER_TIMEOUT_MS 5000

typedef struct rtcio__gather rtcio__gather;

/* What is asked, and what becomes of it. Everything is static but `question`. */
typedef struct rtcio__gather_plan {
    /* On each worker's thread. `question` is read by all of them, `part` is the worker's own,
     * zeroed before. */
    void (*visit)(rtcio__control_worker *worker, const void *question, void *part);
    /* On the thread of who asked, when all have been visited; answers `request`. */
    void (*done)(rtcio__control_worker *worker, const rtcio__gather *gather,
                 rtcio_http_request *request);
    void (*free_part)(void *part);         /* NULL: there is nothing to free */
    void (*free_question)(void *question); /* the same */
    size_t part_size;
} rtcio__gather_plan;

/* Takes the call's request and asks. `question` is copied, what it points to is taken over,
 * whatever happens. */
void rtcio__gather_start(rtcio__call *call, const rtcio__gather_plan *plan, const void *question,
                         size_t question_size);

const void *rtcio__gather_question(const rtcio__gather *gather);
unsigned rtcio__gather_count(const rtcio__gather *gather);
/* What worker `i` has filled in. */
void *rtcio__gather_part(const rtcio__gather *gather, unsigned i);

#endif
