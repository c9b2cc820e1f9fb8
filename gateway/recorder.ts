import type { Command } from "#wire/commands.ts";
import type { DomainEvent } from "./events.ts";

/** A line of a record: an MQTT message, a command, how it began, or a sign of life. */
export type RecordLine =
  | {
      at: number;
      command: "begin";
      /** `memory`: what the formats remembered; it holds no key. */
      body: { storeId: string; seed: string; tickedUntil: number; state: string; memory: string };
    }
  /** Time passed and nothing else happened. */
  | { at: number; command: "tick"; body: Record<string, never> }
  /** Nothing could be heard from `since` to `at`. */
  | { at: number; command: "deaf"; body: { since: number } }
  | { at: number; command: Command["command"]; body: Omit<Command, "command"> }
  | {
      at: number;
      topic: string;
      payload: string;
      client?: string;
      qos?: number;
      retain?: boolean;
      outside?: "said" | "kept";
      encoding?: "base64";
    };

type Message = {
  topic: string;
  payload: Uint8Array;
  client: string;
  qos: number;
  retain: boolean;
  outside?: "said" | "kept";
};

/** Seconds that pass in silence are not written one by one; a replay makes up for this much of it (see pipeline.ts). */
const signOfLifeMs = 60_000;

/** Writes every input as a JSON line to whoever listens; costs nothing while nobody does. */
export function createRecorder() {
  const listeners = new Set<(line: string) => void>();
  const eventListeners = new Set<(event: DomainEvent) => void>();

  let lastLineAt = 0;

  function write(line: RecordLine) {
    lastLineAt = line.at;
    const text = JSON.stringify(line);
    for (const listener of listeners) listener(text);
  }

  return {
    listen(onLine: (line: string) => void): () => void {
      listeners.add(onLine);
      return () => void listeners.delete(onLine);
    },
    /** Every event as it is decided, for `vitrine replay`. */
    onDecided(onEvent: (event: DomainEvent) => void) {
      eventListeners.add(onEvent);
    },
    decided(event: DomainEvent) {
      for (const listener of eventListeners) listener(event);
    },
    /** Called when time alone was the input. */
    tick(at: number) {
      if (listeners.size > 0 && Math.abs(at - lastLineAt) >= signOfLifeMs) write({ at, command: "tick", body: {} });
    },
    deaf(at: number, since: number) {
      if (listeners.size > 0) write({ at, command: "deaf", body: { since } });
    },
    command(at: number, { command, ...body }: Command) {
      if (listeners.size > 0) write({ at, command, body });
    },
    message(at: number, { topic, payload, client, qos, retain, outside }: Message) {
      if (listeners.size === 0) return;
      const text = Buffer.from(payload).toString("utf8");
      const isText = Buffer.from(text, "utf8").equals(payload);
      write({
        at,
        topic,
        payload: isText ? text : Buffer.from(payload).toString("base64"),
        client,
        qos,
        ...(retain ? { retain } : {}),
        ...(outside ? { outside } : {}),
        ...(isText ? {} : { encoding: "base64" as const }),
      });
    },
  };
}
