/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* The sandbox as a whole, and the change of the user. */

#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A sanitizer watches from a process of its own, and reads what it likes. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* Of root's rights the one that a reload, or a listener, may still need. */
static int keep_low_ports(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};

    data[0].effective = data[0].permitted = 1u << CAP_NET_BIND_SERVICE;
    return (int)syscall(SYS_capset, &header, data);
}

int rtcio__privileges_check(const rtcio__config *config, char *why, size_t why_size)
{
    const char *name = config->values[RTCIO__SET_USER].text;

    if (*name == '\0' || getpwnam(name) != NULL)
        return 0;
    return rtcio__config_blame(
        config, RTCIO__SET_USER, why, why_size,
        "there is no user \"%.60s\": make it, such as by useradd --system %.60s", name, name);
}

int rtcio__privileges_drop(const rtcio__config *config, char *why, size_t why_size)
{
    const char *name = config->values[RTCIO__SET_USER].text;

    if (*name == '\0')
        return 0;
    errno = 0;
    const struct passwd *user = getpwnam(name);
    if (user == NULL) {
        (void)rtcio__privileges_check(config, why, why_size);
        return -1;
    }
    if (user->pw_uid == geteuid())
        return 0;
    if (geteuid() != 0) {
        rtcio__config_blame(config, RTCIO__SET_USER, why, why_size,
                            "only root can become \"%.60s\": start as root, or leave user out",
                            name);
        return -1;
    }
    if (prctl(PR_SET_KEEPCAPS, 1) != 0 || initgroups(user->pw_name, user->pw_gid) != 0 ||
        setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0) {
        snprintf(why, why_size, "cannot become user \"%.60s\": %s", name, strerror(errno));
        return -1;
    }
    /* In a container root itself may lack it: then the ports are above 1024 anyway. */
    (void)keep_low_ports();
    return 0;
}

rtcio__sandbox rtcio__sandbox_enter(const rtcio__config *config, const char *const *read)
{
    rtcio__sandbox sandbox = {0};

    if (config->values[RTCIO__SET_SANDBOX].number == 0 && !SANITIZED &&
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        sandbox.landlock = rtcio__landlock_enter(config, read);
        sandbox.seccomp = rtcio__seccomp_enter();
    }
    return sandbox;
}

const char *rtcio__sandbox_name(rtcio__sandbox sandbox)
{
    if (sandbox.landlock > 0)
        return sandbox.seccomp ? "landlock,seccomp" : "landlock";
    return sandbox.seccomp ? "seccomp" : "off";
}
