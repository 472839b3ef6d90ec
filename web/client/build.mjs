// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Builds dist/: modules for bundlers and Node (esm, cjs, each with the types), and for pages
// without a bundler one file with socket.io-client in it (browser), readable and minified. The
// code is without comments, which make half of it; they are in the types.

import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
rmSync("dist", { recursive: true, force: true });

const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const tsc = (...options) =>
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json", ...options], { stdio: "inherit" });
tsc("--outDir", "dist/esm", "--declaration", "--emitDeclarationOnly", "--stripInternal");
tsc("--outDir", "dist/plain", "--removeComments", "--inlineSourceMap", "--inlineSources");

const common = {
  entryPoints: ["dist/plain/index.js"],
  bundle: true,
  minifySyntax: true,
  target: "es2022",
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
rmSync("dist/plain", { recursive: true });

// Without this, the types of the CommonJS build would say that it cannot be required.
for (const file of readdirSync("dist/esm").filter((name) => name.endsWith(".d.ts"))) {
  cpSync(path.join("dist/esm", file), path.join("dist/cjs", file));
}
cpSync("../../LICENSE", "dist/LICENSE");
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n');
