import { randomBytes } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import type { FormatMemory } from "#wire/format-memory.ts";
import type { HouseState } from "../house.ts";
import type { Pipeline } from "../pipeline.ts";
import type { RecordLine } from "../recorder.ts";
import { encodeMemory } from "./formats.ts";

export type BeginLine = Extract<RecordLine, { command: "begin" }>;

/**
 * Starts a record: its first line holds the state and the seed from which ids and codes derive, so that a replay decides
 * the same. The seed is made for this record and thrown away after it: a record tells no code that it does not hold.
 */
export function createRecording(options: {
  pipeline: Pipeline;
  storeId: string;
  seed: { value: Buffer };
  memory(): FormatMemory;
  now(): number;
}) {
  const { pipeline, seed } = options;
  let running = 0;
  return {
    start(onLine: (line: string) => void): () => void {
      pipeline.tick();
      // two records at once share a seed: a new one would spoil the first
      if (running === 0) seed.value = randomBytes(32);
      running++;
      const begin: BeginLine = {
        at: options.now(),
        command: "begin",
        body: {
          storeId: options.storeId,
          seed: seed.value.toString("hex"),
          tickedUntil: pipeline.tickedUntil(),
          state: encodeState(pipeline.decidedState()),
          memory: encodeMemory(options.memory()),
        },
      };
      onLine(JSON.stringify(begin));
      const stop = pipeline.recorder.listen(onLine);
      return () => {
        stop();
        running--;
        if (running === 0) seed.value = randomBytes(32);
      };
    },
  };
}

export const encodeState = (state: HouseState): string => serialize(state).toString("base64");
export const decodeState = (text: string): Partial<HouseState> => deserialize(Buffer.from(text, "base64"));
