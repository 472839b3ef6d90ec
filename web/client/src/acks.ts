// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Events that a peer answers. Only clients of this kind do; the originals' envelope has room for
// the number of the question, and the answer is a message of the library's own.

/** Why a peer gave no answer. `responses` are those of the other peers, if several were asked. */
export class AckError extends Error {
  override readonly name = "AckError";
  /** @internal */
  constructor(
    message: string,
    readonly peerId: string,
    /** Answers that did come, by peer. */
    readonly responses: unknown[] = [],
  ) {
    super(message);
  }
}

interface Waiting {
  resolve(response: unknown): void;
  reject(error: AckError): void;
  timer: ReturnType<typeof setTimeout>;
}

/** The questions to one peer that are open. */
export class Acks {
  private readonly waiting = new Map<number, Waiting>();
  private nAsked = 0;

  constructor(private readonly peerId: string) {}

  /** @returns the number of a new question, and its answer */
  ask(timeoutMs: number): { id: number; answer: Promise<unknown> } {
    const id = ++this.nAsked;
    const answer = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail(id, "operation has timed out"), timeoutMs);
      this.waiting.set(id, { resolve, reject, timer });
    });
    return { id, answer };
  }

  /** An answer came. */
  settle(id: unknown, response: unknown): void {
    const waiting = this.waiting.get(id as number);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.waiting.delete(id as number);
    waiting.resolve(response);
  }

  /** No more answers will come. */
  close(): void {
    for (const id of [...this.waiting.keys()]) this.fail(id, "peer has been disconnected");
  }

  private fail(id: number, why: string): void {
    const waiting = this.waiting.get(id)!;
    clearTimeout(waiting.timer);
    this.waiting.delete(id);
    waiting.reject(new AckError(why, this.peerId));
  }
}
