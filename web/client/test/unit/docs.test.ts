// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// docs/client.md names all that the package's types declare.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const types = fileURLToPath(new URL("../../dist/esm/index.d.ts", import.meta.url));
const page = readFileSync(new URL("../../../../docs/client.md", import.meta.url), "utf8");

/** The exported names, and their members: those that are declared here, public and not inherited. */
function declared(): string[] {
  const program = ts.createProgram([types], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noLib: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(types)!)!;
  const names: string[] = [];
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (exported.name !== "default") names.push(exported.name);
    for (const declaration of symbol.declarations ?? []) {
      if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) continue;
      if (!declaration.getSourceFile().fileName.includes("/client/dist/")) continue;
      for (const member of declaration.members) {
        const flags = ts.getCombinedModifierFlags(member as ts.Declaration);
        if (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected) || !member.name) continue;
        names.push(`${exported.name}.${member.name.getText()}`);
      }
    }
  }
  return [...new Set(names)];
}

test("docs/client.md names every export, option, event and method", () => {
  const names = declared();
  assert.ok(names.includes("Socket.peer") && names.includes("ChannelOptions.queueBudget"), names.join());
  // Only what is marked as code counts.
  const code = new Set([...page.matchAll(/`[^`]+`|```[^]*?```/g)].flatMap(([text]) => text.match(/\w+/g) ?? []));
  const missing = names.filter((name) => !code.has(name.split(".").at(-1)!));
  assert.deepEqual(missing, []);
});
