// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// How a video sender is told its bitrate and the like.

/** Settings of a stream's video. What is absent is left to the browser. */
export interface VideoEncodingConfig {
  /** Most bits per second. */
  maxBitrate?: number;
  /** Most frames per second. */
  maxFramerate?: number;
  /** What gives way when bandwidth is short. */
  degradationPreference?: "maintain-framerate" | "maintain-resolution" | "balanced";
  /** What the pictures are; set on every video track of the stream. */
  contentHint?: "" | "motion" | "detail" | "text";
  /** Share of the bandwidth relative to other streams. */
  priority?: RTCPriorityType;
  /** Marking of the packets for the network. */
  networkPriority?: RTCPriorityType;
  /** Divides width and height; at least 1. */
  scaleResolutionDownBy?: number;
}

const encodingKeys = [
  "maxBitrate",
  "maxFramerate",
  "priority",
  "networkPriority",
  "scaleResolutionDownBy",
] as const;

// A change reads the parameters and writes them back with their transaction id, so that two at a
// time would make one of them fail.
const changes = new WeakMap<RTCRtpSender, Promise<void>>();

/**
 * Gives a sender the settings, after those it was given before.
 *
 * @param reset - whether what the settings lack is set back to the browser's choice
 * @returns settles when the sender has them, or rejects with the browser's reason
 */
export function applyEncoding(
  sender: RTCRtpSender,
  config: VideoEncodingConfig,
  reset = false,
): Promise<void> {
  const change = (changes.get(sender) ?? Promise.resolve()).then(() => {
    const parameters = sender.getParameters() as RTCRtpSendParameters & {
      degradationPreference?: string;
    };
    if (!parameters.encodings?.length) parameters.encodings = [{}];
    for (const encoding of parameters.encodings) merge(encoding, config, reset);
    if (config.degradationPreference !== undefined) {
      parameters.degradationPreference = config.degradationPreference;
    } else if (reset) {
      delete parameters.degradationPreference;
    }
    return sender.setParameters(parameters);
  });
  changes.set(
    sender,
    change.catch(() => {}),
  );
  return change;
}

function merge(encoding: RTCRtpEncodingParameters, config: VideoEncodingConfig, reset: boolean) {
  const target = encoding as Record<string, unknown>;
  for (const key of encodingKeys) {
    if (config[key] !== undefined) target[key] = config[key];
    else if (reset) delete target[key];
  }
}
