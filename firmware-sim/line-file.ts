import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

/** JSON Lines, written in the background. */
export type LineFile = { write(value: object): void; close(): Promise<void> };

export function createLineFile(path: string): LineFile {
  const stream = createWriteStream(path);
  const done = finished(stream);
  return {
    write: (value) => void stream.write(`${JSON.stringify(value)}\n`),
    async close() {
      stream.end();
      await done;
    },
  };
}
