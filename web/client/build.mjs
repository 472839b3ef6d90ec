// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Builds dist/: modules for bundlers and Node (esm, cjs, each with the types), and for pages
// without a bundler one file with socket.io-client in it (browser), readable and minified.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
rmSync("dist", { recursive: true, force: true });

const common = {
  entryPoints: ["src/index.ts"],
  bundle: true,
  target: "es2020",
  sourcemap: true,
  logLevel: "warning",
};
const packaged = { ...common, packages: "external" };
const page = { ...common, format: "esm", platform: "browser" };

await Promise.all([
  build({ ...packaged, format: "esm", outfile: "dist/esm/index.js" }),
  build({ ...packaged, format: "cjs", outfile: "dist/cjs/index.js" }),
  build({ ...page, outfile: "dist/browser/rtcio-client.js" }),
  build({ ...page, minify: true, outfile: "dist/browser/rtcio-client.min.js" }),
]);

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { stdio: "inherit" });

// Without this, the types of the CommonJS build would say that it cannot be required.
mkdirSync("dist/cjs", { recursive: true });
for (const file of readdirSync("dist/esm").filter((name) => name.endsWith(".d.ts"))) {
  cpSync(path.join("dist/esm", file), path.join("dist/cjs", file));
}
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n');
