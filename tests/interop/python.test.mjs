// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// python-socketio, a client that shares no code with socket.io's own. What it does stands in
// python_client.py.

import { spawn, spawnSync } from "node:child_process";
import readline from "node:readline";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { useServer } from "./lib/fixture.mjs";
import { serverUnderTest } from "./lib/server.mjs";
import { withTimeout } from "./lib/time.mjs";

const script = fileURLToPath(new URL("python_client.py", import.meta.url));
const modules = "import socketio, requests, websocket";

/** Debian's own interpreter has Debian's modules; another one may come first in the path. */
const python = ["python3", "/usr/bin/python3"].find(
  (command) => spawnSync(command, ["-c", modules]).status === 0,
);
const skip = !python && "python3-socketio, python3-requests and python3-websocket are not there";

/** Runs one check; `on` has what to do when it says a line. */
async function run(t, check, url, transports, on = {}) {
  const child = spawn(python, [script, check, url, ...transports]);
  t.after(() => child.kill("SIGKILL"));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  const work = async () => {
    for await (const line of readline.createInterface({ input: child.stdout })) {
      if (line === "ok") return;
      await on[line]?.();
    }
    throw new Error(`${check} ended without "ok"`);
  };
  await withTimeout(work(), `"ok" of ${check}`, 45000).catch((error) => {
    error.message += `\n${errors}`;
    throw error;
  });
}

for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
  describe(`python-socketio over ${transports.join(", then ")}`, { skip }, () => {
    const server = useServer();

    test("events and acknowledgements, both ways, with binary", (t) =>
      run(t, "talks", server.url, transports));

    test("namespaces, auth and a refusal", (t) => run(t, "namespaces", server.url, transports));

    test("rooms and broadcasts", (t) => run(t, "rooms", server.url, transports));

    // Cut off, not closed: of a packet "close" on polling this client makes an end, or not, as its
    // threads happen to run.
    test("comes back after a restart", async (t) => {
      const first = await serverUnderTest().start();
      t.after(() => first.child.kill("SIGKILL"));
      let second;
      t.after(() => second?.stop());
      await run(t, "reconnects", first.url, transports, {
        connected: () => first.child.kill("SIGKILL"),
        gone: async () => (second = await serverUnderTest({ port: first.port }).start()),
      });
    });
  });
}
