// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// A server for pages that have the client in them.

import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = path.join(here, "../client/dist/browser/");

/** Bundles a script of the tests for pages. */
async function bundle(file: string): Promise<string> {
  const result = await build({
    entryPoints: [path.join(here, file)],
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "warning",
  });
  return result.outputFiles[0]!.text;
}

/** Serves an empty page, the built client, and what the tests put into pages. */
export class PageServer {
  #scripts = new Map<string, string>();
  #server = http.createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<this> {
    for (const name of ["page-lab", "original"]) {
      this.#scripts.set(`${name}.js`, await bundle(`${name}.ts`));
    }
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const name = path.basename(request.url ?? "/");
    response.setHeader("content-type", name ? "text/javascript" : "text/html");
    if (!name) {
      response.end("<!doctype html><title>rtcio-client</title>");
      return;
    }
    try {
      response.end(this.#scripts.get(name) ?? (await readFile(path.join(dist, name))));
    } catch {
      response.statusCode = 404;
      response.end();
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
