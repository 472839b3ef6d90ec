// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Tokens as others make them: Node's own cryptography, nothing of ours.

import { createHmac, createSign, sign } from "node:crypto";

const encode = (value) => Buffer.from(value).toString("base64url");
export const nowS = () => Math.floor(Date.now() / 1000);

const signers = {
  HS256: (key, data) => createHmac("sha256", key).update(data).digest(),
  RS256: (key, data) => createSign("sha256").update(data).sign(key),
  ES256: (key, data) => createSign("sha256").update(data).sign({ key, dsaEncoding: "ieee-p1363" }),
  EdDSA: (key, data) => sign(null, Buffer.from(data), key),
  none: () => Buffer.alloc(0),
};

/** A token; claims have a `sub` and an end unless they say otherwise. */
export function jwt(key, claims = {}, header = {}) {
  const head = { alg: "HS256", typ: "JWT", ...header };
  const all = { sub: "ann", exp: nowS() + 600, ...claims };
  const data = `${encode(JSON.stringify(head))}.${encode(JSON.stringify(all))}`;
  return `${data}.${encode(signers[head.alg](key, data))}`;
}
