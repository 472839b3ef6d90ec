/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The share of auth.jwks_url in /metrics. */

#include "jwks_metrics.h"

#include <inttypes.h>

void rtcio__control_put_jwks(FILE *out, const rtcio__jwks *jwks)
{
    rtcio__jwks_stats s;
    if (jwks == NULL)
        return;
    rtcio__jwks_get_stats(jwks, &s);
    fprintf(out,
            "# HELP rtcio_jwks_keys Keys of auth.jwks_url in use.\n"
            "# TYPE rtcio_jwks_keys gauge\n"
            "rtcio_jwks_keys %" PRIu64 "\n"
            "# HELP rtcio_jwks_fetches_total Fetches of auth.jwks_url; one that failed has changed "
            "nothing.\n"
            "# TYPE rtcio_jwks_fetches_total counter\n"
            "rtcio_jwks_fetches_total{result=\"ok\"} %" PRIu64 "\n"
            "rtcio_jwks_fetches_total{result=\"failed\"} %" PRIu64 "\n",
            s.n_keys, s.ok, s.failed);
}
