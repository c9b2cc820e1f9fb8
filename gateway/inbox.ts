/** A payload that nobody could decode, as the engineer sees it. */
export type InboxSample = {
  at: number;
  topic: string;
  client: string;
  sizeBytes: number;
  reason: string;
  sampleHex: string;
};

const samplesKept = 200;
const sampleBytes = 64;
const textLimit = 200;

/** The newest unknown payloads; older ones leave. The count goes on. */
export function createInbox() {
  const samples: InboxSample[] = [];
  let total = 0;
  return {
    add({
      payload,
      topic,
      client,
      reason,
      at,
    }: {
      at: number;
      topic: string;
      client: string;
      payload: Uint8Array;
      reason: string;
    }) {
      total++;
      samples.push({
        at,
        topic: topic.slice(0, textLimit),
        client: client.slice(0, textLimit),
        sizeBytes: payload.byteLength,
        reason: reason.slice(0, textLimit),
        sampleHex: Buffer.from(payload.subarray(0, sampleBytes)).toString("hex"),
      });
      if (samples.length > samplesKept) samples.shift();
    },
    /** Newest first. */
    list: () => samples.toReversed(),
    total: () => total,
  };
}
