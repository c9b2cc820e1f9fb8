import { expect, test } from "vitest";
import type { Decoded, Reading } from "#wire/decoded.ts";
import { decodeSgtin96 } from "#wire/sgtin-96.ts";
import type { Device, InboxTopic, StockItem } from "#wire/views.ts";
import { bindKeyOf, tagMakers } from "./air-tags.ts";
import { platesAt } from "./foreign-plan.ts";
import { addressOf } from "./maker-device.ts";
import { makers } from "./makers/makers.ts";
import { rowDistanceMm } from "./makers/tasmota.ts";
import { createRandom } from "./random.ts";
import { roomCelsius } from "./scale.ts";
import type { Plate, Shop } from "./shop.ts";
import { type SimulatedShop, simulatedShop, still, witness } from "./test-shop.ts";

type Check = (readings: Reading[], shop: Shop) => void;
type Row = { plan: string; id: string; format: string; kind: Decoded["kind"]; says: Check };

const macOf = (id: string) => addressOf(createRandom("1", `address/${id}`));
const addressFor = (id: string) => macOf(id).replaceAll(":", "");
const truly = (plate: Plate | undefined) => plate?.row.restingGrams(plate.index) ?? Number.NaN;
const only = <K extends Reading["kind"]>(readings: Reading[], kind: K) =>
  readings.filter((reading): reading is Extract<Reading, { kind: K }> => reading.kind === kind);

/** Each plate's last word is what lies on it. */
const weighs =
  (place: string): Check =>
  (readings, shop) => {
    const last = new Map(only(readings, "plates").flatMap(({ plates }) => plates.map((p) => [p.plate, p.grams])));
    const plates = platesAt(shop, place);
    expect(last.size).toBe(plates.length);
    plates.forEach((plate, index) => {
      expect(Math.abs((last.get(index + 1) ?? Number.NaN) - truly(plate))).toBeLessThan(20);
    });
  };

/** The basket that is carried about and the tags that lie there are heard; nobody's phone is. */
const hears: Check = (readings, shop) => {
  const { uuid, major } = shop.world.config.baskets;
  const beacons = new Set(
    only(readings, "sightings").flatMap(({ sightings }) => sightings.map(({ beacon }) => beacon)),
  );
  expect(beacons).toContain(`ibeacon:${uuid}:${major}:1`);
  for (const beacon of beacons) expect(beacon).toMatch(new RegExp(`^ibeacon:${uuid}:${major}:|^altbeacon:|^eddystone`));
};

/** What is read lies in the zones of the antennas. */
const reads =
  (...zones: string[]): Check =>
  (readings, shop) => {
    const tags = only(readings, "tags").flatMap((reading) => reading.reads);
    expect(tags.length).toBeGreaterThan(20);
    const shelves = new Set(shop.world.config.shelves.filter(({ zone }) => zones.includes(zone)).map(({ id }) => id));
    const items = shop.plates.filter(({ shelf }) => shelves.has(shelf)).flatMap((plate) => plate.items);
    const there = new Set(items.map(({ sku, serial }) => `${shop.world.itemBySku.get(sku)?.gtin} ${serial}`));
    for (const { epc } of tags) {
      const tag = decodeSgtin96(epc);
      if (!tag.ok) throw new Error(tag.reason);
      expect(there).toContain(`${tag.value.gtin14.replace(/^0/, "")} ${tag.value.serial}`);
    }
  };

const counts =
  (zone: string): Check =>
  (readings, shop) => {
    const people = only(readings, "people").filter((reading) => reading.zone === zone);
    expect(Math.max(...people.map((reading) => reading.people))).toBe(1);
    expect(people.at(-1)?.people).toBe(shop.headCount(zone));
  };

