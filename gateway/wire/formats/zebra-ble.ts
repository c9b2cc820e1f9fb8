import { type TSchema, Type } from "typebox";
import type { DecodeResult, Reading, SensorValue, Sighting } from "../decoded.ts";
import { createJsonReader } from "../json.ts";
import { canonicalMac, isPrivateAddress } from "./ble-address.ts";
import { Dbm, Mac } from "./ble-gateway.ts";
import { firstMetreDb } from "./eddystone-uid.ts";
import { canonicalUuid, ibeaconId } from "./ibeacon.ts";
import { type Measured, readMeasured } from "./measured-values.ts";

/**
 * `BLE_DATA` events of Zebra fixed readers that have a Bluetooth radio too (FXR60, FXR90): the reader has decoded the
 * advert and names it by `beaconType`. They come on the topic of the tag events, see zebra-fixed.ts. Most of them are
 * GENERIC_BLE, phones and the like: nothing of those is passed on. Dedupe key: none.
 */
export type ZebraBleEvent = { data: unknown; at?: number };

const Short = Type.Integer({ minimum: 0, maximum: 0xffff });
const Eddystone = <Fields extends Record<string, TSchema>>(fields: Fields) =>
  createJsonReader(Type.Object({ eddystone: Type.Object({ txPower: Type.Optional(Dbm), ...fields }) }));

const heard = createJsonReader(
  Type.Object({
    Address: Mac,
    AddressType: Type.Optional(Type.String({ maxLength: 20 })),
    RSSI: Dbm,
    beaconType: Type.String({ maxLength: 40 }),
  }),
);
const ibeacon = createJsonReader(
  Type.Object({
    iBeacon: Type.Object({
      uuid: Type.String({ pattern: "^[0-9A-Fa-f-]{32,36}$" }),
      major: Short,
      minor: Short,
      txPower: Type.Optional(Dbm),
    }),
  }),
);
const altBeacon = createJsonReader(
  Type.Object({
    altBeacon: Type.Object({
      beaconId: Type.String({ pattern: "^[0-9A-Fa-f-]{32,44}$" }),
      major: Type.Optional(Short),
      minor: Type.Optional(Short),
      refRssi: Type.Optional(Dbm),
    }),
  }),
);
const uid = Eddystone({
  namespace: Type.String({ pattern: "^[0-9A-Fa-f]{20}$" }),
  instance: Type.String({ pattern: "^[0-9A-Fa-f]{12}$" }),
});
const url = Eddystone({ url: Type.String({ maxLength: 120, pattern: "^https?://[!-~]+$" }) });
const telemetry = createJsonReader(Type.Object({ eddystone: Type.Object({}) }));

const measured: ReadonlyMap<string, Measured> = new Map([
  ["batteryVoltage", { property: "voltage", unit: "V", min: 0, max: 0xffff }],
  ["temperature", { property: "temperature", unit: "°C", min: -128, max: 128 }],
  ["advPduCount", { property: "adverts", unit: "", min: 0, max: 0xffffffff }],
  ["timeSincePowerOn", { property: "uptime", unit: "s", min: 0, max: 0xffffffff }],
]);
/** The reader passes on the beacon's own units: millivolts and tenths of a second. */
const divisors: ReadonlyMap<string, number> = new Map([
  ["voltage", 1_000],
  ["uptime", 10],
]);

/** The beacons of the events in one list, and one reading for each beacon that told how it is. */
export function readZebraBle(events: readonly ZebraBleEvent[]): DecodeResult<Reading[]> {
  const sightings: Sighting[] = [];
  const readings: Reading[] = [{ kind: "sightings", sightings }];
  for (const { data, at } of events) {
    const advert = heard.check(data);
    if (!advert.ok) return advert;
    const { Address, AddressType, RSSI: rssiDbm, beaconType } = advert.value;
    if (beaconType === "EDDYSTONE_TLM") {
      const values = valuesOf(data);
      if (!values.ok) return values;
      const mac = canonicalMac(Address);
      if (mac === undefined || isPrivateAddress(mac, AddressType === "random") || values.value.length === 0) continue;
      readings.push({ kind: "sensor", mac, values: values.value });
      continue;
    }
    const beacon = beaconOf(beaconType, data);
    if (!beacon.ok) return beacon;
    if (beacon.value) sightings.push({ ...beacon.value, rssiDbm, ...(at === undefined ? {} : { at }) });
  }
  return { ok: true, value: readings };
}

type Named = Pick<Sighting, "beacon" | "measuredPowerDbm">;

/** Undefined for what is no beacon of a shop: GENERIC_BLE, and an EID that nobody has resolved. */
function beaconOf(beaconType: string, data: unknown): DecodeResult<Named | undefined> {
  switch (beaconType) {
    case "IBEACON": {
      const frame = ibeacon.check(data);
      if (!frame.ok) return frame;
      const { uuid, major, minor, txPower } = frame.value.iBeacon;
      const canonical = canonicalUuid(uuid);
      if (canonical === undefined) return { ok: false, reason: "iBeacon.uuid must have 32 hex digits" };
      return named(ibeaconId(canonical, major, minor), txPower);
    }
    case "ALTBEACON": {
      const frame = altBeacon.check(data);
      return frame.ok ? altBeaconOf(frame.value.altBeacon) : frame;
    }
    case "EDDYSTONE_UID": {
      const frame = uid.check(data);
      if (!frame.ok) return frame;
      const { namespace, instance, txPower } = frame.value.eddystone;
      return named(`eddystone:${namespace}:${instance}`.toLowerCase(), atOneMetre(txPower));
    }
    case "EDDYSTONE_URL": {
      const frame = url.check(data);
      if (!frame.ok) return frame;
      return named(`eddystone-url:${frame.value.eddystone.url}`, atOneMetre(frame.value.eddystone.txPower));
    }
    default:
      return { ok: true, value: undefined };
  }
}

/** The reader shows the id's twenty bytes whole, or sixteen and the last four as two numbers. */
function altBeaconOf(frame: {
  beaconId: string;
  major?: number;
  minor?: number;
  refRssi?: number;
}): DecodeResult<Named | undefined> {
  const id = frame.beaconId.replaceAll("-", "").toLowerCase();
  const rest = [frame.major, frame.minor].map((part) => (part ?? 0).toString(16).padStart(4, "0")).join("");
  if (id.length !== 32 && id.length !== 40) {
    return { ok: false, reason: "altBeacon.beaconId must have 32 or 40 hex digits" };
  }
  return named(`altbeacon:${id.length === 40 ? id : id + rest}`, frame.refRssi);
}

function named(beacon: string, measuredPowerDbm: number | undefined): DecodeResult<Named> {
  return { ok: true, value: { beacon, ...(measuredPowerDbm === undefined ? {} : { measuredPowerDbm }) } };
}

function atOneMetre(txPower: number | undefined): number | undefined {
  return txPower === undefined ? undefined : txPower - firstMetreDb;
}

function valuesOf(data: unknown): DecodeResult<SensorValue[]> {
  const frame = telemetry.check(data);
  if (!frame.ok) return frame;
  const values = readMeasured(frame.value.eddystone, measured);
  if (!values.ok) return values;
  return {
    ok: true,
    value: values.value.map(({ property, value, unit }) => ({
      property,
      value: value / (divisors.get(property) ?? 1),
      unit,
    })),
  };
}
