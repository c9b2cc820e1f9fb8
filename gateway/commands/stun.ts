import { createHash, createHmac, randomBytes } from "node:crypto";
import { isIPv4 } from "node:net";

/** STUN as far as a TURN client needs it [RFC 8489 5, 14; RFC 8656 17, 18]. Decoding never throws. */

export const methods = { allocate: 0x003, refresh: 0x004, createPermission: 0x008 } as const;
export const attributes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
} as const;

export type Attribute = { type: number; value: Buffer };
export type Login = { username: string; password: string; realm: Buffer; nonce: Buffer };
export type Answer = {
  /** Of the request that it answers. */
  transaction: string;
  method: number;
  ok: boolean;
  get(type: number): Buffer | undefined;
};

const cookie = 0x2112a442;
const headerBytes = 20;
const integrityBytes = 24;
const classBits = 0x0110;
const success = 0x0100;
const failure = 0x0110;

/** A request of a new transaction; with a login it is signed by it [RFC 8489 9.2, 14.5]. */
export function encodeRequest(method: number, own: Attribute[], login?: Login): { bytes: Buffer; transaction: string } {
  const transaction = randomBytes(12);
  const all = login ? [...own, ...loginAttributes(login)] : own;
  const body = Buffer.concat(all.map(encodeAttribute));
  if (!login)
    return { bytes: Buffer.concat([header(method, body.length, transaction), body]), transaction: hex(transaction) };
  // what is signed says the length with the signature in it
  const signed = Buffer.concat([header(method, body.length + integrityBytes, transaction), body]);
  const key = createHash("md5").update(`${login.username}:`).update(login.realm).update(`:${login.password}`).digest();
  const value = createHmac("sha1", key).update(signed).digest();
  const bytes = Buffer.concat([signed, encodeAttribute({ type: attributes.messageIntegrity, value })]);
  return { bytes, transaction: hex(transaction) };
}

function loginAttributes({ username, realm, nonce }: Login): Attribute[] {
  return [
    { type: attributes.username, value: Buffer.from(username) },
    { type: attributes.realm, value: realm },
    { type: attributes.nonce, value: nonce },
  ];
}

function header(method: number, length: number, transaction: Buffer): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeUInt16BE(method, 0);
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt32BE(cookie, 4);
  transaction.copy(bytes, 8);
  return bytes;
}

function encodeAttribute({ type, value }: Attribute): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** How many bytes the message that begins here has in all; undefined while its header is not complete. */
export function messageLength(bytes: Buffer): number | undefined {
  return bytes.length < headerBytes ? undefined : headerBytes + bytes.readUInt16BE(2);
}

/** undefined: no answer of STUN. */
export function decodeAnswer(bytes: Buffer): Answer | undefined {
  if (messageLength(bytes) !== bytes.length || bytes.readUInt32BE(4) !== cookie) return undefined;
  const type = bytes.readUInt16BE(0);
  const kind = type & classBits;
  if (kind !== success && kind !== failure) return undefined;
  const found = new Map<number, Buffer>();
  for (let at = headerBytes; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    if (at + 4 + length > bytes.length) return undefined;
    const name = bytes.readUInt16BE(at);
    // of several only the first counts [RFC 8489 5]
    if (!found.has(name)) found.set(name, bytes.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return {
    transaction: hex(bytes.subarray(8, headerBytes)),
    method: type & ~classBits,
    ok: kind === success,
    get: (name) => found.get(name),
  };
}

/** [RFC 8489 14.8] `code` is 0 where the answer names none. */
export function errorOf(answer: Answer): { code: number; reason: string } {
  const value = answer.get(attributes.errorCode);
  if (!value || value.length < 4) return { code: 0, reason: "" };
  const code = ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0);
  return {
    code,
    reason: value
      .subarray(4)
      .toString("utf8")
      .replace(/[^\x20-\x7e]/g, ""),
  };
}

/** An IPv4 address and its port, hidden from routers that rewrite addresses [RFC 8489 14.2]. */
export function encodeAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes[1] = 1;
  bytes.writeUInt16BE(port ^ (cookie >>> 16), 2);
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  bytes.writeUInt32BE((number ^ cookie) >>> 0, 4);
  return bytes;
}

/** `address:port`; undefined when it is no IPv4 address. */
export function decodeAddress(value: Buffer | undefined): string | undefined {
  if (value?.length !== 8 || value[1] !== 1) return undefined;
  const number = (value.readUInt32BE(4) ^ cookie) >>> 0;
  const address = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
  return isIPv4(address) ? `${address}:${value.readUInt16BE(2) ^ (cookie >>> 16)}` : undefined;
}

function hex(bytes: Buffer): string {
  return bytes.toString("hex");
}
