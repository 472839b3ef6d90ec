// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Waiting, always with an end. Knows nothing of servers or protocols.

export const DEADLINE_MS = 8000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The promise's result, or an error that says what was waited for. */
export function withTimeout(promise, what, ms = DEADLINE_MS) {
  const error = new Error(`not within ${ms} ms: ${what}`);
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(error), ms);
  });
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}

/** Waits until `condition` (may be async) gives something truthy, and returns that. For state that
 *  nobody announces by an event. `what` may be a function, asked at the end. */
export async function waitFor(condition, what, ms = DEADLINE_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) {
      throw new Error(`not within ${ms} ms: ${typeof what === "function" ? what() : what}`);
    }
    await sleep(5);
  }
}

/** The arguments of the next event of any EventEmitter. */
export function once(emitter, event, ms = DEADLINE_MS) {
  let listener;
  const fired = new Promise((resolve) => {
    listener = (...args) => resolve(args);
    emitter.once(event, listener);
  });
  return withTimeout(fired, `event "${event}"`, ms).finally(() => emitter.off(event, listener));
}

/** The first `n` occurrences of an event, each as the list of its arguments. */
export function take(emitter, event, n, ms = DEADLINE_MS) {
  const seen = [];
  let listener;
  const done = new Promise((resolve) => {
    listener = (...args) => {
      seen.push(args);
      if (seen.length === n) resolve(seen);
    };
    emitter.on(event, listener);
  });
  const what = `${n} events "${event}"`;
  return withTimeout(done, what, ms).finally(() => emitter.off(event, listener));
}

/** Milliseconds since `start`, a value of performance.now(). */
export const since = (start) => performance.now() - start;
