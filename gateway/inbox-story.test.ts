import { expect, test } from "vitest";
import type { Reading } from "#wire/decoded.ts";
import type { Device, InboxTopic, StockItem, Zone } from "#wire/views.ts";
import { bootGateway } from "./test-gateway.ts";

const topic = "acme/cellar-7/state";

/** A shelf of the shipped shop with one product on it, and what a piece of it weighs. */
function somewhere(shop: Awaited<ReturnType<typeof bootGateway>>) {
  for (const shelf of shop.loaded.config.shelves) {
    for (const { plate, sku } of shelf.plates) {
      const grams = shop.loaded.items.find((item) => item.sku === sku)?.grams;
      if (grams !== undefined && grams > 100) return { shelf: shelf.id, plate, sku, grams };
    }
  }
  throw new Error("nothing in the shop weighs more than 100 g");
}

test("JSON that nobody knows: the inbox shows it, guesses, lets a mapping be tried, and once adopted it counts stock", async () => {
  const shop = await bootGateway();
  const { shelf, plate, sku, grams } = somewhere(shop);
  const inbox = async () => (await shop.api<InboxTopic[]>("GET", "/api/v1/inbox")).value;
  const onShelf = async () => (await shop.api<StockItem>("GET", `/api/v1/stock/${sku}`)).value.onShelf;
  const scale = await shop.mqtt("acme-7");
  const weigh = (pieces: number) =>
    scale.publishAsync(topic, JSON.stringify({ load_g: grams * pieces, bat: 71, up: 900 }), { qos: 1 });

  await weigh(3);
  expect(await onShelf()).toBe(0);
  const [unread] = await inbox();
  expect(unread).toMatchObject({
    topic,
    client: "acme-7",
    reason: "no format speaks for this topic",
    count: 1,
    samples: [{ text: expect.stringContaining('"bat":71') }],
  });
  const [guess] = unread?.guesses ?? [];
  expect(guess?.about).toBe(`Looks like a weight, ${grams * 3} g at load_g.`);

  // the engineer says which plate it is, and looks what would be read
  const fields = (guess?.mapping.fields ?? []).map((field) =>
    field.yields.reading === "weight" ? { ...field, yields: { ...field.yields, plate } } : field,
  );
  const mapping = { topic, kind: "shelf", fields };
  const hex = unread?.samples[0]?.hex;
  type Tried = { ok: boolean; readings?: Reading[]; reason?: string };
  const tried = await shop.api<Tried>("POST", "/api/v1/inbox/try", { body: { mapping, topic, hex } });
  expect(tried.value).toEqual({
    ok: true,
    readings: [
      { kind: "plates", plates: [{ plate, grams: grams * 3 }] },
      { kind: "telemetry", values: { battery: 71 } },
    ],
  });
  const wrong = { ...mapping, fields: [{ path: "weight", unit: "g", yields: { reading: "weight", plate } }] };
  expect((await shop.api<Tried>("POST", "/api/v1/inbox/try", { body: { mapping: wrong, topic, hex } })).value).toEqual({
    ok: false,
    reason: '"weight" is missing in this payload',
  });
  expect(await onShelf(), "trying changes nothing").toBe(0);

  const place = { at: "shelf", id: shelf };
  const adopted = await shop.api<Device>("POST", "/api/v1/devices/acme-7/adopt", {
    body: { name: "Cellar scale", kind: "shelf", place, plates: { [plate]: plate }, mapping },
  });
  expect(adopted).toMatchObject({ status: 200, value: { name: "Cellar scale", place } });
  expect(await inbox(), "what was dealt with lies there no longer").toEqual([]);

  await weigh(3);
  expect(await onShelf()).toBe(3);
  const devices = (await shop.api<Device[]>("GET", "/api/v1/devices")).value;
  expect(devices.find(({ id }) => id === "acme-7")).toMatchObject({
    format: "mapped",
    state: "online",
    telemetry: { battery: 71 },
  });

  // what its mapping cannot read lies in the inbox again, and the next good one counts
  await scale.publishAsync(topic, '{"load_g":"heavy"}', { qos: 1 });
  expect(await inbox()).toMatchObject([{ topic, reason: '"load_g" says "heavy", which is not a number', guesses: [] }]);
  await weigh(2);
  await expect.poll(onShelf).toBe(2);
  const cleared = await shop.api("DELETE", `/api/v1/inbox?topic=${encodeURIComponent(topic)}`);
  expect(cleared.status).toBe(200);
  expect(await inbox()).toEqual([]);
});

test("a counter of people that nobody knows tells how many are in a zone, once it is mapped", async () => {
  const shop = await bootGateway();
  const zone = shop.loaded.config.zones.find(({ camera }) => camera === undefined)?.id ?? "";
  const eye = await shop.mqtt("eye-3");
  const say = (count: number) => eye.publishAsync(`eye/${zone}/out`, JSON.stringify({ personas: count }), { qos: 1 });
  const inside = async () =>
    (await shop.api<Zone[]>("GET", "/api/v1/zones")).value.find((one) => one.zone === zone)?.occupancy;
  await say(3);
  const [unread] = (await shop.api<InboxTopic[]>("GET", "/api/v1/inbox")).value;
  const [guess] = unread?.guesses ?? [];
  expect(guess?.about).toBe("Looks like a count of people, 3 people at personas.");
  expect(guess?.mapping.fields[0]?.yields, "the zone that its topic names").toEqual({ reading: "people", zone });
  const adopted = await shop.api("POST", "/api/v1/devices/eye-3/adopt", {
    body: { name: "Eye", kind: "camera", place: { at: "zone", id: zone }, mapping: guess?.mapping },
  });
  expect(adopted.status).toBe(200);
  await say(4);
  await expect.poll(inside).toBe(4);
});

test("pages hear how much lies in the inbox at once, and then at most once in two seconds", async () => {
  const shop = await bootGateway();
  const stop = new AbortController();
  const response = await fetch(`${shop.url}/api/v1/stream`, { signal: stop.signal });
  const told: { topics: number; total: number }[] = [];
  const reading = (async () => {
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (/^event: inbox$/m.test(event) && data !== undefined) told.push(JSON.parse(data));
      }
    }
  })().catch(() => {});
  await expect.poll(() => told).toEqual([{ topics: 0, total: 0 }]);
  const flood = await shop.mqtt("flood");
  for (let i = 0; i < 300; i++) await flood.publishAsync(`flood/${i % 30}`, "?", { qos: 1 });
  await expect.poll(() => told.at(-1)).toEqual({ topics: 30, total: 300 });
  // 300 messages are far quicker than two seconds each
  expect(told.length).toBeLessThan(20);
  stop.abort();
  await reading;
});
