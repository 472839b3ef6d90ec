/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Makes and keeps the certificate for development. Serving with it is the library's business. */

#include "certificate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAYS      365
#define DAYS_LEFT 7
#define MAX_NAMES 64

/* The machine as clients may call it: "DNS:" or "IP:" and a name or an address. */
typedef struct names {
    char list[MAX_NAMES][80];
    size_t n;
} names;

static void add_name(names *all, const char *kind, const char *name)
{
    char text[80];

    if ((size_t)snprintf(text, sizeof text, "%s:%s", kind, name) >= sizeof text)
        return;
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->list[i], text) == 0)
            return;
    if (all->n < MAX_NAMES)
        memcpy(all->list[all->n++], text, sizeof text);
}

static void add_addresses(names *all)
{
    struct ifaddrs *list = NULL;
    char text[INET6_ADDRSTRLEN];

    if (getifaddrs(&list) != 0)
        return;
    for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next) {
        const void *address = NULL;
        if (at->ifa_addr == NULL)
            continue;
        if (at->ifa_addr->sa_family == AF_INET) {
            address = &((const struct sockaddr_in *)(const void *)at->ifa_addr)->sin_addr;
        } else if (at->ifa_addr->sa_family == AF_INET6) {
            const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)at->ifa_addr;
            /* No URL can name one of these: they need a zone. */
            address = IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) ? NULL : &v6->sin6_addr;
        }
        if (address != NULL && inet_ntop(at->ifa_addr->sa_family, address, text, sizeof text))
            add_name(all, "IP", text);
    }
    freeifaddrs(list);
}

/* Letters, digits, dots and hyphens: what can stand in a certificate's list as it is. */
static bool is_host_name(const char *name)
{
    return *name != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789.-")] == '\0';
}

static void collect_names(names *all)
{
    char host[HOST_NAME_MAX + 1] = "";

    all->n = 0;
    add_name(all, "DNS", "localhost");
    if (gethostname(host, sizeof host) == 0 && is_host_name(host)) {
        add_name(all, "DNS", host);
        /* How multicast DNS calls it, on many local networks. */
        if (strchr(host, '.') == NULL && strlen(host) < 60) {
            strncat(host, ".local", sizeof host - strlen(host) - 1);
            add_name(all, "DNS", host);
        }
    }
    add_name(all, "IP", "127.0.0.1");
    add_name(all, "IP", "::1");
    add_addresses(all);
}

__attribute__((format(printf, 3, 4))) static int complain(char *why, size_t size,
                                                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, size, format, args);
    va_end(args);
    return -1;
}

/* Makes the directory and those above it. */
static bool make_directory(char *path)
{
    for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        bool ok = mkdir(path, 0700) == 0 || errno == EEXIST;
        *p = '/';
        if (!ok)
            return false;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static int find_place(char path[RTCIO__CERTIFICATE_PATH], char *why, size_t why_size)
{
    const char *given = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int n;

    if (given != NULL && *given == '/')
        n = snprintf(path, RTCIO__CERTIFICATE_PATH, "%s", given);
    else if (xdg != NULL && *xdg == '/')
        n = snprintf(path, RTCIO__CERTIFICATE_PATH, "%s/rtcio", xdg);
    else if (home != NULL && *home == '/')
        n = snprintf(path, RTCIO__CERTIFICATE_PATH, "%s/.local/state/rtcio", home);
    else
        return complain(why, why_size,
                        "no place to keep the certificate: set HOME or STATE_DIRECTORY");
    if (n < 0 || n + 16 >= RTCIO__CERTIFICATE_PATH)
        return complain(why, why_size, "the name of the directory for the certificate is too long");
    if (!make_directory(path))
        return complain(why, why_size, "cannot make %.600s: %s", path, strerror(errno));
    memcpy(path + n, "/dev.pem", 9);
    return 0;
}

/* IPv6 addresses change by themselves: whoever uses one accepts the certificate once more. */
static bool must_be_in(const char *name)
{
    return strncmp(name, "DNS:", 4) == 0 || strchr(name + 3, ':') == NULL;
}

static bool still_good(const char *path, const names *all)
{
    FILE *file = fopen(path, "re");
    X509 *cert = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    time_t soon = time(NULL) + DAYS_LEFT * 86400;

    if (file != NULL)
        fclose(file);
    bool good = cert != NULL && X509_cmp_time(X509_get0_notAfter(cert), &soon) > 0;
    for (size_t i = 0; good && i < all->n; i++) {
        const char *name = all->list[i];
        if (!must_be_in(name))
            continue;
        good = strncmp(name, "DNS:", 4) == 0 ? X509_check_host(cert, name + 4, 0, 0, NULL) == 1
                                             : X509_check_ip_asc(cert, name + 3, 0) == 1;
    }
    X509_free(cert);
    return good;
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static bool fill(X509 *cert, EVP_PKEY *key, const names *all)
{
    static const unsigned char title[] = "rtcio development";
    char list[MAX_NAMES * 81] = "";
    size_t len = 0;
    unsigned char serial[16];

    for (size_t i = 0; i < all->n; i++)
        len +=
            (size_t)snprintf(list + len, sizeof list - len, "%s%s", i > 0 ? "," : "", all->list[i]);
    if (RAND_bytes(serial, sizeof serial) != 1)
        return false;
    serial[0] &= 0x7f; /* positive (RFC 5280 section 4.1.2.2) */
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    bool ok = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    X509_NAME *name = X509_get_subject_name(cert);
    return ok && X509_set_version(cert, 2) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -86400) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(cert), DAYS * 86400L) != NULL &&
           X509_set_pubkey(cert, key) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, title, -1, -1, 0) == 1 &&
           X509_set_issuer_name(cert, name) == 1 &&
           add_extension(cert, NID_subject_alt_name, list) &&
           add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
           add_extension(cert, NID_ext_key_usage, "serverAuth") &&
           X509_sign(cert, key, EVP_sha256()) > 0;
}

/* Writes beside, then renames: whoever reads finds the old file or the new one. */
static int keep(const char *path, X509 *cert, EVP_PKEY *key, char *why, size_t why_size)
{
    char beside[RTCIO__CERTIFICATE_PATH + 16];

    snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC); /* mode 0600 */
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL)
        return complain(why, why_size, "cannot write %.600s: %s", beside, strerror(errno));
    bool ok = PEM_write_X509(file, cert) == 1 &&
              PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
    ok = fclose(file) == 0 && ok;
    if (ok && rename(beside, path) == 0)
        return 0;
    int error = errno;
    unlink(beside);
    return complain(why, why_size, "cannot write %.600s: %s", path, strerror(error));
}

int rtcio__certificate_dev(char path[RTCIO__CERTIFICATE_PATH], bool *made, char *why,
                           size_t why_size)
{
    names all;

    *made = false;
    if (find_place(path, why, why_size) != 0)
        return -1;
    collect_names(&all);
    if (still_good(path, &all))
        return 0;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    int rc = key != NULL && cert != NULL && fill(cert, key, &all)
                 ? keep(path, cert, key, why, why_size)
                 : complain(why, why_size, "cannot make a certificate: OpenSSL failed");
    X509_free(cert);
    EVP_PKEY_free(key);
    *made = rc == 0;
    return rc;
}
