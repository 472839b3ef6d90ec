// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// Does the profile count each instruction once, and for the right group?

import assert from "node:assert/strict";
import { test } from "node:test";
import { instructions } from "./lib/callgrind.mjs";

const file = `events: Ir
ob=(1) /usr/bin/rtcio
fl=(1) /home/a/rtcio/src/codec/json.c
fn=(1) rtcio__json_scan
10 100
fi=(2) /home/a/rtcio/src/codec/ws.c
+3 7
fi=(3) /usr/lib/gcc/include/emmintrin.h
604 20
fe=(1)
11 1
cob=(2) /lib/libc.so.6
cfi=(4) ???
cfn=(2) memcpy
calls=2 0
12 5000

ob=(2)
fl=(4)
fn=(2)
0 40
fn=(3) __vfprintf_internal
0 3
`;

test("callees count where they stand, inlined code where it was written", () => {
  assert.deepEqual(instructions(file), { JSON: 121, WebSocket: 7, "libc: copying, comparing": 40, "libc: printf": 3 });
});
