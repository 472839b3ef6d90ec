// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// `node --import ./tools/typescript.mjs`: lets node run the TypeScript of the tests and of what
// they test. esbuild drops the types, `npm run check` is where they are checked. An import of
// "./x.js" finds x.ts, as it does for the compiler.

import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);
