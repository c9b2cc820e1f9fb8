import type { DomainEvent, EventOf } from "./events.ts";

/**
 * A room is pure: it owns one part of the state, applies events to it and offers `decide…` functions beside it.
 * State holds only what structuredClone can copy (Maps are fine), because snapshots are taken of it.
 */
export type Room<State> = {
  name: string;
  initial(): State;
  evolve: Evolve<State>;
};

/**
 * One function per event the room cares about. It may change the state in place and never refuses an event. `journalId` is
 * known of what is on disk already: by it one may keep what only people read, never what decides.
 */
export type Evolve<State> = {
  [T in DomainEvent["type"]]?: (state: State, event: EventOf<T>, journalId?: number) => void;
};

/** What every decision may know besides state and input. No clock, no randomness: both come from the record. */
export type Context = {
  /** Epoch ms of the input being decided. */
  now: number;
  /** A hex string of 64 characters that depends only on the shop's seed and `label`. */
  derive(label: string): string;
};

/** What a decision answers to a command that someone is waiting for. */
export type Decision<Value = Record<string, never>> =
  | { ok: true; events: DomainEvent[]; value: Value }
  | { ok: false; problem: Problem };

/**
 * RFC 9457 problem, before it has a request to belong to. `mistakes`: all of them, where there may be many; `current`: the
 * version that is there now.
 */
export type Problem = {
  status: number;
  type: string;
  title: string;
  detail?: string;
  mistakes?: { field: string; detail: string }[];
  current?: number;
};
