// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The control API of an `rtcio serve` under test.

import { after, before } from "node:test";
import http from "node:http";
import { closeAll } from "./client.mjs";
import { rtcioServe } from "./rtcio.mjs";
import { waitFor, withTimeout } from "./time.mjs";
import { Wire } from "./wire.mjs";

export const KEY = "a key of the tests of 32 letters";
const words = ["--control-listen", "127.0.0.1:0"];

/** `rtcio serve` with a control API, not started yet. The workers are those of the run. */
export function controlled(args = [], env = {}) {
  const workers = process.env.RTCIO_WORKERS ? ["--workers", process.env.RTCIO_WORKERS] : [];
  return rtcioServe(["--room", "no", ...workers, ...words, ...args], { RTCIO_CONTROL_KEY: KEY, ...env });
}

/** Where its control API listens: a port, once it does. */
export async function controlPort(server) {
  const found = () => /control\.listen place=http:\/\/\S+:(\d+) /.exec(server.stderr);
  return Number((await waitFor(found, () => `control.listen in:\n${server.stderr}`))[1]);
}

/** One request: { status, headers, text, json }. `key: null` sends none. */
export function call(where, method, path, { body, key = KEY, headers = {} } = {}) {
  const to = typeof where === "number" ? { host: "127.0.0.1", port: where } : { socketPath: where };
  if (key !== null) headers = { Authorization: `Bearer ${key}`, ...headers };
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  if (text !== undefined) headers = { "Content-Length": Buffer.byteLength(text), ...headers };
  const answer = new Promise((resolve, reject) => {
    const request = http.request({ ...to, method, path, headers, agent: false }, async (response) => {
      const chunks = [];
      response.on("error", reject);
      for await (const chunk of response) chunks.push(chunk);
      const all = Buffer.concat(chunks).toString();
      const isJson = response.headers["content-type"] === "application/json" && all !== "";
      const json = isJson ? JSON.parse(all) : undefined;
      resolve({ status: response.statusCode, headers: response.headers, text: all, json });
    });
    request.on("error", reject);
    request.end(text);
  });
  return withTimeout(answer, `${method} ${path}`);
}

/** Inside describe(): one server for the block; `server.call(method, path, options)`. */
export function useControlled(args, env) {
  const server = controlled(args, env);
  server.call = (...rest) => call(server.control, ...rest);
  before(async () => {
    await server.start();
    server.control = await controlPort(server);
  });
  after(async () => {
    closeAll();
    Wire.destroyAll();
    await server.stop();
  });
  return server;
}
