// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// Which SCTP stream a channel's name has. Both sides derive it, so that nothing about it is sent.

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 16777619;
const N_IDS = 1023;

/**
 * The SCTP stream id of a channel: 32-bit FNV-1a over the name's UTF-16 code units, folded into
 * 1 to 1023. Stream 0 is the ctrl channel's. Names are compared as they are: no Unicode
 * normalisation, case matters.
 *
 * @param name - the channel's name, without prefix; may be empty
 */
export function channelId(name: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), FNV_PRIME) >>> 0;
  }
  return (hash % N_IDS) + 1;
}
