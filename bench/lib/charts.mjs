// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors
//
// Horizontal bar charts as SVG. Pure: results in, text out. Every bar carries its figure, so that
// nothing depends on colours, which follow the reader's light or dark scheme.

import { peers } from "./options.mjs";
import { bytes, figure, measured, summarize } from "./report.mjs";

const WIDTH = 760;
const LEFT = 96; // for the names of workloads
const RIGHT = 84; // for the figure behind the longest bar
const BAR = 13;
const GROUP_GAP = 11;
const HEAD = 66;

const style = `
 text { font: 12px system-ui, sans-serif; fill: #1f2328; }
 .title { font-size: 15px; font-weight: 600; }
 .note, .figure { fill: #59636e; }
 .figure { font-size: 11px; }
 .mark { stroke: #59636e; stroke-dasharray: 3 3; }
 .limit { fill: #8c959f; } .ours { fill: #0969da; } .node { fill: #2da44e; }
 .bun { fill: #bf8700; } .eiows { fill: #8250df; }
 @media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .note, .figure { fill: #9198a1; }
  .mark { stroke: #9198a1; }
  .limit { fill: #6e7681; } .ours { fill: #58a6ff; } .node { fill: #3fb950; }
  .bun { fill: #d29922; } .eiows { fill: #bc8cff; }
 }`;

function escape(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}

function legend(names) {
  let x = LEFT;
  return names.map((name) => {
    const { title } = peers[name];
    const item = `<rect class="${name}" x="${x}" y="42" width="11" height="11" rx="2"/><text x="${x + 16}" y="52">${escape(title)}</text>`;
    x += 40 + title.length * 6.5;
    return item;
  });
}

/**
 * title, note: text; names: peers in the order of their bars; mark: a value to draw a line at;
 * groups: [{ label, values: { peer: number }, text: (number) => string }]
 */
function draw({ title, note, names, groups, mark }) {
  const most = Math.max(mark ?? 0, ...groups.flatMap(({ values }) => Object.values(values)));
  const wide = (value) => ((WIDTH - LEFT - RIGHT) * value) / most;
  const lines = [];
  let y = HEAD;
  for (const { label, values, text } of groups) {
    const present = names.filter((name) => values[name] !== undefined);
    lines.push(`<text x="${LEFT - 8}" y="${y + (present.length * BAR) / 2 + 4}" text-anchor="end">${escape(label)}</text>`);
    for (const name of present) {
      const w = Math.max(1, wide(values[name]));
      lines.push(`<rect class="${name}" x="${LEFT}" y="${y + 1}" width="${w.toFixed(1)}" height="${BAR - 2}" rx="2"/>`);
      lines.push(`<text class="figure" x="${(LEFT + w + 5).toFixed(1)}" y="${y + BAR - 3}">${escape(text(values[name]))}</text>`);
      y += BAR;
    }
    y += GROUP_GAP;
  }
  if (mark !== undefined) {
    const x = (LEFT + wide(mark)).toFixed(1);
    lines.unshift(`<line class="mark" x1="${x}" x2="${x}" y1="${HEAD - 4}" y2="${y - GROUP_GAP + 2}"/>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${escape(title)}">
<style>${style}
</style>
<text class="title" x="${LEFT}" y="18">${escape(title)}</text>
<text class="note" x="${LEFT}" y="34">${escape(note)}</text>
${[...legend(names), ...lines].join("\n")}
</svg>
`;
}

function values(sides, names, pick) {
  return Object.fromEntries(names.map((name) => [name, sides[name] && pick(sides[name])]).filter(([, n]) => n > 0));
}

function shares(rows, names) {
  const others = names.filter((name) => name !== "limit");
  const groups = rows.filter(({ sides }) => sides.limit !== undefined).map(({ workload, sides }) => ({
    label: workload,
    values: values(sides, others, (side) => side.speed / sides.limit.speed),
    text: (n) => (n < 0.1 ? n.toFixed(3) : n.toFixed(2)),
  }));
  return { title: "Work per CPU second, as a share of the limit", note: "1 is a server that makes the system calls and does nothing else", names: others, groups, mark: 1 };
}

function latencies(rows, names) {
  const groups = rows.filter(({ workload }) => ["half", "relay", "small", "bcast"].includes(workload)).map(({ workload, sides }) => ({
    label: workload,
    values: values(sides, names, (side) => side.p99),
    text: (n) => `${figure(n)} us`,
  }));
  return { title: "Latency, 99th percentile", note: "half: all at half of what Node can do; the others at what each can do; shorter is better", names, groups };
}

function memories(rows, names) {
  const groups = rows.filter(({ workload }) => workload.startsWith("idle")).map(({ workload, sides }) => ({
    label: workload,
    values: values(sides, names, (side) => side.memory),
    text: bytes,
  }));
  return { title: "Server memory of an idle connection", note: "without the kernel's share, which all have alike; shorter is better", names, groups };
}

/** What bench/compare --json wrote -> { name: svg }; a chart without figures is left out. */
export function charts({ runs }) {
  const rows = summarize(runs);
  const names = measured(runs);
  const all = { share: shares(rows, names), latency: latencies(rows, names), memory: memories(rows, names) };
  return Object.fromEntries(Object.entries(all).filter(([, { groups }]) => groups.length > 0).map(([name, chart]) => [name, draw(chart)]));
}
