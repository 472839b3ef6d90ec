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
