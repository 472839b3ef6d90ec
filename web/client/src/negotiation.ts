// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Perfect negotiation over one RTCPeerConnection. All steps of a connection are done one after the
// other, so that each finds the signaling state it needs and none overtakes another.
//
// The one side that is not polite ignores an offer that crosses its own. Originals may be impolite
// on both sides, by mistake; an ignored offer is therefore kept, and taken after all if the own one
// stays unanswered.

import { reason, type Log } from "./log.js";
import { withFixedExtensions, withoutStrayFeedback } from "./sdp.js";
import type { Extension } from "./signaling.js";

/** How long an own offer that crossed another one may stay unanswered. */
const UNANSWERED_MS = 2500;
const N_EARLY_CANDIDATES = 128;

export interface NegotiationHooks {
  isPolite(): boolean;
  /** Whether the peer is a client of this kind. */
  isOurKind(): boolean;
  /** Nothing can be sent to the peer and will not be. */
  isFrozen(): boolean;
  /** Before and after each description: transceivers are to say which streams they carry. */
  keepStreams(): void;
  send(description: { type: "offer" | "answer"; sdp: string }, numbers: Partial<Extension>): void;
  /** Offer and answer have met. */
  stable(): void;
}

interface IgnoredOffer {
  description: RTCSessionDescriptionInit;
  number: number | undefined;
  candidates: RTCIceCandidateInit[];
  timer: ReturnType<typeof setTimeout>;
}

