import { open, readdir, rename, rm, statfs } from "node:fs/promises";

/** An open file. Positions and lengths are bytes. */
export type DiskFile = {
  size(): Promise<number>;
  /** Fills `into`; returns how much of it there was. */
  read(into: Uint8Array, at: number): Promise<number>;
  /** Writes all of it or throws. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
};

/** What clips need of a disk, in one place, so that a test can have one that is full. */
export type Disk = {
  /** "new" must not exist yet; files are for their owner only. */
  open(path: string, mode: "new" | "change" | "read"): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** It need not be there. */
  remove(path: string): Promise<void>;
  names(folder: string): Promise<string[]>;
  /** What stands in a folder outlives a power cut from here on. */
  syncFolder(folder: string): Promise<void>;
  freeBytes(folder: string): Promise<number>;
};

const flags = { new: "wx+", change: "r+", read: "r" } as const;

export const realDisk: Disk = {
  async open(path, mode) {
    const handle = await open(path, flags[mode], 0o600);
    return {
      size: async () => (await handle.stat()).size,
      async read(into, at) {
        let done = 0;
        while (done < into.length) {
          const { bytesRead } = await handle.read(into, done, into.length - done, at + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return done;
      },
      async write(bytes, at) {
        let done = 0;
        // a disk that fills up takes a part first and refuses the rest
        while (done < bytes.length) {
          done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
        }
      },
      truncate: (size) => handle.truncate(size),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  names: (folder) => readdir(folder),
  async syncFolder(folder) {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/** No space left, or the user's share of it is used up. */
export function isFull(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

export const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT";

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
