// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Calls with a client that behaves as the original, over this project's server and over one that
// behaves as the original's, with connection state recovery.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Lab, type Member } from "./lab.js";
import { ReferenceServer } from "./reference-server.js";

const lab = new Lab();
const recovering = new ReferenceServer();
before(() => recovering.start());
after(() => recovering.stop());

type Client = "rtcio-client" | "original";
const servers: [name: string, url: () => string][] = [
  ["rtcio", () => lab.server.url],
  ["socket.io with recovery", () => recovering.url],
];
const pairs: [existing: Client, newcomer: Client][] = [
  ["rtcio-client", "original"],
  ["original", "rtcio-client"],
  ["rtcio-client", "rtcio-client"],
];

/** Two members, the first of whom is in the room when the second comes. */
async function meet(url: string, [first, second]: [Client, Client], prepare?: (lab: any) => unknown): Promise<[Member, Member]> {
  const one = await lab.join("existing", { url, client: first, first: prepare });
  const two = await lab.join("newcomer", { url, client: second, first: prepare });
  return [one, two];
}

for (const [server, url] of servers) {
  describe(`over ${server}`, () => {
    for (const pair of pairs) {
      const who = pair.join(" and ");
      test(`conformance 2: ${who} join with data only`, async () => {
        const [one, two] = await meet(url(), pair, (lab) => lab.record("hello"));
        assert.deepEqual(await one.peers(1), [await two.id]);
        assert.deepEqual(await two.peers(1), [await one.id]);
        for (const [from, to] of [[one, two], [two, one]] as const) {
          await from.do(({ socket }) => socket.emit("hello", "over ctrl"));
          await to.saw("hello");
        }
      });

      test(`conformance 3: ${who} both have a camera`, async () => {
        const [one, two] = await meet(url(), pair, (lab) => {
          lab.record("camera");
          const { id } = lab.socket;
          const stream = new lab.library.RTCIOStream("camera-" + id, lab.media("audio+video"));
          lab.socket.emit("camera", { id, name: "A", camera: stream });
        });
        for (const [from, to] of [[one, two], [two, one]] as const) {
          const id = await from.id;
          const [camera] = await to.saw("camera");
          assert.deepEqual(camera!.args[0], { id, name: "A", camera: { id: "camera-" + id, kinds: "audio+video" } });
          await to.until((lab, peer) => lab.received(peer), "media", id);
          assert.equal((await to.seen("camera")).length, 1, "exactly once");
        }
      });

      test(`conformance 4: ${who} emit six streams each at the same time`, async () => {
        const [one, two] = await meet(url(), pair, (lab) => lab.record("share"));
        await Promise.all([one.peers(1), two.peers(1)]);
        await emitSix(one, two);
        for (const member of [one, two]) {
          const shares = await member.saw("share", 6);
          assert.deepEqual(shares.map(({ args }) => args[0].n).sort(), [0, 1, 2, 3, 4, 5]);
          for (const { args } of shares) assert.equal(args[0].stream.kinds, "video");
        }
      });
    }
  });
}

/** In one turn of each page, at the same time as far as two pages can. */
async function emitSix(...members: Member[]): Promise<void> {
  const at = Date.now() + 300;
  await Promise.all(
    members.map((member) =>
      member.do(async (lab, when) => {
        const streams = Array.from({ length: 6 }, () => new lab.library.RTCIOStream(lab.media()));
        await new Promise((resolve) => setTimeout(resolve, when - Date.now()));
        streams.forEach((stream, n) => lab.socket.emit("share", { n, stream }));
      }, at),
    ),
  );
}

test("conformance 4: two originals fail where a server has recovery, so that the test above can", async () => {
  const [one, two] = await meet(recovering.url, ["original", "original"], (lab) => lab.record("share"));
  await Promise.all([one.peers(1), two.peers(1)]);
  await emitSix(one, two);
  await one.page.waitForTimeout(4000);
  const n = (await one.seen("share")).length + (await two.seen("share")).length;
  assert.ok(n < 12, `${n} of 12 streams arrived`);
});
