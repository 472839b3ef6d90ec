// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Files from peer to peer, over a channel of their own: `meta {tid, name, size, mime}`, then the
// bytes in chunks, then `eof {tid}`. One file at a time to each peer. The receiver tells how far
// it is (`ack {tid, bytes}`), so that the sender shows what has arrived and not what was handed to
// the browser; either side may end it (`cancel {tid}`). Originals know neither; their files work
// all the same.

import type { RTCIOChannel } from "rtcio-client";
import { Emitter } from "../lib/emitter.js";
import type { Participant } from "./participant.js";
import type { Room } from "./room.js";

const CHUNK = 64 * 1024;
const READ = 1024 * 1024;
const ACK_BYTES = 1024 * 1024;
/** Chunks are put together into blobs, which the browser may keep on disk. */
const JOIN_BYTES = 8 * 1024 * 1024;
/** What a peer may send before it is taken away or declined: one file, and all together. */
export const MAX_FILE = 2 * 1024 ** 3;
const MAX_HELD = 4 * 1024 ** 3;
/** Pictures are shown as they come, and so they are small and of kinds that cannot carry a script. */
export const MAX_PICTURE = 8 * 1024 * 1024;
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** How long a receipt may be missing when all was sent: of a page that has given one, and of another.
 *  One that comes later still counts. */
const RECEIPT_MS = 30_000;
const FIRST_RECEIPT_MS = 5000;
const LOOK_MS = 250;

/** `done`: it is there. `sent`: nobody says whether it is. */
export type TransferState = "waiting" | "running" | "done" | "sent" | "cancelled" | "failed";

/** A file on its way to or from one peer. */
export class Transfer {
  state: TransferState = "waiting";
  bytes = 0;
  /** What has arrived, when it is done. */
  blob: Blob | undefined;

  constructor(
    readonly tid: string,
    readonly peer: Participant,
    readonly incoming: boolean,
    readonly name: string,
    readonly size: number,
    /** Of a picture that is to be shown. */
    readonly picture: string | undefined,
    /** Ends it, on both sides. */
    readonly cancel: () => void,
  ) {}

  get isOver(): boolean {
    return this.state !== "waiting" && this.state !== "running";
  }
}

type Events = {
  /** A file of our own, to all who are here. */
  offered: [file: File, transfers: Transfer[], picture: boolean];
  incoming: [transfer: Transfer];
  progress: [transfer: Transfer];
};

/** What is sent to and received from one peer. */
class Line {
  private queue: { transfer: Transfer; file: File }[] = [];
  /** Waiting, being sent, or sent and not known to have arrived. */
  private readonly outgoing = new Map<string, Transfer>();
  private isSending = false;
  private handedBytes = 0;
  private givesReceipts = false;
  private receiving: { transfer: Transfer; parts: BlobPart[]; loose: number; acked: number } | undefined;

  constructor(
    private readonly channel: RTCIOChannel,
    private readonly owner: {
      peer: Participant;
      /** Whether its page is of a kind that gives no receipts. */
      isOriginal(): boolean;
      begin(transfer: Transfer): boolean;
      progress(transfer: Transfer): void;
    },
  ) {
    channel.on("meta", (meta: unknown) => this.onMeta(meta));
    channel.on("data", (data: unknown) => this.onData(data));
    channel.on("eof", (eof: any) => this.onEof(eof?.tid));
    channel.on("ack", (ack: any) => this.onAck(ack));
    channel.on("cancel", (cancel: any) => this.onCancel(cancel?.tid));
    channel.on("close", () => this.fail());
  }

  send(tid: string, file: File, picture: boolean): Transfer {
    const transfer = new Transfer(tid, this.owner.peer, false, file.name, file.size, picture ? file.type : undefined, () =>
      this.cancel(transfer),
    );
    this.outgoing.set(tid, transfer);
    this.queue.push({ transfer, file });
    void this.work();
    return transfer;
  }

  /** The peer is gone, and with it what was on its way. */
  fail(): void {
    const { receiving } = this;
    this.receiving = undefined;
    this.queue = [];
    for (const transfer of [...this.outgoing.values(), receiving?.transfer]) {
      if (transfer && !transfer.isOver) this.end(transfer, "failed");
    }
    this.outgoing.clear();
  }

  private end(transfer: Transfer, state: TransferState): void {
    transfer.state = state;
    if (state !== "sent" && this.outgoing.get(transfer.tid) === transfer) this.outgoing.delete(transfer.tid);
    this.owner.progress(transfer);
  }

