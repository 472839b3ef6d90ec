// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// From the address to the lobby, from there into the call, and out again.

import { LocalMedia } from "./call/media.js";
import { Room } from "./call/room.js";
import { el } from "./lib/dom.js";
import { cleanRoom, randomRoom } from "./lib/names.js";
import { CallView } from "./ui/call.js";
import { Lobby } from "./ui/lobby.js";
import { useTheme } from "./ui/theme.js";

/** The room in the address; a new one goes into it. */
function roomFromAddress(): string {
  const url = new URL(location.href);
  const wanted = cleanRoom(url.searchParams.get("room"));
  if (wanted !== undefined) return wanted;
  const room = randomRoom();
  url.searchParams.set("room", room);
  history.replaceState(null, "", url);
  return room;
}

function visit(): void {
  const media = new LocalMedia();
  const room = new Room(roomFromAddress(), media);
  const call = new CallView(room, () => leave());
  const lobby = new Lobby(room, enter);
  let entered = false;
  room.on("removed", (reason) => leave("You have been taken out of the room", reason));

  function enter(): void {
    if (entered) return;
    entered = true;
    lobby.close();
    document.body.replaceChildren(call.element);
    call.show();
  }

  function leave(title = "You have left", text = room.id): void {
    room.leave();
    media.close();
    call.close();
    showFarewell(title, text);
  }

  document.title = `${room.id} · rtcio`;
  document.body.replaceChildren(lobby.element);
  lobby.focus();
  void media.open();
  window.addEventListener("pagehide", () => room.leave());
  // A page that comes back from the browser's memory has left the room.
  window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
}

function showFarewell(title: string, text: string): void {
  const again = el("button", { type: "button", class: "primary", onclick: () => location.reload() }, "Join again");
  document.body.replaceChildren(
    el(
      "main",
      { class: "farewell" },
      el("h1", {}, title),
      el("p", {}, text),
      again,
      el("a", { class: "plain wide", href: location.pathname }, "New room"),
    ),
  );
  again.focus();
}

useTheme();
visit();
