import type { IncomingHttpHeaders } from "node:http";

/** Stands in for the gateway's clips: pieces in order, one clip at a time, in memory. */
export type TestClips = {
  /** What has arrived of the clip. */
  received: Buffer;
  /** JPEG of the shopper, if it was sent. */
  still: Buffer | undefined;
  kept: boolean;
  /** So many pieces arrive half: their connection breaks and nobody is answered. */
  breakPieces: number;
  /** undefined: the connection is to be cut. */
  answer(call: string, headers: IncomingHttpHeaders, body: Buffer): TestReply | undefined;
};
export type TestReply = { status: number; body?: unknown; headers?: Record<string, string> };

const BASE = "/api/v1/mirrors/M2/clips";

export function createTestClips(): TestClips {
  let total = 0;
  const clips: TestClips = {
    received: Buffer.alloc(0),
    still: undefined,
    kept: false,
    breakPieces: 0,
    answer(call, headers, body) {
      if (call === `POST ${BASE}`) {
        const wanted: { bytes: number } = JSON.parse(body.toString());
        total = wanted.bytes;
        clips.received = Buffer.alloc(0);
        clips.kept = false;
        return { status: 201, body: { clipId: "clip-1", state: "uploading", received: 0, bytes: total } };
      }
      if (call === `PUT ${BASE}/clip-1/still`) {
        clips.still = body;
        return { status: 204 };
      }
      if (call === `DELETE ${BASE}/clip-1`) {
        clips.received = Buffer.alloc(0);
        clips.kept = false;
        return { status: 204 };
      }
      return call === `PUT ${BASE}/clip-1` ? piece(String(headers["content-range"]), body) : { status: 404 };
    },
  };

  function piece(range: string, body: Buffer): TestReply | undefined {
    const [, from] = /^bytes (\d+)-\d+\/\d+$/.exec(range) ?? [];
    if (from !== undefined) {
      if (Number(from) !== clips.received.length) return { status: 416 };
      if (clips.breakPieces > 0) {
        clips.breakPieces -= 1;
        clips.received = Buffer.concat([clips.received, body.subarray(0, Math.floor(body.length / 2))]);
        return undefined;
      }
      clips.received = Buffer.concat([clips.received, body]);
    }
    const { length } = clips.received;
    if (length < total) return { status: 308, headers: length === 0 ? {} : { range: `bytes=0-${length - 1}` } };
    clips.kept = true;
    const kept = { expiresAt: Date.now() + 24 * 3_600_000, url: "/s/clip", ownerUrl: "/s/clip#owner=secret" };
    return { status: 201, body: { clipId: "clip-1", state: "kept", received: length, bytes: total, ...kept } };
  }

  return clips;
}