  private cancel(transfer: Transfer): void {
    if (transfer.isOver) return;
    if (this.receiving?.transfer === transfer) this.receiving = undefined;
    this.channel.emit("cancel", { tid: transfer.tid });
    this.end(transfer, "cancelled");
  }

  // --- sending ---------------------------------------------------------------------------------

  private async work(): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      const { transfer, file } = next;
      if (transfer.isOver) continue;
      transfer.state = "running";
      this.owner.progress(transfer);
      try {
        await this.sendFile(transfer, file);
        void this.awaitReceipt(transfer, this.handedBytes);
      } catch {
        if (this.channel.readyState === "open") this.cancel(transfer);
        else if (!transfer.isOver) this.end(transfer, "failed");
      }
    }
    this.isSending = false;
  }

  private async sendFile(transfer: Transfer, file: File): Promise<void> {
    const { tid, name, size, picture } = transfer;
    await this.give({ e: "meta", d: [{ tid, name, size, mime: file.type, inline: picture !== undefined }] });
    const begun = this.handedBytes;
    for (let at = 0; at < size; at += READ) {
      const block = new Uint8Array(await file.slice(at, at + READ).arrayBuffer());
      if (block.length < Math.min(READ, size - at)) throw new Error("the file has changed");
      for (let i = 0; i < block.length; i += CHUNK) {
        if (transfer.isOver) return;
        await this.give(block.subarray(i, i + CHUNK));
      }
      if (this.owner.isOriginal()) this.advance(transfer, this.leftBytes - begun);
    }
    if (!transfer.isOver) await this.give({ e: "eof", d: [{ tid }] });
  }

  /** Sends and, when the browser has enough, waits until it wants more. */
  private async give(data: Uint8Array<ArrayBuffer> | object): Promise<void> {
    const { channel } = this;
    if (channel.readyState === "closed") throw new Error("the peer is gone");
    const message = data instanceof Uint8Array ? data : JSON.stringify(data);
    this.handedBytes += message.length;
    if (channel.send(message)) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (how: () => void) => () => {
        channel.off("drain", onDrain);
        channel.off("close", onClose);
        how();
      };
      const onDrain = settle(resolve);
      const onClose = settle(() => reject(new Error("the peer is gone")));
      channel.on("drain", onDrain);
      channel.on("close", onClose);
    });
  }

  /** Bytes that the browser has sent. */
  private get leftBytes(): number {
    return this.handedBytes - this.channel.bufferedAmount;
  }

  private advance(transfer: Transfer, bytes: number): void {
    if (transfer.isOver) return;
    transfer.bytes = Math.max(transfer.bytes, Math.min(bytes, transfer.size));
    this.owner.progress(transfer);
  }

  /** All was handed over, the last byte as number `end`: sees to it that the transfer ends, whether
   *  the other page tells that it has arrived or not. */
  private async awaitReceipt(transfer: Transfer, end: number): Promise<void> {
    let quietSince = performance.now();
    for (let bytes = transfer.bytes; !transfer.isOver; ) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const now = performance.now();
      if (this.leftBytes < end || transfer.bytes !== bytes) quietSince = now;
      bytes = transfer.bytes;
      const patience = this.owner.isOriginal() ? 0 : this.givesReceipts ? RECEIPT_MS : FIRST_RECEIPT_MS;
      if (this.leftBytes >= end && now - quietSince >= patience && !transfer.isOver) this.end(transfer, "sent");
    }
  }

  private onAck(ack: any): void {
    const transfer = this.outgoing.get(ack?.tid);
    if (!transfer || typeof ack.bytes !== "number") return;
    this.givesReceipts = true;
    if (ack.done === true && ack.bytes === transfer.size) {
      transfer.bytes = transfer.size;
      this.end(transfer, "done");
    } else {
      this.advance(transfer, ack.bytes);
    }
  }

  private onCancel(tid: unknown): void {
    if (typeof tid !== "string") return;
    const transfer = this.outgoing.get(tid) ?? (this.receiving?.transfer.tid === tid ? this.receiving.transfer : undefined);
    if (!transfer || (transfer.isOver && transfer.state !== "sent")) return;
    if (this.receiving?.transfer === transfer) this.receiving = undefined;
    this.end(transfer, "cancelled");
  }

  // --- receiving -------------------------------------------------------------------------------

  private onMeta(meta: any): void {
    const { tid, size } = meta ?? {};
    if (typeof tid !== "string" || tid.length > 64 || !Number.isSafeInteger(size) || size < 0) return;
    if (this.receiving) this.end(this.receiving.transfer, "failed");
    const picture = meta.inline === true && size <= MAX_PICTURE && PICTURES.includes(meta.mime) ? meta.mime : undefined;
    const transfer = new Transfer(tid, this.owner.peer, true, cleanFileName(meta.name), size, picture, () =>
      this.cancel(transfer),
    );
    this.receiving = undefined;
    if (size > MAX_FILE || !this.owner.begin(transfer)) {
      this.channel.emit("cancel", { tid });
      return;
    }
    transfer.state = "running";
    this.receiving = { transfer, parts: [], loose: 0, acked: 0 };
    this.owner.progress(transfer);
  }

  private onData(data: unknown): void {
    const { receiving } = this;
    if (!receiving || !(data instanceof ArrayBuffer)) return;
    const { transfer, parts } = receiving;
    if (transfer.bytes + data.byteLength > transfer.size) {
      this.cancel(transfer);
      return;
    }
    parts.push(data);
    transfer.bytes += data.byteLength;
    receiving.loose += data.byteLength;
    if (receiving.loose >= JOIN_BYTES) {
      receiving.parts = [new Blob(parts)];
      receiving.loose = 0;
    }
    if (transfer.bytes - receiving.acked >= ACK_BYTES) {
      receiving.acked = transfer.bytes;
      this.channel.emit("ack", { tid: transfer.tid, bytes: transfer.bytes });
      this.owner.progress(transfer);
    }
  }

  private onEof(tid: unknown): void {
    const { receiving } = this;
    if (!receiving || receiving.transfer.tid !== tid) return;
    const { transfer, parts } = receiving;
    this.receiving = undefined;
    if (transfer.bytes !== transfer.size) {
      this.end(transfer, "failed");
      this.channel.emit("cancel", { tid });
      return;
    }
    // The type is ours: a file is something to keep, never a page to open.
    transfer.blob = new Blob(parts, { type: transfer.picture ?? "application/octet-stream" });
    this.channel.emit("ack", { tid, bytes: transfer.bytes, done: true });
    this.end(transfer, "done");
  }
}

