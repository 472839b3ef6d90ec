// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Two, three and four people in a room: what they see, hear, say and point at.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Lab, type Person } from "./lab.js";

const lab = new Lab();

describe("a call", () => {
  test("two people see each other, with names, ping and path", async () => {
    const ada = await lab.join("Ada", "two");
    assert.equal(await ada.page.locator(".people").innerText(), "Nobody else is here yet");
    const grace = await lab.join("Grace", "two");
    await Promise.all([ada.sees("Grace"), grace.sees("Ada"), grace.sees("You")]);
    assert.equal(await grace.page.locator(".people").innerText(), "2 here");
    const quality = ada.tile("Grace").locator(".quality");
    await quality.waitFor();
    assert.match((await quality.textContent())!, /^\d+ ms · local network$/);
    // Whoever speaks can be heard: one's own picture is silent, the others' are not.
    const isMuted = (person: Person, title: string) =>
      person.tile(title).locator("video").evaluate((video: HTMLVideoElement) => video.muted);
    assert.equal(await isMuted(ada, "You"), true);
    assert.equal(await isMuted(ada, "Grace"), false);
  });

  test("microphone and camera: badges for all, and for those who come later", async () => {
    const ada = await lab.join("Ada", "badges");
    const grace = await lab.join("Grace", "badges");
    await grace.sees("Ada");
    await ada.button("Microphone").click();
    await ada.page.keyboard.press("v");
    const muted = (person: Person) => person.tile("Ada").getByRole("img", { name: "microphone off" });
    const dark = (person: Person) => person.page.locator('.tile.dark[aria-label="Ada"]');
    await muted(grace).waitFor();
    await dark(grace).waitFor();
    const late = await lab.join("Katherine", "badges");
    await muted(late).waitFor();
    await dark(late).waitFor();
    await ada.button("Microphone").click();
    await ada.page.keyboard.press("v");
    await muted(late).waitFor({ state: "hidden" });
    await Promise.all([grace.sees("Ada"), late.sees("Ada")]);
  });

  test("whoever talks is shown, here and there, and no longer when the microphone is off", async () => {
    // The microphones of the browser beep.
    const [ada, grace] = (await lab.meet("talk", "Ada", "Grace")) as [Person, Person];
    const sign = (person: Person, title: string) => person.tile(title).getByRole("img", { name: "speaking" });
    const frame = (person: Person, title: string) => person.page.locator(`.tile.talks[aria-label="${title}"]`);
    await Promise.all([sign(ada, "Grace").waitFor(), sign(grace, "Ada").waitFor(), sign(ada, "You").waitFor(), frame(ada, "Grace").waitFor()]);
    await grace.button("Microphone").click();
    await Promise.all([sign(ada, "Grace").waitFor({ state: "hidden" }), sign(grace, "You").waitFor({ state: "hidden" })]);
    await frame(ada, "Grace").waitFor({ state: "detached" });
    await Promise.all([sign(ada, "You").waitFor(), sign(grace, "Ada").waitFor()]);
  });

  test("another camera, in the same sender and without negotiation", async () => {
    const ada = await lab.join("Ada", "devices");
    const grace = await lab.join("Grace", "devices");
    await grace.sees("Ada");
    await ada.sees("Grace");
    const before = await ada.page.evaluate(() => {
      const offers: string[] = ((window as any).offers = []);
      const set = RTCPeerConnection.prototype.setLocalDescription;
      RTCPeerConnection.prototype.setLocalDescription = function (...args: any[]) {
        offers.push("description");
        return (set as any).apply(this, args);
      };
      return document.querySelector<HTMLVideoElement>(".mirrored video")!.srcObject instanceof MediaStream;
    });
    assert.ok(before);
    // Both streams are there, but the last answer of the join may still be on its way.
    await ada.page.evaluate(async () => {
      const { offers } = window as any;
      for (let seen = -1; seen !== offers.length; await new Promise((done) => setTimeout(done, 1000))) seen = offers.length;
      offers.length = 0;
    });
    await ada.button("Devices").click();
    const select = ada.page.getByRole("group", { name: "Devices" }).getByRole("combobox", { name: /^Camera/ });
    const values = await select.locator("option").evaluateAll((all) => all.map((option) => (option as HTMLOptionElement).value));
    assert.ok(values.length > 1, "the fake browser has several cameras");
    const trackId = () =>
      ada.page.locator(".mirrored video").evaluate((video: HTMLVideoElement) => (video.srcObject as MediaStream).getVideoTracks()[0]!.id);
    const old = await trackId();
    await select.selectOption(values[1]!);
    await ada.page.waitForFunction(
      (id) => (document.querySelector<HTMLVideoElement>(".mirrored video")!.srcObject as MediaStream).getVideoTracks()[0]?.id !== id,
      old,
    );
    assert.notEqual(await trackId(), old);
    await grace.sees("Ada");
    assert.deepEqual(await ada.page.evaluate(() => (window as any).offers), []);
  });

  test("the more people, the smaller the camera that each is sent, and back", async () => {
    const ada = await lab.join("Ada", "sizes", {
      init: () => {
        const all: RTCPeerConnection[] = ((window as any).connections = []);
        window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(configuration?: RTCConfiguration) {
            super(configuration);
            all.push(this);
          }
        };
      },
    });
    const sends = (scale: number, n: number) =>
      ada.page.waitForFunction(
        ([wanted, count]) => {
          const open = (window as any).connections.filter((one: RTCPeerConnection) => one.connectionState === "connected");
          const senders: RTCRtpSender[] = open.flatMap((one: RTCPeerConnection) => one.getSenders()).filter((one: RTCRtpSender) => one.track?.kind === "video");
          return senders.length === count && senders.every((one) => one.getParameters().encodings[0]!.scaleResolutionDownBy === wanted);
        },
        [scale, n],
      );
    await lab.join("Grace", "sizes");
    await sends(1, 1);
    const alan = await lab.join("Alan", "sizes");
    await sends(1.5, 2);
    await alan.button("Leave").click();
    await sends(1, 1);
  });

  test("a screen: for those who are here, for late ones, and gone when it ends", async () => {
    const ada = await lab.join("Ada", "screen");
    const grace = await lab.join("Grace", "screen");
    await grace.sees("Ada");
    await ada.button("Share screen").click();
    await grace.sees("Ada’s screen");
    const late = await lab.join("Katherine", "screen");
    await late.sees("Ada’s screen");
    await late.sees("Ada");
    await ada.button("Stop sharing").click();
    await Promise.all([grace, late].map((person) => person.count(3)));
    // Again, and ended by the browser's own button.
    await ada.button("Share screen").click();
    await late.sees("Ada’s screen");
    await ada.tile("Your screen").locator("video").evaluate((video: HTMLVideoElement) => {
      const [track] = (video.srcObject as MediaStream).getVideoTracks();
      track!.stop();
      track!.dispatchEvent(new Event("ended"));
    });
    await Promise.all([ada, grace, late].map((person) => person.count(3)));
  });

  test("a shared screen is text or film, also while it is shared", async () => {
    const [ada] = await lab.meet("content", "Ada", "Grace");
    await ada!.button("Share screen").click();
    const hint = () =>
      ada!.tile("Your screen").locator("video").evaluate((video: HTMLVideoElement) => (video.srcObject as MediaStream).getVideoTracks()[0]!.contentHint);
    assert.equal(await hint(), "detail");
    await ada!.button("Devices").click();
    await ada!.page.getByRole("combobox", { name: "Shared screen" }).selectOption("motion");
    assert.equal(await hint(), "motion");
  });

  test("the full screen, and back", async () => {
    const ada = await lab.join("Ada", "full");
    const pressed = (state: boolean) => ada.page.locator(`button[aria-label="Full screen"][aria-pressed="${state}"]`).waitFor();
    await ada.page.keyboard.press("f");
    await pressed(true);
    assert.equal(await ada.page.evaluate(() => document.fullscreenElement === document.documentElement), true);
    await ada.button("Full screen").click();
    await pressed(false);
  });

  test("what is said before the other is reached arrives when he is", async () => {
    const ada = await lab.join("Ada", "early");
    const init = () => {
      const set = RTCPeerConnection.prototype.setRemoteDescription;
      const ready = new Promise((resolve) => ((window as any).goOn = resolve));
      RTCPeerConnection.prototype.setRemoteDescription = async function (description) {
        await ready;
        await (set as any).call(this, description);
      };
    };
    const grace = await lab.join("Grace", "early", { init });
    await grace.count(2);
    await grace.page.keyboard.press("c");
    await grace.page.getByLabel("Message everyone").fill("hello");
    await grace.page.keyboard.press("Enter");
    await grace.page.evaluate(() => (window as any).goOn());
    await ada.page.getByRole("button", { name: "Chat, 1 new" }).waitFor();
    await ada.sees("Grace");
    assert.equal(await ada.page.getByRole("button", { name: "Chat, 1 new" }).count(), 1);
  });

  test("four people: chat, reactions and pointers reach everybody, under the true name", async () => {
    const [ada, grace, alan, katherine] = (await Promise.all(
      ["Ada", "Grace", "Alan", "Katherine"].map((name) => lab.join(name, "four")),
    )) as [Person, Person, Person, Person];
    const all = [ada, grace, alan, katherine];
    await Promise.all(all.map((person) => person.count(4)));
    await Promise.all(all.flatMap((person) => all.filter((other) => other !== person).map(({ name }) => person.sees(name))));

    await ada.page.keyboard.press("c");
    await ada.page.getByLabel("Message everyone").fill("<img src=x onerror=alert(1)>\nhello");
    await ada.page.keyboard.press("Enter");
    for (const person of [grace, alan, katherine]) {
      await person.page.getByRole("button", { name: "Chat, 1 new" }).click();
      const entry = person.page.getByRole("log").locator("article");
      assert.match(await entry.innerText(), /^Ada .*\n+<img src=x onerror=alert\(1\)>\nhello$/);
      assert.equal(await person.page.locator(".chat-log img").count(), 0);
    }

    await grace.button("React").click();
    await grace.button("🎉").click();
    for (const person of [ada, alan, katherine]) {
      await person.tile("Grace").locator(".reaction").waitFor();
      await person.page.getByRole("status").getByText("Grace 🎉").waitFor();
    }

    await alan.button("Show my pointer").click();
    const box = (await alan.tile("Katherine").boundingBox())!;
    const move = async () => {
      await alan.page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.4);
      await alan.page.mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.5);
    };
    await move();
    // Over the same picture, wherever it is on the others' pages: Katherine's own is called "You".
    for (const [person, title] of [[ada, "Katherine"], [katherine, "You"]] as const) {
      const cursor = person.tile(title).locator(".cursor span");
      await cursor.waitFor();
      assert.equal(await cursor.innerText(), "Alan");
    }
    await alan.button("Show my pointer").click();
    await ada.tile("Katherine").locator(".cursor").waitFor({ state: "detached" });
  });

  test("leaving: devices are off, the others see it at once, one can come back", async () => {
    const ada = await lab.join("Ada", "leave");
    const grace = await lab.join("Grace", "leave");
    await ada.sees("Grace");
    const track = await grace.page.locator(".mirrored video").evaluateHandle((video: HTMLVideoElement) => (video.srcObject as MediaStream).getVideoTracks()[0]!);
    const begun = Date.now();
    await grace.button("Leave").click();
    await ada.count(1);
    assert.ok(Date.now() - begun < 2500, `${Date.now() - begun} ms`);
    await ada.page.getByRole("status").getByText("Grace has left").waitFor();
    assert.equal(await track.evaluate(({ readyState }) => readyState), "ended");
    await grace.button("Join again").click();
    await grace.enter();
    await Promise.all([ada.sees("Grace"), grace.sees("Ada")]);
  });

  test("a picture is enlarged and put back", async () => {
    await lab.join("Ada", "pin");
    const grace = await lab.join("Grace", "pin");
    await grace.sees("Ada");
    await grace.button("Enlarge Ada").click();
    await grace.page.locator(".stage.focused .stage-main .tile[aria-label='Ada']").waitFor();
    await grace.sees("Ada");
    await grace.button("Enlarge Ada").click();
    await grace.page.locator(".stage:not(.focused)").waitFor();
  });
});
