/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* HMAC-SHA256 over "time.body": who has the secret knows that we sent it, and when. */

#include "internal.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

static bool put_one(char *out, size_t size, const char *secret, size_t secret_len, const char *text,
                    size_t len)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (HMAC(EVP_sha256(), secret, (int)secret_len, (const unsigned char *)text, len, mac, &n) ==
            NULL ||
        size < 4 + 2 * (size_t)n + 1)
        return false;
    memcpy(out, ",v1=", 4);
    for (unsigned i = 0; i < n; i++)
        snprintf(out + 4 + 2 * (size_t)i, 3, "%02x", mac[i]);
    return true;
}

bool rtcio__webhooks_sign(char *out, size_t size, const char *secrets, int64_t unix_s,
                          const char *body, size_t len)
{
    const char *list = secrets, *secret;
    size_t secret_len, n_head;
    char *text = malloc(len + 24);
    if (text == NULL)
        return false;
    n_head = (size_t)snprintf(text, 24, "%" PRId64 ".", unix_s);
    memcpy(text + n_head, body, len);
    size_t used = (size_t)snprintf(out, size, "Rtcio-Signature: t=%" PRId64, unix_s);
    bool ok = used < size;
    while (ok && rtcio__list_next(&list, &secret, &secret_len)) {
        ok = put_one(out + used, size - used, secret, secret_len, text, n_head + len);
        used += ok ? strlen(out + used) : 0;
    }
    free(text);
    return ok;
}