const rows: Row[] = [
  { plan: "tasmota:scale9@A4/1", id: "tasmota-scale9", format: "tasmota", kind: "shelf", says: weighs("A4/1") },
  {
    ...{ plan: "tasmota-distance:row@D4", id: "tasmota-row", format: "tasmota", kind: "shelf" },
    says(readings, shop) {
      const values = only(readings, "sensor").flatMap((reading) => reading.values);
      const rowOf = (plate: number) => rowDistanceMm(platesAt(shop, `D4/${plate}`)[0]?.items.length ?? 0);
      expect(values.findLast(({ property }) => property === "distance")).toMatchObject({ value: rowOf(1), unit: "mm" });
      expect(values.findLast(({ property }) => property === "distance2")?.value).toBe(rowOf(2));
    },
  },
  { plan: "esphome:shelf-c1@C1", id: "esphome-shelf-c1", format: "esphome", kind: "shelf", says: weighs("C1") },
  {
    ...{ plan: "sparkplug:edge-b1@B1", id: "sparkplug-main--edge-b1--scale", format: "sparkplug-b", kind: "shelf" },
    says: weighs("B1"),
  },
  { plan: "espresense:salon@ble-glasses", id: "espresense-salon", format: "espresense", kind: "ble", says: hears },
  {
    ...{
      plan: "openmqttgateway:knit@ble-knitwear",
      id: "openmqttgateway-knit",
      format: "openmqttgateway",
      kind: "ble",
    },
    says: hears,
  },
  ...(["minew-json", "minew-binary", "aprilbrother", "cassia", "ruuvi-gateway"] as const).map((maker): Row => {
    const format = maker.replace(/^minew-.*/, "minew").replace("ruuvi-gateway", "ruuvi");
    const id = `${format}-${addressFor(`${maker}-g`)}`;
    return { plan: `+${maker}:g@ble-beauty`, id, format, kind: "ble", says: hears };
  }),
  { plan: "+zebra-ble:FXR90-1@ble-beauty", id: "zebra-FXR90-1", format: "zebra", kind: "rfid", says: hears },
  {
    ...{ plan: "+shelly:@ble-fitting", id: `shellyplus1-${addressFor("shelly-")}`, format: "shelly", kind: "ble" },
    says(readings, shop) {
      const batteries = only(readings, "sensor").flatMap(({ values }) =>
        values.filter((v) => v.property === "battery"),
      );
      expect(new Set(batteries.map(({ value }) => value))).toEqual(new Set([88]));
      expect(shop.world.config.shelves.length).toBeGreaterThan(0);
    },
  },
  { plan: "+impinj:rails@knitwear", id: "impinj-rails", format: "impinj", kind: "rfid", says: reads("knitwear") },
  { plan: "+zebra-fixed:FX9600@knitwear", id: "zebra-FX9600", format: "zebra", kind: "rfid", says: reads("knitwear") },
  {
    ...{
      plan: "+zebra-handheld:RFD40-7@knitwear",
      id: "zebra-handheld-RFD40-7",
      format: "zebra-handheld",
      kind: "rfid",
    },
    says: reads("knitwear"),
  },
  { plan: "frigate:door@entrance", id: "frigate", format: "frigate", kind: "camera", says: counts("entrance") },
  {
    ...{ plan: "+zigbee2mqtt:fitting@fitting", id: "zigbee2mqtt-fitting", format: "zigbee2mqtt", kind: "shelf" },
    says(readings, shop) {
      const values = only(readings, "sensor").flatMap((reading) => reading.values);
      const last = (property: string) => values.findLast((value) => value.property === property)?.value;
      expect(last("occupancy")).toBe(shop.headCount("fitting") > 0 ? 1 : 0);
      expect(values.some(({ property, value }) => property === "occupancy" && value === 1)).toBe(true);
      expect(last("temperature")).toBeCloseTo(roomCelsius(shop.now()), 1);
    },
  },
];

const tags = [
  "bthome-scale:scarves@D4/1",
  "bthome-scale-encrypted:gloves@D3/1",
  "ruuvi-tag:fridge@beauty",
  "altbeacon:trolley@beauty",
  "eddystone-uid:stand@beauty",
  "eddystone-url:poster@beauty",
  "eddystone-tlm:stand@beauty",
  "eddystone-eid:secret@beauty",
];
const devices = [...rows.map(({ plan }) => plan), "+json-scale:warehouse/scale/7@E1/3", ...tags];

/** What is known of one tag, whoever heard it. */
function sensorOf(readings: Reading[], id: string) {
  const mac = macOf(id);
  return Object.fromEntries(
    only(readings, "sensor")
      .filter((reading) => reading.mac === mac)
      .flatMap(({ values }) => values.map(({ property, unit, value }) => [`${property} ${unit}`.trim(), value])),
  );
}

