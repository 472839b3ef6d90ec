// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// What an idle connection consists of: sizes of structures beside what was measured. Pure but for
// running bench/sizes.

import { execFileSync } from "node:child_process";
import { grid } from "./report.mjs";

// Two hash maps, of sessions and of sockets: a pointer for each bucket, as many buckets as the
// next power of two.
function mapBytes(clients) {
  return (2 * 8 * 2 ** Math.ceil(Math.log2(clients))) / clients;
}

/** The lines of bench/sizes -> [{ name, idle, rooms }], bytes of one client without a room and in
 * a room of four. */
export function structures(text, clients) {
  const lines = text.trim().split("\n").map((line) => line.split("\t"));
  const rows = lines.map(([name, size, each, where]) => {
    const n = Number(size) / Number(each.split("/")[1] ?? 1);
    return { name, idle: where === "all" ? n : 0, rooms: n };
  });
  const map = mapBytes(clients);
  return [...rows, { name: "places in the maps of sessions and sockets", idle: map, rooms: map }];
}

const sum = (rows, key) => rows.reduce((all, row) => all + row[key], 0);

/** Whether the structures make the memory measured, but for what lies between them. */
export function accounted(rows, measured) {
  return ["idle", "rooms"].every((key) => Math.abs(measured[key] - sum(rows, key)) < 0.15 * measured[key]);
}

/** A table that ends with what was measured. measured: { idle, rooms }, bytes of a connection. */
export function structureTable(rows, measured) {
  const whole = (n) => (n === 0 ? "" : n.toFixed(0));
  const line = (name, idle, rooms) => [name, whole(idle), whole(rooms)];
  return grid([
    ["bytes of an idle connection", "alone", "in rooms of 4"],
    ...rows.map(({ name, idle, rooms }) => line(name, idle, rooms)),
    line("together", sum(rows, "idle"), sum(rows, "rooms")),
    line("measured", measured.idle, measured.rooms),
    line("not accounted for", measured.idle - sum(rows, "idle"), measured.rooms - sum(rows, "rooms")),
  ]);
}

/** What the program bench/sizes says. */
export function sizes(program) {
  return execFileSync(program, { encoding: "utf8" });
}
