// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The module hooks that tools/typescript.mjs registers.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

export async function resolve(specifier, context, next) {
  if (!/^\.{1,2}\//.test(specifier) || !/\.ts$/.test(context.parentURL ?? "")) {
    return next(specifier, context);
  }
  try {
    return await next(specifier.replace(/\.js$/, ".ts"), context);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return next(specifier, context);
  }
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const file = fileURLToPath(url);
  const { code } = await transform(await readFile(file, "utf8"), {
    loader: "ts",
    target: "node18",
    sourcefile: file,
    sourcemap: "inline",
  });
  return { format: "module", source: code, shortCircuit: true };
}
