/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* System calls that `rtcio serve` never makes: starting programs, looking into other processes,
 * changing the system, and the parts of the kernel that exploits like best. They fail with EPERM.
 * It is a list of what is refused, not of what is allowed: plugins, and libraries after an update
 * of the system, keep working. */

#include "sandbox.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>

static const int refused[] = {
    /* other programs and processes */
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    /* the system */
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(reboot),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(syslog),
    SCMP_SYS(personality),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    /* much kernel behind few calls */
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(vmsplice),
};

static const int families[] = {AF_PACKET, AF_ALG, AF_VSOCK, AF_BLUETOOTH,
                               AF_TIPC,   AF_CAN, AF_KEY,   AF_XDP};

static int add_rules(scmp_filter_ctx filter)
{
    int rc = 0;

    /* Calls that this machine does not have are no fault. */
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        (void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
    for (size_t i = 0; rc == 0 && i < sizeof families / sizeof *families; i++) {
        const struct scmp_arg_cmp is = {
            .arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)families[i]};
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1, &is);
    }
    /* Threads, but no processes. What clone3() is asked for cannot be looked at: without it the C
     * library takes clone(). */
    const struct scmp_arg_cmp no_thread = {
        .arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = CLONE_THREAD, .datum_b = 0};
    if (rc == 0)
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, &no_thread);
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return rc;
}

bool rtcio__seccomp_enter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool on = filter != NULL && add_rules(filter) == 0 && seccomp_load(filter) == 0;

    if (filter != NULL)
        seccomp_release(filter);
    return on;
}
