import type { DecodeResult } from "../decoded.ts";
import { type Hearing, rememberIn, type SensorKey } from "../format-memory.ts";
import { canonicalMac } from "./ble-address.ts";
import { type BthomeFrame, decodeBthomeV2 } from "./bthome-v2.ts";
import { decryptBthome } from "./decrypt-bthome.ts";

/**
 * BTHome with a memory of its senders, whichever receiver heard them. A sealed frame is opened with its sender's key and
 * counts once (bthome.io/encryption); an open one is known by its packet id. A sensor is heard by several receivers, and
 * says everything several times: such copies are dropped without a word.
 */

const packetsKept = 1_000;
/** A slow receiver brings a packet this long after a fast one has brought the next. */
const copyWithinMs = 60_000;
const copyWithinCounts = 16;
/** Numbers of packets are 8 bit: this much behind is late, more is ahead. */
const lateWithinPackets = 64;
const lateWithinMs = 4_000;
/** A counter that begins anew after its 32 bits are used up. */
const [wrapBelow, wrapAbove] = [100, 0xffff_ffff - 100];
const [encryptedBit, addressBit] = [0x01, 0x02];

type Refusal = { ok: false; reason: string };
const refused = (reason: string): Refusal => ({ ok: false, reason });

/** Service data as it was heard from `heardFrom` -> values, once. */
export function readBthome(serviceData: Uint8Array, heardFrom: string, hearing: Hearing): DecodeResult<BthomeFrame> {
  const info = serviceData[2] ?? 0;
  const mac = addressIn(serviceData, info) ?? canonicalMac(heardFrom);
  const key = mac === undefined ? undefined : hearing.keyOf(mac);
  if (info >> 5 === 2 && info & encryptedBit) {
    if (mac !== undefined && key) return readSealed({ serviceData, mac, key }, hearing);
    hearing.memory.counts.sealedUnopened++;
    return refused("encrypted, no key");
  }
  const frame = decodeBthomeV2(serviceData);
  if (!frame.ok || mac === undefined) return frame;
  if (key) {
    hearing.doubt ??= `${mac} has a key, and somebody spoke for it without: that is not believed. Take the key away with "vitrine device key ${mac} --remove" if the sensor is not sealed any more.`;
    return refused("a sensor with a key spoke in the clear");
  }
  return isRepeatedPacket(frame.value, mac, hearing) ? refused("this packet was heard before") : frame;
}

function addressIn(serviceData: Uint8Array, info: number): string | undefined {
  if (!(info & addressBit) || serviceData.length < 9) return undefined;
  return canonicalMac(Buffer.from(serviceData.subarray(3, 9)).reverse().toString("hex"));
}

type Sealed = { serviceData: Uint8Array; mac: string; key: SensorKey };

function readSealed({ serviceData, mac, key }: Sealed, hearing: Hearing): DecodeResult<BthomeFrame> {
  const { memory, now } = hearing;
  const opened = decryptBthome({ key: key.key, mac, serviceData });
  if (!opened.ok) {
    memory.counts.sealedUnopened++;
    hearing.doubt ??= `${mac}: ${opened.reason}`;
    return opened;
  }
  const { counter, plain } = opened.value;
  const kept = memory.sealed.get(mac);
  const last = kept?.keyId === key.id ? kept : undefined;
  if (last && counter <= last.counter && !(last.counter > wrapAbove && counter < wrapBelow)) {
    return refuseOld(last, { mac, counter }, hearing);
  }
  memory.sealed.set(mac, { keyId: key.id, counter, at: now });
  return decodeBthomeV2(plain);
}

/** What was sealed long ago proves nothing. Right after the newest one it is only a copy on its way. */
function refuseOld(
  last: { counter: number; at: number },
  { mac, counter }: { mac: string; counter: number },
  hearing: Hearing,
): Refusal {
  const { memory, now } = hearing;
  if (last.counter - counter <= copyWithinCounts && now - last.at <= copyWithinMs) {
    memory.counts.packetsRepeated++;
    return refused("this packet was heard before");
  }
  memory.counts.sealedReplayed++;
  hearing.doubt ??= `${mac} said counter ${counter} after ${last.counter}. Somebody plays back what it said before, or it lost its counter with its battery: then set its key again with "vitrine device key".`;
  return refused(`counter ${counter} was heard before: the last one was ${last.counter}`);
}

/** The same number with the same content, or one that a later packet has overtaken. */
function isRepeatedPacket({ values }: BthomeFrame, mac: string, { memory, now }: Hearing): boolean {
  const packetId = values.find(({ property }) => property === "packetId")?.value;
  if (packetId === undefined) return false;
  const said = values.map(({ property, value }) => `${property} ${value}`).join(", ");
  const last = memory.packets.get(mac);
  const behind = last === undefined ? 0 : (last.packetId - packetId + 256) % 256;
  const isCopy = last !== undefined && behind === 0 && last.said === said;
  const isLate = last !== undefined && behind > 0 && behind <= lateWithinPackets && now - last.at <= lateWithinMs;
  if (isCopy || isLate) {
    memory.counts.packetsRepeated++;
    return true;
  }
  rememberIn(memory.packets, mac, { packetId, said, at: now }, packetsKept);
  return false;
}
