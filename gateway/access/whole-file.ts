import { type FileHandle, mkdir, open, rename, stat } from "node:fs/promises";
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
    await belongTo(handle, folder);
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

/** A command that was run as root must not leave a file that the gateway's own user cannot read: it goes to the folder's. */
export async function belongTo(file: FileHandle, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  await file.chown(uid, gid);
}
