// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Prometheus' text format, 0.0.4, read strictly: what promtool would complain about is an error.

const SERIES = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;

function labelsOf(text) {
  const labels = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text);
    if (!match) throw new Error(`labels ${text}`);
    if (match[1] in labels) throw new Error(`label twice: ${text}`);
    labels[match[1]] = match[2];
  }
  return labels;
}

/** A histogram's buckets grow, end with +Inf, and agree with its count. */
function checkHistogram(name, series) {
  const groups = new Map();
  for (const { name: full, labels, value } of series) {
    const { le, ...rest } = labels;
    const key = JSON.stringify(rest);
    if (!groups.has(key)) groups.set(key, { buckets: [] });
    if (full.endsWith("_bucket")) groups.get(key).buckets.push([le, value]);
    else groups.get(key)[full.slice(name.length + 1)] = value;
  }
  for (const { buckets, sum, count } of groups.values()) {
    if (buckets.at(-1)?.[0] !== "+Inf") throw new Error(`${name} does not end with +Inf`);
    const bounds = buckets.slice(0, -1).map(([le]) => Number(le));
    const rises = (list) => list.every((n, i) => Number.isFinite(n) && (i === 0 || n >= list[i - 1]));
    if (!rises(bounds) || !rises(buckets.map(([, n]) => n))) throw new Error(`${name} does not rise`);
    if (sum === undefined || count !== buckets.at(-1)[1]) throw new Error(`${name}: sum, count`);
  }
}

/** Families by name: { type, help, series: [{ name, labels, value }] }. */
export function parseMetrics(text) {
  if (!text.endsWith("\n")) throw new Error("no line's end at the end");
  const families = new Map();
  const seen = new Set();
  let family;
  for (const line of text.slice(0, -1).split("\n")) {
    const meta = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (meta) {
      const [, what, name, rest] = meta;
      if (what === "HELP") {
        if (families.has(name)) throw new Error(`${name} twice`);
        family = { name, help: rest, series: [] };
        families.set(name, family);
      } else {
        if (family?.name !== name || family.type) throw new Error(`TYPE ${name}`);
        family.type = rest;
      }
      continue;
    }
    const match = SERIES.exec(line);
    if (!match) throw new Error(`no series: ${line}`);
    const [, name, braces, inside, value] = match;
    const suffixes = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    if (!suffixes.some((suffix) => name === family.name + suffix)) throw new Error(`stray: ${line}`);
    if (!Number.isFinite(Number(value))) throw new Error(`no number: ${line}`);
    if (family.type === "counter" && !name.endsWith("_total")) throw new Error(`counter ${name}`);
    if (seen.has(line.slice(0, line.lastIndexOf(" ")))) throw new Error(`twice: ${line}`);
    seen.add(line.slice(0, line.lastIndexOf(" ")));
    family.series.push({ name, labels: braces ? labelsOf(inside) : {}, value: Number(value) });
  }
  for (const { name, type, series } of families.values()) {
    if (series.length === 0) throw new Error(`${name} has no series`);
    if (type === "histogram") checkHistogram(name, series);
  }
  return families;
}

/** The sum of a family's series that have these labels. */
export function sumOf(families, name, labels = {}) {
  const series = families.get(name)?.series;
  if (!series) throw new Error(`no family ${name}`);
  const fits = (one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value);
  return series.filter(fits).reduce((sum, { value }) => sum + value, 0);
}
