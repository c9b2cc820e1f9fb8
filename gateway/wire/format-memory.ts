import type { Decoded } from "./decoded.ts";

/**
 * What formats must remember between messages. Part of a record's first line, so that a record which begins in the middle
 * replays the same; holds only what structuredClone can copy, and no key.
 */
export type FormatMemory = {
  /** Sensors with a key, by address: their last counter. As many as there are keys. */
  sealed: Map<string, SealedMemory>;
  /** Sensors that number their packets, by address; the one that has been silent for longest leaves. */
  packets: Map<string, PacketMemory>;
  /** Sparkplug nodes, by "group/node"; the one that has been silent for longest leaves. */
  nodes: Map<string, NodeMemory>;
  counts: { sealedReplayed: number; sealedUnopened: number; packetsRepeated: number; sparkplugGaps: number };
};

/** `keyId`: which key the counter belongs to; with a new key a sensor begins anew. `at`: epoch ms. */
export type SealedMemory = { keyId: string; counter: number; at: number };
/** `said`: what the packet said, so that a number which comes round again is no repetition. */
export type PacketMemory = { packetId: number; said: string; at: number };
export type NodeMemory = {
  bdSeq?: number;
  /** Absent after a gap and before the first birth: nothing is known of what follows. */
  seq?: number;
  /** What the aliases of its births and of its devices' stand for. */
  aliases: Map<number, { name: string; datatype?: number }>;
  /** Device names below the node. */
  devices: Set<string>;
  /** When it was last asked to be born again, epoch ms. */
  askedAt?: number;
};

export const emptyMemory = (): FormatMemory => ({
  sealed: new Map(),
  packets: new Map(),
  nodes: new Map(),
  counts: { sealedReplayed: 0, sealedUnopened: 0, packetsRepeated: 0, sparkplugGaps: 0 },
});

/** A sensor's secret; `id` changes whenever an engineer sets a key, the same one too, and tells nothing of it. */
export type SensorKey = { id: string; key: Uint8Array };

/** What a decoder wants to be said to a device. It cannot say it itself. */
export type Ask = { ask: "rebirth"; group: string; node: string };

/** What a decoder has beside topic and bytes: what was heard before, the keys of the shop, and where else to put what it finds. */
export type Hearing = {
  memory: FormatMemory;
  /** Epoch ms of the message. */
  now: number;
  /** By canonical address, "54:48:e6:8f:80:a5". */
  keyOf(mac: string): SensorKey | undefined;
  ask(ask: Ask): void;
  /** What the message says of other devices than its own. */
  also: Decoded[];
  /** Something that an engineer should know although the message counts; the first one is told. */
  doubt?: string;
};

/** The newest entry goes to the end of the map; beyond `max` the longest silent leaves. */
export function rememberIn<Value>(map: Map<string, Value>, key: string, value: Value, max: number) {
  map.delete(key);
  map.set(key, value);
  if (map.size <= max) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
