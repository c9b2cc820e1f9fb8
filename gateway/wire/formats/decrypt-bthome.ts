import { createDecipheriv } from "node:crypto";
import type { DecodeResult } from "../decoded.ts";
import { isBthome } from "./bthome-v2.ts";

/**
 * Encrypted BTHome v2: `D2 FC | info | address 6, if info bit 1 | ciphertext | counter 4 LE | MIC 4`. AES-128-CCM with
 * the nonce `address | D2 FC | info | counter` (bthome.io/encryption). No page imports this file: browsers have no CCM.
 */
export type EncryptedFrame = {
  /** The sensor's bind key, 16 bytes. */
  key: Uint8Array;
  /** The address that the key belongs to: "54:48:e6:8f:80:a5". */
  mac: string;
  /** Service data with its UUID. */
  serviceData: Uint8Array;
  /** Counter of the last frame that was accepted; absent for the first. */
  lastCounter?: number;
};

/** `plain`: the same frame as decodeBthomeV2 reads it. `counter`: to be kept, and given back as `lastCounter`. */
export type DecryptedFrame = { plain: Uint8Array; counter: number };

const [keyBytes, macBytes, counterBytes, micBytes] = [16, 6, 4, 4];
const [encryptedBit, addressBit] = [0x01, 0x02];

/**
 * A frame is accepted once: its counter must be above the last one. A sensor that loses its counter (a new battery) must
 * be given a new key, as bthome.io asks; to accept a lower counter would accept every recording of the past too.
 */
export function decryptBthome({ key, mac, serviceData, lastCounter }: EncryptedFrame): DecodeResult<DecryptedFrame> {
  if (!isBthome(serviceData)) return { ok: false, reason: "not a BTHome frame" };
  const info = serviceData[2] ?? 0;
  if (info >> 5 !== 2) return { ok: false, reason: `BTHome version ${info >> 5} is not known, only version 2` };
  if (!(info & encryptedBit)) return { ok: false, reason: "the BTHome frame is not encrypted" };
  if (key.length !== keyBytes) return { ok: false, reason: `the key must have ${keyBytes} bytes, not ${key.length}` };
  const address = Buffer.from(mac.replaceAll(":", ""), "hex");
  if (address.length !== macBytes) return { ok: false, reason: "mac must be a Bluetooth address" };

  const start = info & addressBit ? 3 + macBytes : 3;
  const end = serviceData.length - counterBytes - micBytes;
  if (end <= start) return { ok: false, reason: "the encrypted BTHome frame is cut off" };
  if (info & addressBit && !address.equals(Buffer.from(serviceData.subarray(3, start)).reverse())) {
    return { ok: false, reason: "the BTHome frame carries the address of another sensor" };
  }
  const counterField = Buffer.from(serviceData.subarray(end, end + counterBytes));
  const counter = counterField.readUInt32LE();
  if (lastCounter !== undefined && counter <= lastCounter) {
    return { ok: false, reason: `counter ${counter} was heard before: the last one was ${lastCounter}` };
  }
  const nonce = Buffer.concat([address, serviceData.subarray(0, 3), counterField]);
  const mic = serviceData.subarray(end + counterBytes);
  const objects = open({ key, nonce, sealed: serviceData.subarray(start, end), mic });
  if (!objects) return { ok: false, reason: "the key does not fit, or the frame was changed on its way" };
  const head = Buffer.from(serviceData.subarray(0, start));
  head[2] = info & ~encryptedBit;
  return { ok: true, value: { plain: Buffer.concat([head, objects]), counter } };
}

function open({ key, nonce, sealed, mic }: Record<"key" | "nonce" | "sealed" | "mic", Uint8Array>): Buffer | undefined {
  const decipher = createDecipheriv("aes-128-ccm", key, nonce, { authTagLength: micBytes });
  decipher.setAuthTag(mic);
  try {
    const plain = decipher.update(sealed);
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}
