// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// What the kernel holds for sockets: counts and bytes from /proc. Knows no server.

import { readFileSync } from "node:fs";

const PAGE = 4096;

// The caches that a TCP socket in an epoll set has objects in. The others that grow meanwhile
// (TIME_WAIT, file systems) are somebody else's.
const OF_A_SOCKET = /^(TCP|TCPv6|sock_inode_cache|filp|dentry|lsm_.*|eventpoll_epi|eventpoll_pwq|nf_conntrack|kmalloc-(cg-)?\d+k?)$/;

/** TCP sockets in use on the whole machine, both ends of a loopback connection counted. */
export function socketsInUse() {
  const read = (file, key) => Number(new RegExp(`^${key}: inuse (\\d+)`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? 0);
  return read("/proc/net/sockstat", "TCP") + read("/proc/net/sockstat6", "TCP6");
}

/** The greatest number of open files a process here may have. */
export function fileLimit() {
  const limit = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))[1];
  return limit === "unlimited" ? 1 << 20 : Number(limit);
}

function slabs() {
  const caches = {};
  for (const line of readFileSync("/proc/slabinfo", "utf8").split("\n")) {
    const [name, active, , , perSlab, pages] = line.split(/\s+/);
    if (OF_A_SOCKET.test(name)) caches[name] = (Number(active) * Number(pages) * PAGE) / Number(perSlab);
  }
  return caches;
}

/** Bytes by cache, the slack of their pages included. Only root is told of single caches; for
 * others there is one sum. */
export function kernelBytes() {
  try {
    return slabs();
  } catch {
    const kb = /^Slab:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))[1];
    return { "all slabs": Number(kb) * 1024 };
  }
}

/** after - before, by cache; the small change of a running system is left out. */
export function growth(before, after, least) {
  const grown = Object.entries(after).map(([name, n]) => [name, n - (before[name] ?? 0)]);
  return Object.fromEntries(grown.filter(([, n]) => n >= least).sort((a, b) => b[1] - a[1]));
}
