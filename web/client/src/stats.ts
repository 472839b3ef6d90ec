// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the rtcio authors

// What getStats() of a peer connection says, in the shapes that applications of rtc.io know and
// in those that its documents describe.

/** Reports by type. */
export type StatsByType = Map<string, { report: any; description: string }[]>;

/** Totals of a connection. What is unknown is absent. */
export interface RTCSample {
  /** Milliseconds since 1970. */
  timestamp: number;
  /** Round trip in milliseconds. */
  rtt?: number;
  /** The worst of the received streams, in milliseconds. */
  jitter?: number;
  /** Sum of the received streams. */
  packetsLost?: number;
  /** Sum of the received streams. */
  packetsReceived?: number;
  /** Sum of the received streams. */
  bytesReceived?: number;
  /** Sum of the sent streams. */
  packetsSent?: number;
  /** Sum of the sent streams. */
  bytesSent?: number;
  /** Of the last stream, such as `VP8`. */
  codecName?: string;
  /** Address of the path in use, on this side. */
  localAddress?: string;
  /** The same on the other side. */
  remoteAddress?: string;
  /** One for each stream that is received. */
  inboundRTP: any[];
  /** One for each stream that is sent. */
  outboundRTP: any[];
  /** The codecs in use. */
  codecs: any[];
}

/** How the two sides reach each other. */
export interface IceCandidateStats {
  /** All candidates of both sides. */
  iceCandidateStats: any[];
  /** The pair in use, if there is one. */
  selectedIceCandidatePairStats: { localCandidate: any; remoteCandidate: any } | undefined;
  /** Candidates of this side. */
  localCandidates: any[];
  /** Candidates of the other side. */
  remoteCandidates: any[];
  /** All pairs that were tried. */
  candidatePairs: any[];
}

async function reportsOf(connection: RTCPeerConnection): Promise<any[]> {
  const reports: any[] = [];
  (await connection.getStats()).forEach((report) => reports.push(report));
  return reports;
}

export async function statsByType(connection: RTCPeerConnection): Promise<StatsByType> {
  const byType: StatsByType = new Map();
  for (const report of await reportsOf(connection)) {
    const list = byType.get(report.type) ?? [];
    list.push({ report, description: report.type });
    byType.set(report.type, list);
  }
  return byType;
}

/** The candidate pair in use: browsers tell it in three ways. */
function selectedPair(reports: any[]): any {
  const transport = reports.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId);
  const pairs = reports.filter(({ type }) => type === "candidate-pair");
  return (
    pairs.find(({ id }) => id === transport?.selectedCandidatePairId) ??
    pairs.find(({ selected }) => selected) ??
    pairs.find(({ nominated, state }) => nominated && state === "succeeded")
  );
}

const byId = (reports: any[], id: unknown): any => reports.find((report) => report.id === id);
const address = (candidate: any): string | undefined => candidate?.address ?? candidate?.ip;

function total(reports: any[], key: string): number | undefined {
  const values = reports.map((report) => report[key]).filter((value) => typeof value === "number");
  return values.length ? values.reduce((sum, value) => sum + value, 0) : undefined;
}

function largest(reports: any[], key: string): number | undefined {
  const values = reports.map((report) => report[key]).filter((value) => typeof value === "number");
  return values.length ? Math.max(...values) : undefined;
}

export async function sessionStats(connection: RTCPeerConnection): Promise<RTCSample> {
  const reports = await reportsOf(connection);
  const ofType = (type: string): any[] => reports.filter((report) => report.type === type && !report.isRemote);
  const inboundRTP = ofType("inbound-rtp");
  const outboundRTP = ofType("outbound-rtp");
  const pair = selectedPair(reports);
  const roundTrip = largest(ofType("remote-inbound-rtp"), "roundTripTime") ?? pair?.currentRoundTripTime;
  const jitter = largest(inboundRTP, "jitter");
  const codecId = [...inboundRTP, ...outboundRTP].pop()?.codecId;
  const sample: RTCSample = {
    timestamp: reports.at(-1)?.timestamp ?? Date.now(),
    rtt: roundTrip === undefined ? undefined : roundTrip * 1000,
    jitter: jitter === undefined ? undefined : jitter * 1000,
    packetsLost: total(inboundRTP, "packetsLost"),
    packetsReceived: total(inboundRTP, "packetsReceived"),
    bytesReceived: total(inboundRTP, "bytesReceived"),
    packetsSent: total(outboundRTP, "packetsSent"),
    bytesSent: total(outboundRTP, "bytesSent"),
    codecName: byId(reports, codecId)?.mimeType?.split("/")[1],
    localAddress: address(byId(reports, pair?.localCandidateId)),
    remoteAddress: address(byId(reports, pair?.remoteCandidateId)),
    inboundRTP,
    outboundRTP,
    codecs: ofType("codec"),
  };
  for (const [key, value] of Object.entries(sample)) {
    if (value === undefined) delete (sample as unknown as Record<string, unknown>)[key];
  }
  return sample;
}

export async function iceCandidateStats(connection: RTCPeerConnection): Promise<IceCandidateStats> {
  const reports = await reportsOf(connection);
  const ofType = (type: string): any[] => reports.filter((report) => report.type === type);
  const localCandidates = ofType("local-candidate");
  const remoteCandidates = ofType("remote-candidate");
  const pair = selectedPair(reports);
  return {
    iceCandidateStats: [...localCandidates, ...remoteCandidates],
    selectedIceCandidatePairStats: pair && {
      localCandidate: byId(reports, pair.localCandidateId),
      remoteCandidate: byId(reports, pair.remoteCandidateId),
    },
    localCandidates,
    remoteCandidates,
    candidatePairs: ofType("candidate-pair"),
  };
}
