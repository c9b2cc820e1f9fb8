import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a small file for its owner's eyes. Resolves when a power cut leaves the new one; until then it leaves the old one,
 * never half of either: the content is on disk before the name is, and the name before anybody is told.
 */
export async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const draft = `${path}.${process.pid}`;
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
  const names = await open(folder, "r");
  try {
    await names.sync();
  } finally {
    await names.close();
  }
}
