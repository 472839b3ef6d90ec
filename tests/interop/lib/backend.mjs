// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A backend that `rtcio serve` asks and tells things.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const backends = [];

/** The check of docs/hooks.md. */
export function isSigned(header, body, key, nowS = Date.now() / 1000) {
  const parts = header.split(",").map((part) => part.split("="));
  const time = parts.find(([name]) => name === "t")?.[1];
  if (!(Math.abs(nowS - Number(time)) <= 300)) return false;
  const wanted = createHmac("sha256", key).update(`${time}.`).update(body).digest();
  return parts.some(([name, hex]) => {
    const given = Buffer.from(hex, "hex");
    return name === "v1" && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

/** A backend that keeps what it was asked. `answer(response, n, body)` answers the n-th request. */
export async function backend(answer = (response) => response.writeHead(204).end()) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(response, requests.length, body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  backends.push(server);
  const url = `http://127.0.0.1:${server.address().port}/hooks?of=rtcio`;
  const events = () => requests.flatMap(({ body }) => JSON.parse(body).events);
  return { server, requests, url, events };
}

export function closeBackends() {
  for (const server of backends) {
    server.closeAllConnections();
    server.close();
  }
}
