import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** A power cut leaves the old file or the new one, never half of either. Readable by its owner only. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.part`;
  try {
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(content);
      // a command that was run as root must not leave what the gateway's own user cannot read
      const { uid, gid } = await stat(dirname(path));
      if (process.getuid?.() === 0) await file.chown(uid, gid);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    const names = await open(dirname(path), "r");
    await names.sync().finally(() => names.close());
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

export function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
