/** What a friend would have seen, measured by a peer that decodes every frame. */
export type Quality = {
  /** As in "video/VP8". */
  codec: string;
  width: number;
  height: number;
  /** From asking to the first decoded frame, ms. */
  firstFrameMs: number;
  /** How long was measured after that, seconds. */
  seconds: number;
  frames: number;
  framesPerSecond: number;
  freezes: number;
  /** All freezes together, ms. */
  frozenMs: number;
  bitsPerSecond: number;
  /** Answers to connectivity checks, mean, ms; undefined while none has come. */
  roundTripMs: number | undefined;
  /** Packets that never came, of all that were sent: 0..1. */
  lossShare: number;
  /** Which way the picture came. */
  protocol: string;
  address: string;
  /** Through a TURN relay. */
  relayed: boolean;
};

const meanOf = 30;

/**
 * Freezes as W3C counts them in `freezeCount` and `totalFreezesDuration` (webrtc-stats, RTCInboundRtpStreamStats): a gap
 * between two frames of at least max(3 × mean, mean + 150 ms), the mean being that of the last 30 gaps. `timesMs`: when each
 * frame came; `untilMs`: when looking ended, so that a picture that stands still at the end counts too.
 */
export function countFreezes(timesMs: readonly number[], untilMs: number): { freezes: number; frozenMs: number } {
  const gaps: number[] = [];
  let [freezes, frozenMs] = [0, 0];
  for (const [index, atMs] of timesMs.entries()) {
    const isLast = index === timesMs.length - 1;
    const gapMs = (timesMs[index + 1] ?? untilMs) - atMs;
    const recent = gaps.slice(-meanOf);
    const meanMs = recent.reduce((sum, gap) => sum + gap, 0) / Math.max(1, recent.length);
    if (recent.length > 0 && gapMs >= Math.max(3 * meanMs, meanMs + 150)) {
      freezes += 1;
      frozenMs += gapMs;
    }
    if (!isLast) gaps.push(gapMs);
  }
  return { freezes, frozenMs };
}

/** The entries of RTCStatsReport that are read here; libwebrtc leaves some of them out at first. */
export type StatsEntry = {
  id: string;
  type: string;
  kind?: string;
  codecId?: string;
  mimeType?: string;
  bytesReceived?: number;
  packetsReceived?: number;
  packetsLost?: number;
  nominated?: boolean;
  selectedCandidatePairId?: string;
  totalRoundTripTime?: number;
  responsesReceived?: number;
  remoteCandidateId?: string;
  localCandidateId?: string;
  candidateType?: string;
  protocol?: string;
  address?: string;
  ip?: string;
};

/** What of a report of the peer connection says how the picture came. */
export function readStats(entries: readonly StatsEntry[]) {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const inbound = entries.find(({ type, kind }) => type === "inbound-rtp" && kind === "video");
  const { selectedCandidatePairId } = entries.find(({ type }) => type === "transport") ?? {};
  // while checks go on the pair in use may not be the nominated one
  const pair =
    byId.get(selectedCandidatePairId ?? "") ??
    entries.find(({ type, nominated }) => type === "candidate-pair" && nominated);
  const remote = byId.get(pair?.remoteCandidateId ?? "");
  const { totalRoundTripTime = 0, responsesReceived = 0 } = pair ?? {};
  return {
    codec: byId.get(inbound?.codecId ?? "")?.mimeType ?? "",
    bytes: inbound?.bytesReceived ?? 0,
    packets: inbound?.packetsReceived ?? 0,
    // packets that came twice make it negative [RFC 3550 6.4.1]
    lost: Math.max(0, inbound?.packetsLost ?? 0),
    roundTripMs: responsesReceived > 0 ? (1_000 * totalRoundTripTime) / responsesReceived : undefined,
    protocol: remote?.protocol ?? "",
    address: remote?.address ?? remote?.ip ?? "",
    relayed: byId.get(pair?.localCandidateId ?? "")?.candidateType === "relay",
  };
}
