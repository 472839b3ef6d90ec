/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* From the settings to a certificate that listeners take, and back to the log. */

#include "tls.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S     86400
#define WARN_DAYS 14

static const char *text_of(const rtcio__config *config, rtcio__setting_id id)
{
    return config->values[id].text;
}

/* The settings fit together. 0 or the exit status. */
static int check(const rtcio__config *config, char *why, size_t why_size)
{
    bool cert = *text_of(config, RTCIO__SET_TLS_CERT) != '\0';
    bool key = *text_of(config, RTCIO__SET_TLS_KEY) != '\0';
    bool dev = config->values[RTCIO__SET_TLS_DEV].number != 0;
    char name[64];

    if (key && !cert)
        return rtcio__config_blame(
            config, RTCIO__SET_TLS_KEY, why, why_size, "a key needs its certificate, give %s",
            rtcio__config_name(config, RTCIO__SET_TLS_CERT, name, sizeof name));
    if (dev && cert)
        return rtcio__config_blame(
            config, RTCIO__SET_TLS_DEV, why, why_size,
            "a certificate is given already, leave one of both out: %s",
            rtcio__config_name(config, RTCIO__SET_TLS_CERT, name, sizeof name));
    return 0;
}

int rtcio__serve_tls_open(rtcio__serve_tls *st, const rtcio__config *config, char *why,
                          size_t why_size)
{
    rtcio_tls_options opt;
    char reason[900];
    bool made;

    memset(st, 0, sizeof *st);
    int status = check(config, why, why_size);
    if (status != 0)
        return status;
    st->dev = config->values[RTCIO__SET_TLS_DEV].number != 0;
    rtcio_tls_options_init(&opt);
    if (st->dev) {
        if (rtcio__certificate_dev(st->dev_file, &made, reason, sizeof reason) != 0)
            return rtcio__config_blame(config, RTCIO__SET_TLS_DEV, why, why_size, "%s", reason);
        opt.cert_file = st->dev_file;
    } else if (*text_of(config, RTCIO__SET_TLS_CERT) != '\0') {
        opt.cert_file = text_of(config, RTCIO__SET_TLS_CERT);
        if (*text_of(config, RTCIO__SET_TLS_KEY) != '\0')
            opt.key_file = text_of(config, RTCIO__SET_TLS_KEY);
    } else {
        return 0;
    }
    st->tls = rtcio_tls_create(&opt, reason, sizeof reason);
    if (st->tls != NULL)
        return 0;
    bool of_key = strncmp(reason, "key ", 4) == 0 && opt.key_file != NULL;
    return rtcio__config_blame(config,
                               st->dev  ? RTCIO__SET_TLS_DEV
                               : of_key ? RTCIO__SET_TLS_KEY
                                        : RTCIO__SET_TLS_CERT,
                               why, why_size, "%s", reason);
}

void rtcio__serve_tls_close(rtcio__serve_tls *st)
{
    rtcio_tls_destroy(st->tls);
    st->tls = NULL;
}

static rtcio_tls_info info_of(const rtcio__serve_tls *st)
{
    rtcio_tls_info info = {.size = sizeof info};
    rtcio_tls_get_info(st->tls, &info);
    return info;
}

void rtcio__serve_tls_log(rtcio__serve_tls *st, rtcio__log *log)
{
    if (st->tls == NULL)
        return;
    rtcio_tls_info info = info_of(st);
    int64_t left_s = info.not_after_s - (int64_t)time(NULL);
    rtcio__log_line(log, left_s < WARN_DAYS * DAY_S ? RTCIO__LOG_WARN : RTCIO__LOG_INFO,
                    "tls.certificate", RTCIO__TEXT_FIELD("fingerprint", info.fingerprint),
                    RTCIO__NUMBER_FIELD("days_left", left_s < 0 ? -1 : left_s / DAY_S));
}

void rtcio__serve_tls_reload(rtcio__serve_tls *st, rtcio__log *log)
{
    char why[900];

    if (st->tls == NULL)
        return;
    if (rtcio_tls_reload(st->tls, why, sizeof why) == 0)
        rtcio__serve_tls_log(st, log);
    else
        rtcio__log_line(log, RTCIO__LOG_ERROR, "tls.reload", RTCIO__TEXT_FIELD("reason", why),
                        RTCIO__TEXT_FIELD("effect", "the certificate of before stays in use"));
}

void rtcio__serve_tls_greet(const rtcio__serve_tls *st)
{
    if (!st->dev)
        return;
    rtcio_tls_info info = info_of(st);
    printf("  The certificate is for development: browsers warn, once for each address. It is in\n"
           "  %s, and its SHA-256 fingerprint is\n"
           "  %s\n"
           "\n",
           st->dev_file, info.fingerprint);
    fflush(stdout);
}
