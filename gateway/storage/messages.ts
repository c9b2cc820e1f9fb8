import type { Op } from "./schema.ts";

/** What crosses the border between the gateway's thread and the writer's. */
export type ToWriter =
  | { type: "batch"; batch: number; firstId: number; events: string[]; ops: Op[] }
  | { type: "info" }
  | { type: "reload" }
  | { type: "backup"; path: string }
  | ({ type: "read" } & ReadQuestion)
  | { type: "close" };

export type FromWriter =
  | { type: "loaded"; loaded: Loaded }
  /** At start: the file cannot be used, and why. */
  | { type: "refused"; reason: string }
  | { type: "committed"; batch: number }
  | { type: "failed"; batch: number; message: string }
  | { type: "info"; info: StorageInfo }
  | { type: "backed-up"; error?: string }
  | { type: "read"; page: PageOfRows | { error: string } }
  /** Copies of the database that were put aside and are deleted now; `failed` ones are still there. */
  | { type: "copies-removed"; why: "erasure" | "age"; removed: string[]; failed: string[] }
  | { type: "closed" };

/** Rows after `after`, at most `limit` of them looked at, oldest first; with `types` only those of these types come. */
export type ReadQuestion = { after: number; limit: number; types?: readonly string[] };
export type PageOfRows = {
  rows: { id: number; body: string }[];
  /** The last row looked at, whatever its type; `after` when there was none. */
  upTo: number;
  /** The oldest row that the journal still holds; 0 when it holds none. */
  first: number;
  /** More rows follow. */
  more: boolean;
};

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