export class Negotiation {
  /** What `getPeer()` shows; nothing here depends on it. */
  readonly status = {
    makingOffer: false,
    ignoreOffer: false,
    isSettingRemoteAnswerPending: false,
    negotiationNeeded: false,
    negotiationInProgress: false,
  };
  private steps: Promise<void> = Promise.resolve();
  private isOfferQueued = false;
  private nOffers = 0;
  private ignored: IgnoredOffer | undefined;
  private early: RTCIceCandidateInit[] = [];
  private isClosed = false;

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly hooks: NegotiationHooks,
    private readonly log: Log,
  ) {
    connection.onnegotiationneeded = () => {
      log.debug("onnegotiationneeded — creating offer");
      this.request();
    };
  }

  /** Makes an offer when the steps before are done. */
  request(): void {
    this.status.negotiationNeeded = true;
    if (this.isOfferQueued) return;
    this.isOfferQueued = true;
    this.step(() => this.offer());
  }

  /** Takes a description of the peer's, whose turn comes. */
  receive(description: { type: "offer" | "answer"; sdp: string }, extension?: Extension): void {
    this.log.debug(`Received ${description.type}`);
    this.step(() =>
      description.type === "offer"
        ? this.takeOffer(description, extension?.offer)
        : this.takeAnswer(description, extension?.answer),
    );
  }

  receiveCandidate(candidate: RTCIceCandidateInit): void {
    this.step(() => this.takeCandidate(candidate));
  }

  /** Runs when the steps before are done, whether they succeeded or not. */
  after(work: () => void): void {
    this.step(async () => work());
  }

  /** Sends the offer again that waits for an answer: the first may have been lost. */
  resend(): void {
    this.step(async () => {
      const offer = this.unanswered();
      if (offer) this.sendOffer(offer);
    });
  }

  close(): void {
    this.isClosed = true;
    this.connection.onnegotiationneeded = null;
    this.forgetIgnored();
  }

  private step(work: () => Promise<void>): void {
    this.steps = this.steps.then(async () => {
      if (this.isClosed) return;
      try {
        await work();
      } catch (error) {
        if (!this.isClosed) this.log.warn("Signaling error", { reason: reason(error) });
      }
    });
  }

  private async setLocal(description?: RTCLocalSessionDescriptionInit): Promise<void> {
    this.hooks.keepStreams();
    await this.connection.setLocalDescription(description);
    this.hooks.keepStreams();
  }

  private async setRemote(description: RTCSessionDescriptionInit): Promise<void> {
    await this.connection.setRemoteDescription(description);
    this.hooks.keepStreams();
  }

  private async offer(): Promise<void> {
    this.isOfferQueued = false;
    // The browser asks again when the signaling state is stable.
    if (this.hooks.isFrozen() || this.connection.signalingState !== "stable") return;
    const { status } = this;
    status.negotiationNeeded = false;
    status.makingOffer = status.negotiationInProgress = true;
    try {
      await this.setLocalOffer();
      const description = this.unanswered();
      if (!description) return;
      this.nOffers++;
      this.sendOffer(description);
    } finally {
      status.makingOffer = status.negotiationInProgress = false;
    }
  }

  /** Two clients of this kind number header extensions alike, so that their offers may cross. An
   *  original numbers as browsers do: to it, offers do the same. */
  private async setLocalOffer(): Promise<void> {
    const { connection } = this;
    if (this.hooks.isOurKind()) {
      const agreed = [connection.currentLocalDescription?.sdp, connection.currentRemoteDescription?.sdp];
      this.hooks.keepStreams();
      const { type, sdp } = await connection.createOffer();
      try {
        await this.setLocal({ type, sdp: sdp && withFixedExtensions(sdp, agreed) });
        return;
      } catch (error) {
        this.log.debug("The browser numbers header extensions itself", { reason: reason(error) });
      }
    }
    await this.setLocal();
  }

  /** The own offer that is out. None if whoever else has the connection has withdrawn it: then an
   *  older description is in its place. */
  private unanswered(): RTCSessionDescription | null {
    const { signalingState, localDescription } = this.connection;
    return signalingState === "have-local-offer" ? localDescription : null;
  }

  private sendOffer({ sdp }: RTCSessionDescription): void {
    this.hooks.send({ type: "offer", sdp: withoutStrayFeedback(sdp) }, { offer: this.nOffers });
    this.log.debug("Sent offer");
  }

  private async takeOffer(offer: RTCSessionDescriptionInit, number?: number): Promise<void> {
    const collides = this.connection.signalingState !== "stable";
    this.forgetIgnored();
    if (collides && !this.hooks.isPolite()) {
      this.log.debug("Ignoring colliding offer (impolite)");
      this.ignore(offer, number);
      return;
    }
    await this.answer(offer, number);
  }

  private async answer(offer: RTCSessionDescriptionInit, number?: number): Promise<void> {
    const { connection } = this;
    try {
      await this.setRemote(offer);
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "InvalidStateError") throw error;
      this.log.debug("Implicit rollback not supported, doing manual rollback");
      await this.setLocal({ type: "rollback" });
      await this.setRemote(offer);
    }
    await this.addEarlyCandidates();
    await this.setLocal();
    const answer = connection.localDescription;
    if (answer?.type !== "answer" || connection.signalingState !== "stable") return;
    this.hooks.send({ type: "answer", sdp: withoutStrayFeedback(answer.sdp) }, { answer: number });
    this.log.debug("Sent answer");
    this.hooks.stable();
  }

  private async takeAnswer(answer: RTCSessionDescriptionInit, number?: number): Promise<void> {
    if (this.connection.signalingState !== "have-local-offer") {
      this.log.debug("Dropping stale answer (already stable)");
      return;
    }
    if (number !== undefined && number !== this.nOffers) {
      this.log.debug("Dropping the answer to an offer that was withdrawn");
      return;
    }
    this.status.isSettingRemoteAnswerPending = true;
    try {
      await this.setRemote(answer);
    } finally {
      this.status.isSettingRemoteAnswerPending = false;
    }
    this.forgetIgnored();
    await this.addEarlyCandidates();
    this.hooks.stable();
  }

  private async takeCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.connection.remoteDescription) {
      if (this.early.length < N_EARLY_CANDIDATES) this.early.push(candidate);
      return;
    }
    if (this.ignored && this.ignored.candidates.length < N_EARLY_CANDIDATES) {
      this.ignored.candidates.push(candidate);
    }
    try {
      await this.connection.addIceCandidate(candidate);
    } catch (error) {
      // Of an ignored offer, or of an offer that was withdrawn.
      this.log.debug("Candidate not used", { reason: reason(error) });
    }
  }

  private async addEarlyCandidates(): Promise<void> {
    const early = this.early;
    this.early = [];
    for (const candidate of early) await this.takeCandidate(candidate);
  }

  private ignore(description: RTCSessionDescriptionInit, number?: number): void {
    this.status.ignoreOffer = true;
    const timer = setTimeout(() => this.step(() => this.giveWay()), UNANSWERED_MS);
    this.ignored = { description, number, candidates: [], timer };
  }

  private forgetIgnored(): void {
    this.status.ignoreOffer = false;
    clearTimeout(this.ignored?.timer);
    this.ignored = undefined;
  }

  /** Nobody answered the own offer: the other side ignores it as this one does the other's. */
  private async giveWay(): Promise<void> {
    const { ignored } = this;
    if (!ignored || this.connection.signalingState !== "have-local-offer") return;
    this.log.debug("Own offer unanswered; taking the one that was ignored");
    this.forgetIgnored();
    await this.setLocal({ type: "rollback" });
    await this.answer(ignored.description, ignored.number);
    for (const candidate of ignored.candidates) await this.takeCandidate(candidate);
  }
}
