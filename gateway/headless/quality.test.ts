import { expect, test } from "vitest";
import { countFreezes, readStats } from "./quality.ts";

const steady = (frames: number, everyMs: number) => Array.from({ length: frames }, (_, index) => index * everyMs);

test("a steady picture has no freeze, at thirty frames a second or at five", () => {
  expect(countFreezes(steady(60, 33), 60 * 33)).toEqual({ freezes: 0, frozenMs: 0 });
  expect(countFreezes(steady(20, 200), 20 * 200)).toEqual({ freezes: 0, frozenMs: 0 });
});

test("a gap is a freeze from three times the usual on, and at least 150 ms more than it", () => {
  const after = (gapMs: number) => [...steady(31, 33), 30 * 33 + gapMs, 30 * 33 + gapMs + 33];
  const freezesAfter = (gapMs: number) => countFreezes(after(gapMs), 30 * 33 + gapMs + 66);
  expect(freezesAfter(182).freezes).toBe(0);
  expect(freezesAfter(183)).toEqual({ freezes: 1, frozenMs: 183 });
  const slow = [...steady(31, 100), 30 * 100 + 299, 30 * 100 + 399];
  expect(countFreezes(slow, 3_400).freezes).toBe(0);
  expect(countFreezes([...steady(31, 100), 3_300], 3_400)).toEqual({ freezes: 1, frozenMs: 300 });
});

test("a picture that stands still when looking ends is a freeze up to that moment", () => {
  expect(countFreezes(steady(30, 33), 29 * 33 + 4_000)).toEqual({ freezes: 1, frozenMs: 4_000 });
  expect(countFreezes([], 5_000)).toEqual({ freezes: 0, frozenMs: 0 });
});

test("a report of the connection without anything in it yet is read as nothing, not as a failure", () => {
  expect(readStats([])).toEqual({
    ...{ codec: "", bytes: 0, packets: 0, lost: 0, roundTripMs: undefined, protocol: "", address: "", relayed: false },
  });
  const pair = { id: "p", type: "candidate-pair", remoteCandidateId: "r" };
  const report = [
    {
      id: "v",
      type: "inbound-rtp",
      kind: "video",
      codecId: "c",
      bytesReceived: 10,
      packetsReceived: 2,
      packetsLost: -1,
    },
    { id: "c", type: "codec", mimeType: "video/VP8" },
    { id: "t", type: "transport", selectedCandidatePairId: "p" },
    { id: "q", type: "candidate-pair", nominated: true, remoteCandidateId: "other" },
    { id: "l", type: "local-candidate", candidateType: "relay" },
    { ...pair, localCandidateId: "l", totalRoundTripTime: 0.03, responsesReceived: 2 },
    { id: "r", type: "remote-candidate", protocol: "tcp", ip: "192.0.2.7" },
  ];
  const read = { codec: "video/VP8", bytes: 10, packets: 2, lost: 0, roundTripMs: 15, protocol: "tcp", relayed: true };
  expect(readStats(report)).toEqual({ ...read, address: "192.0.2.7" });
  const nominated = report.map((entry) => (entry.id === "p" ? { ...entry, nominated: true } : entry));
  expect(readStats(nominated.filter(({ id }) => id !== "t" && id !== "q")).address).toBe("192.0.2.7");
});
