import { Readable } from "node:stream";

export type ReadersOptions = {
  /** At once, all in all and of one thing. */
  maxAll?: number;
  maxEach?: number;
  /** A reader who takes nothing for so long is let go. */
  idleMs?: number;
};

/** Something open that is read in parts. To be closed by whoever opened it; twice does no harm. */
export type Opened = {
  length: number;
  read(start: number, end: number): AsyncGenerator<Buffer>;
  close(): Promise<void>;
};

/**
 * Who reads large things now. Each reader holds a file, a connection and some memory, and one that asks and then takes
 * nothing would hold them for ever: players do that while they are paused, and come again for the rest by a range.
 */
export function createReaders({ maxAll = 64, maxEach = 16, idleMs = 60_000 }: ReadersOptions = {}) {
  const counts = new Map<string, number>();
  let all = 0;

  return {
    /** A place for one reader of this thing, to be given back (twice does no harm); undefined when all are taken. */
    take(key: string): (() => void) | undefined {
      const count = counts.get(key) ?? 0;
      if (all >= maxAll || count >= maxEach) return undefined;
      counts.set(key, count + 1);
      all += 1;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        all -= 1;
        const left = (counts.get(key) ?? 1) - 1;
        if (left > 0) counts.set(key, left);
        else counts.delete(key);
      };
    },
    /** Both ends included. Ends in the middle when the thing is gone meanwhile, or nobody reads. */
    stream(opened: Opened, start: number, end: number): Readable {
      let idle: NodeJS.Timeout | undefined;
      async function* parts() {
        try {
          for await (const part of opened.read(start, end)) {
            idle = setTimeout(() => stream.destroy(), idleMs);
            yield part;
            clearTimeout(idle);
          }
        } finally {
          await opened.close();
        }
      }
      const stream = Readable.from(parts(), { objectMode: false });
      // one that was never begun has no `finally`
      stream.once("close", () => {
        clearTimeout(idle);
        void opened.close();
      });
      return stream;
    },
  };
}

export type Readers = ReturnType<typeof createReaders>;
