// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// The few things that the library reads and mends in session descriptions.

/**
 * Which peer connection a description comes from: the session id of its `o=` line and the
 * fingerprint of its certificate, neither of which ever changes within one connection.
 */
export function connectionIdentity(sdp: string): string {
  const session = /^o=\S+ (\S+)/m.exec(sdp)?.[1] ?? "";
  const fingerprint = /^a=fingerprint:(\S+ \S+)/m.exec(sdp)?.[1]?.toLowerCase() ?? "";
  return `${session} ${fingerprint}`;
}

/**
 * Firefox leaves the feedback lines of payload types that codec preferences took out, and others
 * then refuse the description. Drops what belongs to no payload type of its section.
 */
export function withoutStrayFeedback(sdp: string): string {
  let formats: Set<string> | undefined;
  return sdp
    .split("\r\n")
    .filter((line) => {
      const media = /^m=\S+ \S+ \S+ (.*)/.exec(line);
      if (media) formats = new Set(media[1]!.trim().split(" "));
      const feedback = /^a=(?:rtcp-fb|fmtp|rtpmap):(\S+)/.exec(line);
      return !feedback || !formats || feedback[1] === "*" || formats.has(feedback[1]!);
    })
    .join("\r\n");
}

/** The numbers that Chromium gives header extensions in an offer of sound and pictures. */
const EXTENSION_IDS: Record<string, number> = {
  "urn:ietf:params:rtp-hdrext:ssrc-audio-level": 1,
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time": 2,
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01": 3,
  "urn:ietf:params:rtp-hdrext:sdes:mid": 4,
  "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay": 5,
  "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type": 6,
  "http://www.webrtc.org/experiments/rtp-hdrext/video-timing": 7,
  "http://www.webrtc.org/experiments/rtp-hdrext/color-space": 8,
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id": 10,
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id": 11,
  "urn:3gpp:video-orientation": 13,
  "urn:ietf:params:rtp-hdrext:toffset": 14,
};
/** Numbers that no extension of these has. */
const SPARE_IDS = [12, 9];
const EXTENSION = /^a=extmap:(\d+)((?:\/\w+)? (\S+).*)$/gm;

/**
 * Gives each header extension of an offer the number that it has with everybody. Browsers number
 * them as they come, so that an offer of sound alone calls 4 what one of pictures alone does not;
 * and they keep a number even when the offer that had it was withdrawn. Two such offers that cross
 * would then never be answered.
 *
 * @param agreed - the descriptions that are in force: their numbers stay
 */
export function withFixedExtensions(sdp: string, agreed: (string | undefined)[]): string {
  const ids = new Map<string, number>();
  for (const description of agreed) {
    for (const [, id, , uri] of description?.matchAll(EXTENSION) ?? []) ids.set(uri!, Number(id));
  }
  const choose = (uri: string, given: number): number => {
    const isFree = (id: number | undefined): boolean => id !== undefined && ![...ids.values()].includes(id);
    return [EXTENSION_IDS[uri], ...SPARE_IDS].find(isFree) ?? given;
  };
  return sdp.replace(EXTENSION, (_line, given: string, rest: string, uri: string) => {
    const id = ids.get(uri) ?? choose(uri, Number(given));
    ids.set(uri, id);
    return `a=extmap:${id}${rest}`;
  });
}