export class Transfers extends Emitter<Events> {
  private readonly lines = new Map<string, Line>();
  private held = 0;

  constructor(private readonly room: Room) {
    super();
    // To all, so that both ends have it from the start and nothing is lost.
    room.socket.createChannel("file");
    room.on("came", (participant) => this.connect(participant));
    room.on("went", ({ id }) => {
      this.lines.get(id)?.fail();
      this.lines.delete(id);
    });
  }

  /** Sends a file to everybody who is here. Returns what is wrong with it, if something is. */
  offer(file: File, asPicture = false): string | undefined {
    if (file.size > MAX_FILE) return `${file.name} is too large: files may have 2 GB.`;
    const here = [...this.room.participants.values()].filter(({ reach }) => reach === "connected");
    if (!here.length) return "Nobody else is here to get a file.";
    const picture = asPicture && file.size <= MAX_PICTURE && PICTURES.includes(file.type);
    const transfers = here.flatMap(({ id }) => {
      const line = this.lines.get(id);
      if (!line) return [];
      return [line.send(randomTid(), file, picture)];
    });
    this.fire("offered", file, transfers, picture);
    return undefined;
  }

  /** A file that arrived is no longer needed here. */
  release(transfer: Transfer): void {
    if (!transfer.blob) return;
    this.held -= transfer.size;
    transfer.blob = undefined;
  }

  private connect(participant: Participant): void {
    const channel = this.room.socket.peer(participant.id).createChannel("file");
    const line = new Line(channel, {
      peer: participant,
      isOriginal: () => this.room.socket.getPeer(participant.id)?.extended !== true,
      begin: (transfer) => {
        if (this.held + transfer.size > MAX_HELD) return false;
        this.held += transfer.size;
        this.fire("incoming", transfer);
        return true;
      },
      progress: (transfer) => {
        if (transfer.incoming && (transfer.state === "cancelled" || transfer.state === "failed")) {
          this.held -= transfer.size;
        }
        this.fire("progress", transfer);
      },
    });
    this.lines.set(participant.id, line);
  }
}

/** Names a transfer. (Pages without TLS have no `crypto.randomUUID()`.) */
function randomTid(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("");
}

/** A name to save under: no folders, nothing that ends it early. */
export function cleanFileName(value: unknown): string {
  const text = typeof value === "string" ? value : "";
  const name = text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069/\\:*?"<>|]+/gu, "_").replace(/^\.+/, "");
  return [...name].slice(-120).join("").trim() || "file";
}
