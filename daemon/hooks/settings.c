/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The settings of hooks: are they usable, and what is made of them. */

#include "internal.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define MIN_SECRET 16

/* Bits, or 0 with the first entry that is no event. */
static unsigned read_kinds(const char *list, const char **bad, size_t *bad_len)
{
    const char *entry;
    size_t len;
    unsigned kinds = 0;
    *bad = "";
    *bad_len = 0;
    while (rtcio__list_next(&list, &entry, &len)) {
        int i = 0;
        if (len == 3 && memcmp(entry, "all", 3) == 0) {
            kinds |= (1U << RTCIO__N_HOOKS) - 1;
            continue;
        }
        while (i < RTCIO__N_HOOKS && (strlen(rtcio__webhook_names[i]) != len ||
                                      memcmp(rtcio__webhook_names[i], entry, len) != 0))
            i++;
        if (i == RTCIO__N_HOOKS) {
            *bad = entry;
            *bad_len = len;
            return 0;
        }
        kinds |= 1U << i;
    }
    return kinds;
}

static bool are_secrets(const char *list)
{
    const char *entry;
    size_t len;
    unsigned n = 0;
    while (rtcio__list_next(&list, &entry, &len)) {
        if (len < MIN_SECRET || ++n > RTCIO__HOOKS_MAX_SECRETS)
            return false;
    }
    return n > 0;
}

/* A URL that is asked, with the secret that it takes. */
static int check_url(const rtcio__config *config, rtcio__setting_id id, char *why, size_t why_size)
{
    const rtcio__value *v = config->values;
    const char *secrets = v[RTCIO__SET_HOOKS_SECRET].text;
    const char *what = rtcio__settings[id].key;
    if (*v[id].text == '\0')
        return 0;
    const char *fault = rtcio__fetch_url_fault(v[id].text);
    if (fault != NULL)
        return rtcio__config_blame(config, id, why, why_size, "%s %s", what, fault);
    if (*secrets == '\0')
        return rtcio__config_blame(config, id, why, why_size,
                                   "%s needs a secret to sign with: give hooks.secret_file or "
                                   "RTCIO_HOOKS_SECRET; make one with: openssl rand -hex 32",
                                   what);
    if (!are_secrets(secrets))
        return rtcio__config_blame(config, RTCIO__SET_HOOKS_SECRET, why, why_size,
                                   "a secret of hooks is shorter than %d characters, or there are "
                                   "more than %d; make one with: openssl rand -hex 32",
                                   MIN_SECRET, RTCIO__HOOKS_MAX_SECRETS);
    return 0;
}

int rtcio__webhooks_check(const rtcio__config *config, char *why, size_t why_size)
{
    const rtcio__value *v = config->values;
    const char *bad;
    size_t len;
    if (read_kinds(v[RTCIO__SET_HOOKS_EVENTS].text, &bad, &len) == 0)
        return rtcio__config_blame(config, RTCIO__SET_HOOKS_EVENTS, why, why_size,
                                   "\"%.*s\" is no event of hooks, give all, or some of "
                                   "connect, join, leave, disconnect",
                                   (int)(len < 80 ? len : 80), bad);
    if (*v[RTCIO__SET_ACCESS_URL].text != '\0' && *v[RTCIO__SET_ACCESS_MEMBERSHIP].text != '\0')
        return rtcio__config_blame(config, RTCIO__SET_ACCESS_URL, why, why_size,
                                   "access.url and access.membership both say who may join, give "
                                   "one of them");
    int status = check_url(config, RTCIO__SET_HOOKS_URL, why, why_size);
    return status == 0 ? check_url(config, RTCIO__SET_ACCESS_URL, why, why_size) : status;
}

int rtcio__webhooks_create(rtcio__webhooks **out, const rtcio__config *config, rtcio__log *log)
{
    const rtcio__value *v = config->values;
    const char *bad;
    size_t bad_len;
    unsigned char random[8];
    *out = NULL;
    if (*v[RTCIO__SET_HOOKS_URL].text == '\0')
        return 0;
    rtcio__webhooks *hooks = calloc(1, sizeof *hooks);
    if (hooks == NULL || RAND_bytes(random, sizeof random) != 1) {
        free(hooks);
        return -1;
    }
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(hooks->process + 2 * i, 3, "%02x", random[i]);
    hooks->url = v[RTCIO__SET_HOOKS_URL].text;
    hooks->secrets = v[RTCIO__SET_HOOKS_SECRET].text;
    hooks->kinds = read_kinds(v[RTCIO__SET_HOOKS_EVENTS].text, &bad, &bad_len);
    hooks->retries = (unsigned)v[RTCIO__SET_HOOKS_RETRIES].number;
    hooks->timeout_ms = (uint32_t)v[RTCIO__SET_HOOKS_TIMEOUT].number;
    hooks->max_bytes = (size_t)v[RTCIO__SET_HOOKS_QUEUE].number;
    hooks->log = log;
    hooks->end = &hooks->first;
    rtcio__log_gate_init(&hooks->full_gate);
    rtcio__log_gate_init(&hooks->fail_gate);
    pthread_mutex_init(&hooks->lock, NULL);
    *out = hooks;
    return 0;
}

void rtcio__webhooks_get_stats(const rtcio__webhooks *hooks, rtcio__webhooks_stats *stats)
{
    const rtcio__webhooks_stats *from = &hooks->stats;
    *stats = (rtcio__webhooks_stats){
        .n_bytes = __atomic_load_n(&from->n_bytes, __ATOMIC_RELAXED),
        .sent = __atomic_load_n(&from->sent, __ATOMIC_RELAXED),
        .failed = __atomic_load_n(&from->failed, __ATOMIC_RELAXED),
        .dropped = __atomic_load_n(&from->dropped, __ATOMIC_RELAXED),
        .requests = __atomic_load_n(&from->requests, __ATOMIC_RELAXED),
        .requests_failed = __atomic_load_n(&from->requests_failed, __ATOMIC_RELAXED),
    };
}
