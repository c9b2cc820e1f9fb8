import { createCipheriv } from "node:crypto";
import type { Advert, Frame } from "./frame.ts";

/**
 * BTHome v2 (bthome.io/format): service data of 0xFCD2, `info | objects in ascending order`, values little-endian.
 * Encrypted: AES-128-CCM, `objects | counter 4 | tag 4`, nonce `address | D2 FC | info | counter`.
 */
export type BthomeValues = Omit<Extract<Frame, { is: "bthome" }>, "is" | "encrypted">;
export type BthomeKey = { key: Uint8Array; address: string; counter: number };

const uuid = Buffer.from([0xd2, 0xfc]);
const [plain, sealed] = [0x40, 0x41];

export function encodeBthome(values: BthomeValues, secret?: BthomeKey): Advert {
  const { packet, battery, massKg, count, distanceMm, door, button } = values;
  const objects = Buffer.concat([
    object(0x00, packet, 1),
    object(0x01, Math.round(battery), 1),
    // unsigned: a tared plate that lost something weighs nothing
    massKg === undefined ? none : object(0x06, Math.max(0, Math.round(massKg * 100)), 2),
    count === undefined ? none : object(0x09, count, 1),
    door === undefined ? none : object(0x1a, door, 1),
    button === undefined ? none : object(0x3a, button, 1),
    distanceMm === undefined ? none : object(0x40, distanceMm, 2),
  ]);
  const body = secret ? sealBthome(objects, secret) : Buffer.concat([uuid, Buffer.from([plain]), objects]);
  const data = Buffer.concat([Buffer.from([0x02, 0x01, 0x06, body.length + 1, 0x16]), body]);
  return { data: data.toString("hex"), frame: { is: "bthome", encrypted: secret !== undefined, ...values } };
}

const none = Buffer.alloc(0);

function object(id: number, value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(1 + bytes);
  buffer[0] = id;
  buffer.writeUIntLE(Math.min(value, 2 ** (8 * bytes) - 1), 1, bytes);
  return buffer;
}

/** `D2 FC | info | sealed objects | counter | tag`. */
export function sealBthome(objects: Uint8Array, { key, address, counter }: BthomeKey): Buffer {
  const head = Buffer.concat([uuid, Buffer.from([sealed])]);
  const count = Buffer.alloc(4);
  count.writeUInt32LE(counter >>> 0);
  const nonce = Buffer.concat([Buffer.from(address.replaceAll(":", ""), "hex"), head, count]);
  const cipher = createCipheriv("aes-128-ccm", key, nonce, { authTagLength: 4 });
  const text = Buffer.concat([cipher.update(objects), cipher.final()]);
  return Buffer.concat([head, text, count, cipher.getAuthTag()]);
}
