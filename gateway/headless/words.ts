import type { Theirs } from "./connect.ts";
import type { Quality } from "./quality.ts";

/** What a peer is asked to do. One at a time. */
export type Job =
  /** A picture of what is shown now, as JPEG. */
  | { kind: "still" }
  /** Watches like a friend and measures for `seconds` from the first frame on. */
  | { kind: "probe"; seconds: number }
  /** Shows colour bars until it is stopped: a mirror without anybody before it. */
  | { kind: "show" };

export type Still = { jpeg: Uint8Array; width: number; height: number };
export type Done = { kind: "still"; still: Still } | { kind: "probe"; quality: Quality } | { kind: "show" };

/** From the gateway to the peer's process. `job` numbers a job: words about an older one are not heard. */
export type ToPeer =
  /** With an offer of the other side, which took `spentMs` to get; without, the peer makes one. */
  | { say: "start"; job: number; what: Job; theirs?: Theirs }
  /** Empty: its own answer was taken. */
  | { say: "answer"; job: number; sdp: string }
  | { say: "stop"; job: number };

/** From the peer's process to the gateway. */
export type FromPeer =
  /** It is loaded: from now on a job costs what it costs. */
  | { say: "ready" }
  /** Its offer, or its answer to theirs. */
  | { say: "sdp"; job: number; sdp: string }
  | { say: "connected"; job: number }
  | { say: "done"; job: number; done: Done }
  | { say: "failed"; job: number; reason: string };