function checkTags(readings: Reading[], shop: Shop) {
  const mass = (place: string) => Math.round(truly(platesAt(shop, place)[0]) / 10) / 100;
  const items = (place: string) => platesAt(shop, place)[0]?.items.length ?? 0;
  for (const [id, place] of [
    ["bthome-scale-scarves", "D4/1"],
    ["bthome-scale-encrypted-gloves", "D3/1"],
  ] as const) {
    expect(sensorOf(readings, id)).toMatchObject({ "mass kg": mass(place), count: items(place) });
    expect(sensorOf(readings, id)["distance mm"]).toBe(rowDistanceMm(items(place)));
  }
  const fridge = sensorOf(readings, "ruuvi-tag-fridge");
  expect(fridge).toMatchObject({ "humidity %": 53.49, "pressure hPa": 1_000.44, "voltage V": 2.977, movements: 66 });
  expect(fridge["temperature °C"]).toBeCloseTo(roomCelsius(shop.now()) - 17, 1);
  expect(sensorOf(readings, "eddystone-tlm-stand")).toMatchObject({ "voltage V": 2.95 });
  const beacons = only(readings, "sightings").flatMap(({ sightings }) => sightings.map(({ beacon }) => beacon));
  const kinds = new Set(beacons.map((beacon) => beacon.replace(/^(altbeacon|eddystone):.*/, "$1")));
  expect(kinds).toContain("altbeacon");
  expect(kinds).toContain("eddystone");
  expect(kinds).toContain("eddystone-url:https://example.com/offer");
}

/** The engineer puts the foreign scales where ours were. */
async function adoptScales({ gateway }: SimulatedShop) {
  for (const [id, shelf, plates] of [
    ["tasmota-scale9", "A4", { 1: 1 }],
    ["esphome-shelf-c1", "C1", undefined],
    ["sparkplug-main--edge-b1--scale", "B1", undefined],
  ] as const) {
    // our own scale has gone, or lost a plate: its place is free once it is retired
    await gateway.api("POST", `/api/v1/devices/${shelf}/retire`, { body: {} });
    const place = { at: "shelf", id: shelf };
    const body = { name: id, kind: "shelf", place, ...(plates ? { plates } : {}) };
    const adopted = await gateway.api<Device>("POST", `/api/v1/devices/${id}/adopt`, { body });
    expect(adopted.status, JSON.stringify(adopted.value)).toBe(200);
  }
}

test("what every maker's device says over a real broker is what is true in the shop, and the gateway knows each by its name", async () => {
  expect(new Set(devices.map((plan) => /^\+?([a-z0-9-]+):/.exec(plan)?.[1]))).toEqual(
    new Set([...Object.values(makers).flatMap((byName) => Object.keys(byName)), ...Object.keys(tagMakers)]),
  );
  const shop = await simulatedShop({ ...still, devices });
  const key = Buffer.from(bindKeyOf("1", "bthome-scale-encrypted-gloves"), "hex");
  const { heard, of, unread } = await witness(shop, {
    keyOf: (mac) => (mac === macOf("bthome-scale-encrypted-gloves") ? { id: "1", key } : undefined),
  });
  await shop.run(1.5);
  await adoptScales(shop);
  await shop.run(0.6);

  const listed = (await shop.gateway.api<Device[]>("GET", "/api/v1/devices")).value;
  for (const { id, format, kind, says } of rows) {
    const messages = of(id);
    expect(new Set(messages.map((message) => `${message.format} ${message.kind}`)), id).toEqual(
      new Set([`${format} ${kind}`]),
    );
    says(
      messages.flatMap(({ readings }) => readings),
      shop.simulation.shop,
    );
    const device = listed.find((one) => one.id === id);
    expect(device, id).toMatchObject({ kind, format });
  }
  checkTags(
    heard.flatMap(({ readings }) => readings),
    shop.simulation.shop,
  );

  for (const place of ["A4/1", "C1", "B1"]) {
    for (const plate of platesAt(shop.simulation.shop, place)) {
      const stock = (await shop.gateway.api<StockItem>("GET", `/api/v1/stock/${plate.sku}`)).value;
      expect(stock.places.find((at) => at.shelf === plate.shelf && at.plate === plate.plate)?.count, plate.sku).toBe(
        plate.items.length,
      );
    }
  }
  const strangers = new Set(unread.map(({ topic }) => topic));
  expect(strangers).toEqual(new Set(["warehouse/scale/7"]));
  const inbox = (await shop.gateway.api<InboxTopic[]>("GET", "/api/v1/inbox")).value;
  expect(inbox.find(({ topic }) => topic === "warehouse/scale/7")?.samples[0]?.text).toContain("w_kg");
}, 60_000);
