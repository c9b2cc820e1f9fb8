import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** A power cut leaves the old file or the new one, never half of either. Readable by its owner only. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.part`;
  try {
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(content);
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
