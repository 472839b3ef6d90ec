// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// URLs, session descriptions, envelopes, options: what is read from outside.

import assert from "node:assert/strict";
import { test } from "node:test";
import { watchdogOptions } from "../../src/departure.js";
import { checkOptions } from "../../src/peer-channels.js";
import { connectionIdentity, withFixedExtensions, withoutStrayFeedback } from "../../src/sdp.js";
import { EarlyCandidates, readId, readMessage } from "../../src/signaling.js";
import { parseUrl } from "../../src/url.js";

test("URLs are taken apart as socket.io-client does", () => {
  const page = { protocol: "https:", host: "page.example:8443" };
  (globalThis as any).location = page;
  try {
    for (const [url, id, namespace] of [
      [undefined, "https://page.example:8443/socket.io", "/"],
      ["/admin", "https://page.example:8443/socket.io", "/admin"],
      ["//other.example/x", "https://other.example:443/socket.io", "/x"],
      ["http://a.example", "http://a.example:80/socket.io", "/"],
      ["http://a.example:80/", "http://a.example:80/socket.io", "/"],
      ["wss://a.example", "wss://a.example:443/socket.io", "/"],
      ["a.example:3001/calls", "https://a.example:3001/socket.io", "/calls"],
      ["http://[::1]:3001/", "http://[::1]:3001/socket.io", "/"],
    ] as const) {
      const target = parseUrl(url, "/socket.io");
      assert.deepEqual([target.id, target.namespace], [id, namespace], url);
    }
    assert.deepEqual(parseUrl("http://a.example/?t=1&u=%20", "/").query, { t: "1", u: " " });
    assert.equal(parseUrl("http://a.example/", "/").query, undefined);
    assert.throws(() => parseUrl("http://", "/"), TypeError);
  } finally {
    delete (globalThis as any).location;
  }
});

test("a connection is told from another by session id and fingerprint, whatever else changes", () => {
  const sdp = (session: number, version: number, print: string) =>
    `v=0\r\no=- ${session} ${version} IN IP4 127.0.0.1\r\na=fingerprint:sha-256 ${print}\r\n`;
  assert.equal(connectionIdentity(sdp(1, 2, "AA:BB")), connectionIdentity(sdp(1, 3, "aa:bb")));
  assert.notEqual(connectionIdentity(sdp(1, 2, "AA")), connectionIdentity(sdp(2, 2, "AA")));
  assert.notEqual(connectionIdentity(sdp(1, 2, "AA")), connectionIdentity(sdp(1, 2, "BB")));
});

test("pitfall P5: feedback lines of payload types that are not offered are dropped", () => {
  const lines = [
    "v=0",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
    "a=rtpmap:96 VP8/90000",
    "a=rtcp-fb:96 nack",
    "a=rtcp-fb:120 nack",
    "a=fmtp:120 x=1",
    "a=rtcp-fb:* ccm fir",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=rtcp-fb:96 nack",
    "",
  ];
  const kept = lines.filter((_, i) => ![4, 5, 8].includes(i));
  assert.equal(withoutStrayFeedback(lines.join("\r\n")), kept.join("\r\n"));
});

test("pitfall P3: header extensions have the same numbers in every offer, but those agreed on keep theirs", () => {
  const level = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
  const mid = "urn:ietf:params:rtp-hdrext:sdes:mid";
  const turn = "urn:3gpp:video-orientation";
  const offer = (...ids: [number, string][]): string => ["m=video 9 x 96", ...ids.map(([id, uri]) => `a=extmap:${id} ${uri}`), ""].join("\r\n");
  const both = offer([4, mid], [13, turn]);
  assert.equal(withFixedExtensions(offer([9, mid], [3, turn]), []), both);
  assert.equal(withFixedExtensions(both, [undefined]), both);
  assert.equal(withFixedExtensions("a=extmap:2/sendonly " + turn, []), "a=extmap:13/sendonly " + turn);
  // Pictures alone came first, with the browser's numbers: sound then finds its own number taken.
  const agreed = offer([1, "urn:ietf:params:rtp-hdrext:toffset"], [9, mid]);
  assert.equal(withFixedExtensions(offer([9, mid], [14, level]), [agreed]), offer([9, mid], [12, level]));
  assert.equal(withFixedExtensions(offer([7, "urn:unknown"]), []), offer([12, "urn:unknown"]), "none of a known one's");
});

test("envelopes: the first key in the original's order counts, odd ones are nothing", () => {
  const read = (data: unknown) => readMessage({ source: "a", target: "b", data })?.signal;
  const description = { type: "offer", sdp: "v=0" };
  assert.deepEqual(Object.keys(read({ mid: "x", description, candidate: {} })!), ["description", "rtcio"]);
  assert.deepEqual(read({ candidate: { candidate: "" }, mid: "x" }), { candidate: { candidate: "" } });
  assert.deepEqual(read({ mid: "x" }), { mid: "x" });
  assert.deepEqual((read({ mid: "x", events: { a: [1], b: "odd" } }) as any).events, { a: [1], b: [] });
  for (const odd of [
    null, 1, "x", [], {}, { mid: 1 }, { mid: "" }, { description: { type: "offer" } }, { description: { type: "rollback", sdp: "" } },
    { candidate: "x" }, { candidate: { candidate: 1 } }, { candidate: { candidate: "c", sdpMid: 1 } }, { mid: "x", events: [1] },
  ]) {
    assert.equal(read(odd), undefined, JSON.stringify(odd));
  }
  for (const odd of [undefined, null, 1, { data: { mid: "x" } }, { source: "", data: { mid: "x" } }, { source: 1, data: { mid: "x" } }]) {
    assert.equal(readMessage(odd), undefined);
  }
  assert.equal((read({ description, rtcio: { v: 1, session: 5 } }) as any).rtcio, undefined);
  assert.deepEqual([readId({ source: "a" }, "source"), readId({ id: "" }, "id"), readId([], "id")], ["a", undefined, undefined]);
});

test("early candidates are bounded in sources and number", () => {
  const early = new EarlyCandidates();
  for (let source = 0; source < 100; source++) {
    for (let n = 0; n < 100; n++) early.keep(`s${source}`, { candidate: String(n) });
  }
  assert.equal(early.take("s0").length, 0);
  assert.equal(early.take("s99").length, 64);
  assert.equal(early.take("s99").length, 0);
});

test("options that are no milliseconds are the defaults", () => {
  assert.deepEqual(watchdogOptions({ timeout: -1, hintTimeout: NaN, hintTTL: "1" as any, setupTimeout: 0 }), {
    timeout: 12_000, hintTimeout: 2_500, hintTTL: 30_000, setupTimeout: 0,
  });
});

test("options of channels are checked before anything is made", () => {
  for (const odd of [{ maxRetransmits: 1, maxPacketLifeTime: 1 }, { queueBudget: -1 }, { maxRetransmits: 1.5 }, { maxPacketLifeTime: 70_000 }]) {
    assert.throws(() => checkOptions(odd), TypeError, JSON.stringify(odd));
  }
  checkOptions({ ordered: false, maxRetransmits: 0, queueBudget: 0 });
});
