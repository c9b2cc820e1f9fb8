import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { dataFolder, formatConfigErrors, loadConfig } from "./config.ts";
import { configSchemas } from "./install/config-schema.ts";
import { isGtin } from "./wire/gtin.ts";

const shipped = join(import.meta.dirname, "../config");

/** A copy of the shipped configuration, to spoil. */
function copyOfShop() {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(shipped, folder, { recursive: true });
  const lineOf = (file: string, part: string) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .findIndex((line) => line.includes(part)) + 1;
  return {
    folder,
    path: join(folder, "store.yaml"),
    lineOf,
    write: (file: string, text: string | Uint8Array) => writeFileSync(join(folder, file), text),
    /** Replaces the first `from`, and answers the line where `to` then stands. */
    spoil(file: string, from: string, to: string) {
      const text = readFileSync(join(folder, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
      const offset = text.indexOf(from);
      writeFileSync(join(folder, file), text.slice(0, offset) + to + text.slice(offset + from.length));
      return text.slice(0, offset).split("\n").length;
    },
    complaints(env = {}) {
      const result = loadConfig(join(folder, "store.yaml"), env);
      return result.ok ? [] : formatConfigErrors(result.errors).replaceAll(`${folder}/`, "").split("\n");
    },
  };
}

test("the shop that comes with Vitrine loads without a complaint", () => {
  const result = loadConfig(join(shipped, "store.yaml"), {});
  if (!result.ok) throw new Error(formatConfigErrors(result.errors));
  const { config, products, items, offers, floorPlan } = result.value;
  expect(products).toHaveLength(40);
  expect(config.zones).toHaveLength(6);
  expect(config.receivers).toHaveLength(4);
  expect(config.mirrors.map((mirror) => mirror.id)).toEqual(["mirror-1", "mirror-2"]);
  expect(config.shelves.length).toBeGreaterThanOrEqual(12);
  expect(offers.length).toBeGreaterThanOrEqual(3);
  expect(floorPlan).toContain("<svg");
  expect(items.every((item) => isGtin(item.gtin) && item.gtin.startsWith("952"))).toBe(true);
  expect(items.find((item) => item.sku === "COAT-QUAY-38")).toMatchObject({ size: "38", price: 42_000 });
  expect(items.some((item) => item.sku === "COAT-QUAY")).toBe(false);
});

test("what else to hear at a broker of the shop's own is a short list of topic filters", () => {
  const listening = (filters: string[]) => {
    const shop = copyOfShop();
    const broker = { url: "mqtt://broker.shop", listen: filters };
    shop.spoil("store.yaml", "# broker: {", `broker: ${JSON.stringify(broker)}\n# broker: {`);
    return shop.complaints();
  };
  expect(listening(["#", "acme/+/weight", "+/weight/#", "a//b"])).toEqual([]);
  for (const wrong of ["$SYS/#", "$share/us/#", "acme#", "a/#/b", "a+/b", ""]) {
    expect(listening(["acme/#", wrong]).join("\n"), wrong).toMatch(/broker\.listen/);
  }
  expect(listening(Array.from({ length: 21 }, (_, i) => `a/${i}`)).join("\n")).toMatch(/broker\.listen/);
});

test("a GLN is taken when its check digit is right, and mended when it is not", () => {
  const complaints = (gln: string) => {
    const shop = copyOfShop();
    shop.spoil("store.yaml", "  timeZone:", `  gln: "${gln}"\n  timeZone:`);
    return shop.complaints();
  };
  expect(complaints("9506000134376")).toEqual([]);
  expect(complaints("9506000134377").join("\n")).toContain("9506000134376");
  expect(complaints("950600013437").join("\n")).toMatch(/store\.gln/);
});

test("a distance sensor that shows the same before an empty place and a full one is a mistake", () => {
  const complaints = (fill: object) => {
    const shop = copyOfShop();
    const entry = "{ plate: 1, sku: HAND-BALM, capacity: 12, minimum: 3";
    shop.spoil("store.yaml", `${entry} }`, `${entry}, fill: ${JSON.stringify(fill)} }`);
    return shop.complaints().join("\n");
  };
  expect(complaints({ device: "tasmota-pusher", emptyMm: 400, fullMm: 100 })).toBe("");
  expect(complaints({ value: "shelf_distance", unit: "m", emptyMm: 100, fullMm: 400 })).toBe("");
  expect(complaints({ emptyMm: 400, fullMm: 400 })).toMatch("look the same to it");
  expect(complaints({ emptyMm: -1, fullMm: 400 })).toMatch(/emptyMm/);
});

test("the six zones cover the whole floor once, and those without a receiver have a camera", () => {
  const result = loadConfig(join(shipped, "store.yaml"), {});
  if (!result.ok) throw new Error(formatConfigErrors(result.errors));
  const { zones, floor, receivers } = result.value.config;
  for (let x = 0.05; x < floor.widthM; x += 0.1) {
    for (let y = 0.05; y < floor.depthM; y += 0.1) {
      const here = zones.filter(({ rect: [left, top, w, d] }) => x > left && x < left + w && y > top && y < top + d);
      expect(here.length, `${x.toFixed(2)}, ${y.toFixed(2)}`).toBe(1);
    }
  }
  const heard = new Set(receivers.map((receiver) => receiver.zone));
  expect(zones.filter((zone) => !heard.has(zone.id) && zone.camera === undefined)).toEqual([]);
});

test("every shelf stands in the zone it names, and every receiver hangs in its own", () => {
  const result = loadConfig(join(shipped, "store.yaml"), {});
  if (!result.ok) throw new Error(formatConfigErrors(result.errors));
  const { zones, shelves, receivers, mirrors } = result.value.config;
  const zoneAt = (x: number, y: number) =>
    zones.find(({ rect: [left, top, w, d] }) => x >= left && x <= left + w && y >= top && y <= top + d)?.id;
  for (const { rect, zone, id } of [...shelves, ...mirrors]) {
    expect(zoneAt(rect[0] + rect[2] / 2, rect[1] + rect[3] / 2), id).toBe(zone);
  }
  for (const { at, zone, id } of receivers) expect(zoneAt(at[0], at[1]), id).toBe(zone);
});

test("a configuration with ten mistakes names all ten, each with its file and line", () => {
  const shop = copyOfShop();
  const lines = [
    [shop.spoil("offers.yaml", "percentOff: 20", "percentOff: 200"), "offers.yaml", "at most 90"],
    [shop.spoil("offers.yaml", "sku: COAT-QUAY-38", "sku: COAT-QUAY"), "offers.yaml", "comes in sizes"],
    [shop.spoil("products.json", '"9520140100', '"9520141100'), "products.json", "wrong check digit"],
    [shop.spoil("products.json", '"category": "hats"', '"category": "hat"'), "products.json", 'Did you mean "hats"?'],
    [shop.spoil("store.yaml", "Europe/Brussels", "Europe/Brusels"), "store.yaml", 'Did you mean "Europe/Brussels"?'],
    [shop.spoil("store.yaml", 'opens: "10:00"', 'opens: "20:00"') + 1, "store.yaml", "is not after"],
    [
      shop.spoil("store.yaml", "ble-knitwear, zone: knitwear", "ble-knitwear, zone: knitwaer"),
      "store.yaml",
      "knitwear",
    ],
    [shop.spoil("store.yaml", "sku: HAND-BALM,", "sku: HND-BALM,"), "store.yaml", 'Did you mean "HAND-BALM"?'],
    [
      shop.spoil("store.yaml", "plate: 2, sku: SERUM-NIGHT", "plate: 1, sku: SERUM-AMBER"),
      "store.yaml",
      "on plate 1 twice",
    ],
    [shop.spoil("store.yaml", "rect: [13.65, 4.9", "rect: [14.65, 4.9"), "store.yaml", "outside the floor"],
  ] as const;
  const complaints = shop.complaints();
  expect(complaints).toHaveLength(10);
  for (const [index, [line, file, words]] of lines.entries()) {
    expect(complaints[index]).toContain(`${file}:${line}: `);
    expect(complaints[index]).toContain(words);
  }
});

test("a wrong product on a plate reads as one sentence with the nearest name", () => {
  const shop = copyOfShop();
  const line = shop.spoil("store.yaml", "sku: HAND-BALM,", "sku: HND-BALM,");
  expect(shop.complaints()).toEqual([
    `store.yaml:${line}: shelves[8].plates[0].sku "HND-BALM" is not a product. Did you mean "HAND-BALM"?`,
  ]);
});

test.each([
  ["a misspelt setting", "  address:", "  adress:", 'store.adress is not known here. Did you mean "address"?'],
  ["the same person twice", "id: jonas", "id: mia", 'staff[1].id "mia" is already the id of staff[0].'],
  [
    "two shelves on one device",
    "device: A4",
    "device: A3",
    'shelves[3].device "A3" is already the device of shelves[2].',
  ],
  [
    "a currency that is none",
    "currency: EUR",
    "currency: EUX",
    'store.currency "EUX" is not a currency. Did you mean "EUR"?',
  ],
  ["a locale that is none", "locale: en-IE", "locale: xx-Q!", 'store.locale "xx-Q!" is not a locale, such as en-IE.'],
  [
    "a full plate that asks to be filled",
    "capacity: 16, minimum: 4",
    "capacity: 16, minimum: 16",
    "a full plate would ask",
  ],
  [
    "a place wider than the plate",
    "sku: SCENT-QUAY, capacity: 8, minimum: 2",
    "sku: SCENT-QUAY, capacity: 8, minimum: 2, x: 0.9, width: 0.5",
    "SCENT-QUAY reaches over its edge",
  ],
  ["a plate that no shelf could carry", "COAT-QUAY-36, capacity: 6", "COAT-QUAY-36, capacity: 400", "592 kg"],
  ["words instead of a number", "capacity: 16", "capacity: many", 'must be a whole number, not "many".'],
  [
    "two video and web servers on one port",
    "staff:",
    "http: { port: 44444 }\nstaff:",
    "44444 is already the port of http.",
  ],
  ["a certificate without its key", "staff:", "tls: { cert: shop.crt }\nstaff:", "tls.key is missing"],
  ["a misspelt setting of tls", "staff:", "tls: { clinets: required }\nstaff:", "tls.clinets is not known here"],
  ["a certificate authority of somebody else", "staff:", "tls: theirs\nstaff:", '"theirs" must be one of own'],
  [
    "TLS on a port that is taken",
    "staff:",
    "tls: own\nmqtt: { port: 1883, tlsPort: 8080 }\nstaff:",
    "mqtt.tlsPort 8080 is already the port of http.",
  ],
])("%s is told in words", (_what, from, to, words) => {
  const shop = copyOfShop();
  shop.spoil("store.yaml", from, to);
  expect(shop.complaints().join("\n")).toContain(words);
});

test("an offer in a zone where nobody is heard is a mistake", () => {
  const shop = copyOfShop();
  const line = shop.spoil("offers.yaml", "zone: beauty", "zone: till");
  expect(shop.complaints()).toEqual([
    `offers.yaml:${line}: offers[0].zone "till" has no receiver, so no one is ever seen to enter it.`,
  ]);
});

test("TLS is off unless it is asked for, and its files are found beside the configuration", () => {
  const plain = loadConfig(join(shipped, "store.yaml"), {});
  expect(plain.ok && plain.value.config).toMatchObject({ mdns: true, mqtt: { port: 1883, tlsPort: 8883 } });
  expect(plain.ok && plain.value.config.tls).toBeUndefined();
  const shop = copyOfShop();
  shop.spoil("store.yaml", "staff:", "tls: { cert: keys/shop.crt, key: /etc/shop.key }\nstaff:");
  const result = loadConfig(join(shop.folder, "store.yaml"), {});
  if (!result.ok) throw new Error(formatConfigErrors(result.errors));
  expect(result.value.config.tls).toEqual({ cert: join(shop.folder, "keys/shop.crt"), key: "/etc/shop.key" });
});

test("ports, broker and its password may come from the environment", () => {
  const env = {
    VITRINE_HTTP_PORT: "0",
    VITRINE_MQTT_PORT: "2883",
    VITRINE_MQTTS_PORT: "2884",
    VITRINE_MEDIA_PORT: "50000",
    VITRINE_BROKER_URL: "mqtt://10.0.0.7",
    VITRINE_BROKER_USERNAME: "vitrine",
    VITRINE_BROKER_PASSWORD: "of the shop",
  };
  const result = loadConfig(join(shipped, "store.yaml"), env);
  if (!result.ok) throw new Error(formatConfigErrors(result.errors));
  expect(result.value.config.http.port).toBe(0);
  expect(result.value.config.mqtt).toEqual({ port: 2883, tlsPort: 2884 });
  expect(result.value.config.media).toMatchObject({ port: 50_000, shareMinutes: 30, maxViewers: 10 });
  expect(result.value.config.broker).toEqual({ url: "mqtt://10.0.0.7", username: "vitrine", password: "of the shop" });
  expect(dataFolder({ VITRINE_DATA: "/srv/vitrine" })).toBe("/srv/vitrine");
});

test("a wrong variable is named, and a password is never repeated", () => {
  const shop = copyOfShop();
  const complaints = shop.complaints({ VITRINE_HTTP_PORT: "eighty", VITRINE_BROKER_URL: "http://secret@host" });
  expect(complaints).toEqual([
    "environment: VITRINE_BROKER_URL must begin with mqtt:// or mqtts://.",
    "environment: VITRINE_HTTP_PORT must be a port from 0 to 65535 (0 = any free port).",
  ]);
});

test("several products share a plate as long as each has its own place and all of them fit", () => {
  const shop = copyOfShop();
  const place = (sku: string, more: string) => `plate: 1, sku: ${sku}, capacity: 10, minimum: 3${more} }`;
  shop.spoil("store.yaml", "plate: 2, sku: SERUM-NIGHT, capacity: 10, minimum: 3 }", place("SERUM-NIGHT", ""));
  expect(shop.complaints()).toEqual([]);
  shop.spoil("store.yaml", place("SERUM-AMBER", ""), place("SERUM-AMBER", ", x: 0.25, width: 0.5"));
  const line = shop.spoil("store.yaml", place("SERUM-NIGHT", ""), place("SERUM-NIGHT", ", x: 0.6, width: 0.5"));
  const at = `store.yaml:${line}: shelves[9].plates[1]`;
  expect(shop.complaints()).toEqual([`${at}.width Plate 1: SERUM-NIGHT stands in the place of SERUM-AMBER.`]);
  shop.spoil("store.yaml", "x: 0.6", "x: 0.75");
  shop.spoil("store.yaml", "device: C2\n", "device: C2\n    plateMm: [400, 200]\n");
  shop.spoil("products.json", '"grams": 114', '"widthMm": 40, "depthMm": 80, "grams": 114');
  expect(shop.complaints()).toEqual([]);
  shop.spoil("products.json", '"widthMm": 40', '"widthMm": 45');
  expect(shop.complaints()[0]).toMatch(/shelves\[9\]\.plates\[1\]\.capacity 10 of SERUM-NIGHT do not fit: 8 stand/);
});

test("a product without grams is a product all the same", () => {
  const shop = copyOfShop();
  shop.spoil("products.json", '"grams": 114,', "");
  expect(shop.complaints()).toEqual([]);
  const result = loadConfig(shop.path, {});
  expect(result.ok && result.value.items.find(({ sku }) => sku === "SERUM-NIGHT")).not.toHaveProperty("grams");
});

test("a missing product file is one complaint, not one for every plate", () => {
  const shop = copyOfShop();
  shop.spoil("store.yaml", "products: products.json", "products: prodcts.json");
  expect(shop.complaints()).toEqual(["prodcts.json: This file is missing."]);
});

test("a setting written twice does not hide the other mistakes", () => {
  const shop = copyOfShop();
  const twice = shop.spoil("store.yaml", "  currency: EUR", "  currency: EUR\n  currency: GBP") + 1;
  const wrong = shop.spoil("store.yaml", "device: A4", "device: A3");
  expect(shop.complaints()).toEqual([
    `store.yaml:${twice}: This setting is written twice in the same place.`,
    `store.yaml:${wrong}: shelves[3].device "A3" is already the device of shelves[2].`,
  ]);
});

test("aliases, which can fill the memory from a small file, are refused where they stand", () => {
  const shop = copyOfShop();
  shop.write("offers.yaml", "a: &a [x, x]\nb: &b [*a, *a]\noffers: [*b, *b]\n");
  const complaints = shop.complaints();
  expect(complaints[0]).toContain("offers.yaml:2: *a is an alias.");
  expect(complaints).toHaveLength(4);
});

test("a floor plan that could run or fetch something is refused", () => {
  const shop = copyOfShop();
  const line = shop.spoil("floor.svg", '<g class="plan-window"', '<g onload="x()" class="plan-window"');
  expect(shop.complaints()[0]).toContain(`floor.svg:${line}: A floor plan may hold shapes only`);
});

test("whatever stands in the files, loading them answers and never throws", () => {
  const shop = copyOfShop();
  const yaml = readFileSync(join(shipped, "store.yaml"), "utf8");
  const spoiled = fc
    .tuple(
      fc.nat(yaml.length),
      fc.nat(40),
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 12 }),
        fc.constantFrom(
          "[",
          "{",
          "&a ",
          "*a",
          "!!x ",
          "\t",
          ": ",
          "- ",
          "1e308",
          "null",
          "---\n",
          "?",
          "__proto__: 1\n",
        ),
      ),
    )
    .map(([at, cut, put]) => yaml.slice(0, at) + put + yaml.slice(at + cut));
  fc.assert(
    fc.property(fc.oneof(spoiled, fc.string({ unit: "binary" }), fc.json()), (text) => {
      shop.write("store.yaml", text);
      const result = loadConfig(shop.path, {});
      if (!result.ok) {
        expect(result.errors.length).toBeGreaterThan(0);
        expect(formatConfigErrors(result.errors)).not.toContain("\nundefined");
      }
    }),
    { numRuns: 60 },
  );
  shop.write("store.yaml", "[".repeat(200_000));
  expect(shop.complaints().length).toBeGreaterThan(0);
  shop.write("store.yaml", new Uint8Array(9 * 1024 * 1024));
  expect(shop.complaints()[0]).toContain("is the limit");
});

test("the schemas that editors use are those the gateway checks by", () => {
  for (const { file, text } of configSchemas()) {
    expect(JSON.parse(readFileSync(join(shipped, "schema", file), "utf8")), file).toEqual(JSON.parse(text));
  }
});
