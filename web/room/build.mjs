// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Builds dist/, which any server of files can serve: index.html, and in assets/ what it needs, by
// names that change with the content. Each has its Brotli form beside it. `rtcio serve` finds
// dist/ by itself. RTCIO_SERVER=https://… builds a page for a server that is elsewhere.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
rmSync("dist", { recursive: true, force: true });

const { metafile } = await build({
  entryPoints: ["src/main.ts", "src/style.css", "src/icon.svg"],
  outdir: "dist/assets",
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome100", "firefox110", "safari16"],
  loader: { ".svg": "copy" },
  define: { RTCIO_SERVER: JSON.stringify(process.env.RTCIO_SERVER ?? "") },
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

const assets = Object.keys(metafile.outputs).map((file) => path.relative("dist", file));
const asset = (ending) => assets.find((file) => file.endsWith(ending));
const page = readFileSync("src/index.html", "utf8")
  .replace("{script}", asset(".js"))
  .replace("{style}", asset(".css"))
  .replace("{icon}", asset(".svg"));
writeFileSync("dist/index.html", page);

let total = 0;
for (const file of ["index.html", ...readdirSync("dist/assets").map((name) => path.join("assets", name))]) {
  const bytes = readFileSync(path.join("dist", file));
  const small = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(path.join("dist", `${file}.br`), small);
  total += small.length;
}
console.log(`room: ${(total / 1000).toFixed(1)} kB compressed`);
