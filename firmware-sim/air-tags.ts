import { createHash } from "node:crypto";
import { encodeAltBeacon } from "./beacons/altbeacon.ts";
import { encodeBthome } from "./beacons/bthome.ts";
import { encodeEid, encodeTlm, encodeUid, encodeUrl } from "./beacons/eddystone.ts";
import type { Advert } from "./beacons/frame.ts";
import { encodeRuuvi } from "./beacons/ruuvi-tag.ts";
import { type ForeignPlan, foreignId, platesAt, pointAt } from "./foreign-plan.ts";
import { addressOf } from "./maker-device.ts";
import { rowDistanceMm } from "./makers/tasmota.ts";
import type { AirTag } from "./radio.ts";
import { createRandom } from "./random.ts";
import { platesUnder, roomCelsius } from "./scale.ts";
import type { Shop } from "./shop.ts";

/** What a tag in the air knows of its place. */
type Around = { shop: Shop; seed: string; startMs: number; id: string; mac: string; place: string };
type TagMaker = { everyMs: number; advert(around: Around): (nowMs: number) => Advert };

const powerDbm = -59;
const hexOf = (text: string, bytes: number) =>
  createHash("sha256")
    .update(text)
    .digest("hex")
    .slice(0, 2 * bytes);
/** What the owner of an encrypted BTHome sensor writes down: 16 bytes as hex. */
export const bindKeyOf = (seed: string, id: string) => hexOf(`bind key/${seed}/${id}`, 16);

function bthomeScale(encrypted: boolean): TagMaker["advert"] {
  return ({ shop, seed, startMs, id, mac, place }) => {
    // Two runs one after the other: the counter of the later one is the higher.
    let counter = Math.floor(startMs / 1_000) >>> 0;
    let packet = 0;
    return () => {
      const plates = platesAt(shop, place);
      const items = plates.flatMap((plate) => plate.items);
      const grams = platesUnder(plates).reduce((sum, { row, index }) => sum + row.restingGrams(index), 0);
      const massKg = Math.round(grams / 10) / 100;
      packet = (packet + 1) % 256;
      counter += 1;
      const values = { packet, battery: 88, massKg, count: items.length, distanceMm: rowDistanceMm(items.length) };
      const key = Buffer.from(bindKeyOf(seed, id), "hex");
      return encodeBthome(values, encrypted ? { key, address: mac, counter } : undefined);
    };
  };
}

export const tagMakers: Readonly<Record<string, TagMaker>> = {
  "bthome-scale": { everyMs: 2_000, advert: bthomeScale(false) },
  "bthome-scale-encrypted": { everyMs: 2_000, advert: bthomeScale(true) },
  "ruuvi-tag": {
    everyMs: 1_285,
    advert({ mac }) {
      let sequence = 0;
      return (nowMs) => {
        sequence = (sequence + 1) % 0xffff;
        const tempC = Math.round((roomCelsius(nowMs) - 17) * 200) / 200;
        return encodeRuuvi(
          { tempC, humidity: 53.49, pressureHpa: 1_000.44, volts: 2.977, movements: 66, sequence },
          mac,
        );
      };
    },
  },
  "eddystone-uid": {
    everyMs: 1_000,
    advert({ id }) {
      const said = encodeUid(hexOf("vitrine namespace", 10), hexOf(id, 6), powerDbm);
      return () => said;
    },
  },
  "eddystone-url": {
    everyMs: 1_000,
    advert() {
      const said = encodeUrl("https://example.com/offer", powerDbm);
      return () => said;
    },
  },
  "eddystone-tlm": {
    everyMs: 5_000,
    advert({ startMs }) {
      let adverts = 0;
      return (nowMs) => {
        adverts += 1;
        const tempC = Math.round(roomCelsius(nowMs) * 4) / 4;
        return encodeTlm({ millivolts: 2_950, tempC, adverts, uptimeMs: nowMs - startMs });
      };
    },
  },
  "eddystone-eid": {
    everyMs: 1_000,
    advert({ id }) {
      const key = Buffer.from(hexOf(`identity/${id}`, 16), "hex");
      return (nowMs) => encodeEid(key, Math.floor(nowMs / 1_000) % 2 ** 31, powerDbm);
    },
  },
  altbeacon: {
    everyMs: 1_000,
    advert({ id }) {
      const said = encodeAltBeacon(hexOf(id, 20), powerDbm);
      return () => said;
    },
  },
};

/** The tag of a plan; undefined where the plan is not of a tag, or its place is not in this shop. */
export function createAirTag(
  plan: ForeignPlan,
  parts: { shop: Shop; seed: string; startMs: number },
): AirTag | undefined {
  const maker = tagMakers[plan.maker];
  const at = pointAt(parts.shop.world, plan.place);
  if (!maker || !at) return undefined;
  const id = foreignId(plan);
  const mac = addressOf(createRandom(parts.seed, `address/${id}`));
  return { id, mac, at, everyMs: maker.everyMs, advert: maker.advert({ ...parts, id, mac, place: plan.place }) };
}
