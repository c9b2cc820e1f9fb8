import type { Op } from "./schema.ts";

/** What crosses the border between the gateway's thread and the writer's. */
export type ToWriter =
  | { type: "batch"; batch: number; firstId: number; events: string[]; ops: Op[] }
  | { type: "info" }
  | { type: "reload" }
  | { type: "backup"; path: string }
  | { type: "close" };

export type FromWriter =
  | { type: "loaded"; loaded: Loaded }
  /** At start: the file cannot be used, and why. */
  | { type: "refused"; reason: string }
  | { type: "committed"; batch: number }
  | { type: "failed"; batch: number; message: string }
  | { type: "info"; info: StorageInfo }
  | { type: "backed-up"; error?: string }
  /** Copies of the database that were put aside and are deleted now; `failed` ones are still there. */
  | { type: "copies-removed"; why: "erasure" | "age"; removed: string[]; failed: string[] }
  | { type: "closed" };

/** Everything on disk, as the gateway needs it at start and after a failed commit. */
export type Loaded = {
  lastId: number;
  snapshot?: { upTo: number; body: Uint8Array };
  /** Journal rows after the snapshot, oldest first, each the JSON of a DomainEvent. */
  events: { id: number; body: string }[];
  facts: Record<string, number>;
  retained: { topic: string; payload: Uint8Array; qos: number; client: string | null }[];
  subscriptions: { client: string; filter: string; qos: number }[];
  /** `message` is the packet id it was or will be sent with; `released` 1 after the subscriber's PUBREC. */
  outgoing: {
    id: number;
    client: string;
    topic: string;
    payload: Uint8Array;
    qos: number;
    message: number | null;
    released: number;
  }[];
  incoming: { client: string; message: number }[];
};

/** Asked of the live connection, not of what was configured. */
export type StorageInfo = { synchronous: number; journalMode: string; journalRows: number; bytes: number };
