import type { Disk, DiskFile } from "./disk.ts";
import { chunkBytes, type Seal, sealBytes } from "./seal.ts";

const magic = Buffer.from("VTRNUPL1");
const lengthBytes = 4;

/**
 * One upload as it arrives: records that are only ever added, each sealed and with its place in its label, so that what a
 * crash cut off in the middle of a record is known and dropped, and nothing before it is touched.
 */
export type UploadFile = {
  /** As it was given when the upload began, at most 64 kB. */
  about: string;
  /** Plain bytes that are here. */
  received(): number;
  /** Adds bytes; outlives a power cut only after `sync`. Throws what the disk throws. */
  add(plain: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  /** Everything in one piece, or at least its first `bytes`. undefined: a record does not open any more. */
  read(bytes?: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  close(): Promise<void>;
};

export async function createUploadFile(disk: Disk, path: string, about: string, seal: Seal): Promise<UploadFile> {
  const file = await disk.open(path, "new");
  try {
    await file.write(magic, 0);
    const upload = fileOf(file, seal, { about, received: 0, end: magic.length, records: 0 });
    await upload.addAbout(Buffer.from(about));
    await file.sync();
    return upload;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** One that is on disk from before a restart. undefined: nothing can be made of it. */
export async function openUploadFile(disk: Disk, path: string, seal: Seal): Promise<UploadFile | undefined> {
  const file = await disk.open(path, "change").catch(() => undefined);
  if (!file) return undefined;
  const start = Buffer.alloc(magic.length);
  await file.read(start, 0);
  let place: Place = { about: "", received: 0, end: magic.length, records: 0 };
  const first = start.equals(magic) ? await readRecord(file, seal, place) : undefined;
  if (!first) {
    await file.close();
    return undefined;
  }
  place = { about: first.toString(), received: 0, end: magic.length + sizeOf(first), records: 1 };
  for (;;) {
    const plain = await readRecord(file, seal, place);
    if (!plain) break;
    place.received += plain.length;
    place.end += sizeOf(plain);
    place.records += 1;
  }
  if ((await file.size()) > place.end) {
    await file.truncate(place.end);
    await file.sync();
  }
  return fileOf(file, seal, place);
}

/** `end`: where the next record goes. */
type Place = { about: string; received: number; end: number; records: number };

const sizeOf = (plain: Uint8Array) => lengthBytes + plain.length + sealBytes;
const labelOf = ({ records, received }: Place) => `${records} at ${received}`;

function fileOf(file: DiskFile, seal: Seal, place: Place): UploadFile & { addAbout(plain: Uint8Array): Promise<void> } {
  async function append(plain: Uint8Array) {
    const record = Buffer.alloc(lengthBytes + plain.length + sealBytes);
    record.writeUInt32BE(plain.length, 0);
    seal.seal(plain, labelOf(place)).copy(record, lengthBytes);
    try {
      await file.write(record, place.end);
    } catch (error) {
      // cut off again where it was whole; where even that fails, the next start does it
      await file.truncate(place.end).catch(() => {});
      throw error;
    }
    place.end += record.length;
    place.records += 1;
  }

  return {
    about: place.about,
    received: () => place.received,
    addAbout: append,
    async add(plain) {
      for (let at = 0; at < plain.length; at += chunkBytes) {
        const part = plain.subarray(at, at + chunkBytes);
        await append(part);
        place.received += part.length;
      }
    },
    sync: () => file.sync(),
    async read(bytes = place.received) {
      const all = new Uint8Array(Math.min(place.received, bytes + chunkBytes));
      const reading: Place = { about: "", received: 0, end: magic.length, records: 0 };
      while (reading.records < place.records && reading.received < bytes) {
        const plain = await readRecord(file, seal, reading);
        if (!plain) return undefined;
        if (reading.records > 0) {
          all.set(plain, reading.received);
          reading.received += plain.length;
        }
        reading.end += sizeOf(plain);
        reading.records += 1;
      }
      return all.subarray(0, reading.received);
    },
    async close() {
      seal.forget();
      await file.close();
    },
  };
}

async function readRecord(file: DiskFile, seal: Seal, place: Place): Promise<Buffer | undefined> {
  const length = Buffer.alloc(lengthBytes);
  if ((await file.read(length, place.end)) < lengthBytes) return undefined;
  const plainBytes = length.readUInt32BE(0);
  if (plainBytes > chunkBytes) return undefined;
  const sealed = Buffer.alloc(plainBytes + sealBytes);
  if ((await file.read(sealed, place.end + lengthBytes)) < sealed.length) return undefined;
  return seal.open(sealed, labelOf(place));
}
