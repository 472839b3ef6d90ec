/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Who may connect: name and password, or the id of a session that these have opened. Checking a
 * password takes long on purpose, so a thread does it, for one attempt at a time. */

#include "admin/internal.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ATTEMPTS 8

struct rtcio__admin_attempt {
    rtcio__admin_attempt *next;
    rtcio_admin *admin;
    rtcio_next *decision;
    pthread_t thread;
    bool name_right, right;
    char password[];
};

static void free_attempt(rtcio__admin_attempt *attempt)
{
    OPENSSL_cleanse(attempt->password, strlen(attempt->password));
    free(attempt);
}

static bool equal(const char *a, const char *b)
{
    size_t len = strlen(a);
    return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}

static void check_next(rtcio_admin *admin);

/* On the server's thread again. */
static void decided(rtcio_server *server, void *user)
{
    rtcio__admin_attempt *attempt = user;
    rtcio_admin *admin = attempt->admin;
    rtcio_socket *socket = rtcio_next_socket(attempt->decision);

    (void)server;
    pthread_join(attempt->thread, NULL);
    admin->attempts = attempt->next;
    admin->n_attempts--;
    if (attempt->right && attempt->name_right) {
        /* "Valid password -> `session` before CONNECT" (spec 10) */
        char id[RTCIO__ADMIN_SESSION + 1];
        if (socket != NULL && rtcio__admin_session_open(admin->sessions, id))
            rtcio_emit(socket, "session", "s", id);
        rtcio_next_accept(attempt->decision);
    } else {
        rtcio_next_refuse(attempt->decision, "invalid credentials", NULL);
    }
    free_attempt(attempt);
    if (admin->attempts != NULL)
        check_next(admin);
}

/* The thread. */
static void *check(void *user)
{
    rtcio__admin_attempt *attempt = user;
    struct crypt_data *data = calloc(1, sizeof *data);
    const char *hash =
        data != NULL ? crypt_r(attempt->password, attempt->admin->password_hash, data) : NULL;

    attempt->right = hash != NULL && equal(hash, attempt->admin->password_hash);
    if (data != NULL)
        OPENSSL_cleanse(data, sizeof *data);
    free(data);
    rtcio_server_post(attempt->admin->server, decided, attempt);
    return NULL;
}

static void check_next(rtcio_admin *admin)
{
    while (admin->attempts != NULL) {
        rtcio__admin_attempt *attempt = admin->attempts;
        if (pthread_create(&attempt->thread, NULL, check, attempt) == 0)
            return;
        admin->attempts = attempt->next;
        admin->n_attempts--;
        rtcio_next_refuse(attempt->decision, "the server cannot check this now", NULL);
        free_attempt(attempt);
    }
}

void rtcio__admin_auth_fini(rtcio_admin *admin)
{
    /* The first is being checked; its result finds no server any more. */
    if (admin->attempts != NULL)
        pthread_join(admin->attempts->thread, NULL);
    while (admin->attempts != NULL) {
        rtcio__admin_attempt *attempt = admin->attempts;
        admin->attempts = attempt->next;
        free_attempt(attempt);
    }
}

static void begin(rtcio_admin *admin, rtcio_next *next, const char *username, const char *password)
{
    size_t len = strlen(password) + 1;
    rtcio__admin_attempt **at = &admin->attempts, *attempt = NULL;

    if (admin->n_attempts < MAX_ATTEMPTS)
        attempt = calloc(1, sizeof *attempt + len);
    if (attempt == NULL) {
        rtcio_next_refuse(next, "too many attempts, try again", NULL);
        return;
    }
    attempt->admin = admin;
    attempt->decision = next;
    /* A wrong name takes as long as a wrong password. */
    attempt->name_right = equal(username, admin->username);
    memcpy(attempt->password, password, len);
    while (*at != NULL)
        at = &(*at)->next;
    *at = attempt;
    if (admin->n_attempts++ == 0)
        check_next(admin);
}

void rtcio__admin_middleware(rtcio_socket *socket, rtcio_next *next, void *user)
{
    const rtcio_admin *admin = user;
    const char *session, *username, *password;

    if (rtcio_handshake_auth_unpack(socket, "{s:s}", "sessionId", &session) == 0) {
        if (rtcio__admin_session_known(admin->sessions, session))
            rtcio_next_accept(next);
        else
            rtcio_next_refuse(next, "invalid credentials", NULL);
    } else if (rtcio_handshake_auth_unpack(socket, "{s:s, s:s}", "username", &username, "password",
                                           &password) == 0 &&
               strlen(password) < 512) {
        begin(user, next, username, password);
    } else {
        rtcio_next_refuse(next, "invalid credentials", NULL);
    }
}
