// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// Instructions by group of functions, from what callgrind writes. Pure: text in, numbers out.

// What belongs together, by the file that the code stands in. The first match counts.
const groups = [
  ["WebSocket", /src\/codec\/ws|src\/engine\/websocket\./],
  ["UTF-8", /src\/base\/utf8\./],
  ["JSON", /src\/codec\/json/],
  ["HTTP", /src\/codec\/http|src\/engine\/(http|cors|handshake|route|upgrade)/],
  ["sessions and polling", /src\/engine\/|src\/codec\/eio\./],
  ["packets and dispatch", /src\/codec\/sio\.|src\/socketio\//],
  ["relay and rooms", /src\/signaling\//],
  ["output queue", /src\/net\/wq\.|src\/base\/blob\./],
  ["connections and loop", /src\/net\/|libuv/],
  ["base", /src\/base\//],
  ["log and hooks of the program", /daemon\//],
  ["the limit program", /bench\/limit\//],
  ["OpenSSL", /libcrypto/],
  ["Jansson", /libjansson/],
];

const memory = /^_?_?(mem|str)(cpy|move|set|cmp|chr|mem|len)|^_?_?memmem|unaligned_erms|_avx|_sse2/;
const printf = /printf|xsputn|itoa|strchrnul|_IO_str|_IO_no_init|_IO_old_init|_IO_setb/;
const time = /strftime|offtime|^__tz|tzset|gmtime|localtime/;
const heap = /^_?_?(libc_)?(malloc|free|calloc|realloc|aligned_alloc)|^_int_|^malloc|^unlink_chunk|^tcache|^sysmalloc|^systrim/;

function ofProject(file) {
  return /\/(src|daemon|bench)\//.test(file);
}

function groupOf(object, file, fn) {
  const found = groups.find(([, pattern]) => pattern.test(file)) ?? groups.find(([, pattern]) => pattern.test(object));
  if (found !== undefined) return found[0];
  if (memory.test(fn)) return "libc: copying, comparing";
  if (heap.test(fn)) return "libc: malloc, free";
  if (printf.test(fn)) return "libc: printf";
  return time.test(fn) ? "libc: dates" : "libc: the rest";
}

/**
 * The text of a callgrind.out file -> { group: instructions }. Code that was inlined counts for
 * the file it stands in, unless that is a header of the compiler or of libc.
 */
export function instructions(text) {
  const names = { ob: {}, fl: {}, fn: {} };
  const read = (kind, value) => {
    const [, id, name] = /^\((\d+)\)(?: (.*))?$/.exec(value);
    if (name !== undefined) names[kind][id] = name;
    return names[kind][id];
  };
  const sums = {};
  let object = "", file = "", inlined = "", fn = "", skip = false;
  for (const line of text.split("\n")) {
    const assignment = /^(ob|fl|fi|fe|fn|cob|cfi|cfl|cfn|calls)=(.*)$/.exec(line);
    if (assignment !== null) {
      const [, key, value] = assignment;
      if (key === "ob") object = read("ob", value);
      else if (key === "fl") file = inlined = read("fl", value);
      else if (key === "fi" || key === "fe") inlined = read("fl", value);
      else if (key === "fn") { fn = read("fn", value); inlined = file; }
      else if (key === "cob") read("ob", value);
      else if (key === "cfi" || key === "cfl") read("fl", value);
      else if (key === "cfn") read("fn", value);
      else skip = true; // the next line is the callee's cost, counted where it arose
    } else if (/^[+\-*\d]/.test(line)) {
      const cost = Number(line.split(" ")[1]);
      if (!skip && cost > 0) {
        const group = groupOf(object, ofProject(inlined) ? inlined : file, fn);
        sums[group] = (sums[group] ?? 0) + cost;
      }
      skip = false;
    }
  }
  return sums;
}

/** The groups in the order of the table above. */
export const groupNames = [...groups.map(([name]) => name), "libc: copying, comparing", "libc: malloc, free", "libc: printf", "libc: dates", "libc: the rest"];
