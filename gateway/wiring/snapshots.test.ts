import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import { createHouse } from "../house.ts";
import { silentLog } from "../log.ts";
import { createStorage } from "../storage/storage.ts";
import { shopConfig, temporaryFolder } from "../test-gateway.ts";
import { readEvent, restore } from "./restore.ts";
import { createSnapshots } from "./snapshots.ts";

const house = createHouse(shopConfig());
const mac = "c4e1a7f09b23";
const at = 1_000_000;

const heard = (deviceId: string): DomainEvent => ({
  ...{
    type: "device-discovered",
    at,
    deviceId,
    kind: "ble",
    format: "bthome",
    topic: "shellies/gateway",
    relayed: true,
  },
});
const forgotten: DomainEvent = { type: "device-forgotten", at, deviceId: mac };
const adopted: DomainEvent = {
  ...{ type: "device-adopted", at, deviceId: mac, kind: "ble", name: "Fridge", by: "ana" },
  place: { at: "zone", id: "entrance" },
};

/** A shop's memory, opened on a folder; `say` is what happened, once it is on disk. */
async function open(folder: string) {
  const storage = createStorage({ folder, log: silentLog });
  const onDisk = await storage.start();
  const { committed: state, decided: felt } = restore(house, onDisk);
  const snapshots = createSnapshots({ storage, onDisk, state: () => state, memory: () => felt });
  storage.listen({
    committed: (entries) => {
      for (const { id, event } of entries) {
        house.evolve(state, event);
        snapshots.committed(id, event);
      }
    },
    failed: () => {},
  });
  return {
    state,
    /** What is decided on, with what plates feel and nobody writes down. */
    felt,
    again() {
      for (const { body } of onDisk.events) snapshots.again(readEvent(body));
    },
    say: (...events: DomainEvent[]) =>
      new Promise<void>((resolve) => storage.whenCommitted(storage.enqueue(events), () => resolve())),
    close: () => storage.close(),
  };
}

const holds = (folder: string, text: string) =>
  readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(text));

test("a neighbour's sensor that is heard no more leaves no trace on disk", async () => {
  const folder = temporaryFolder();
  const shop = await open(folder);
  await shop.say(heard(mac), heard("d00000000001"));
  expect(holds(folder, mac)).not.toEqual([]);
  await shop.say(forgotten);
  await shop.close();
  expect(holds(folder, mac)).toEqual([]);
  expect(holds(folder, "d00000000001")).not.toEqual([]);
  const again = await open(folder);
  expect(again.state.devices.pending).toEqual(new Set(["d00000000001"]));
  await again.close();
});

test("a crash between its leaving and that changes nothing", async () => {
  const folder = temporaryFolder();
  const before = createStorage({ folder, log: silentLog });
  await before.start();
  before.enqueue([heard(mac), forgotten]);
  await before.close();
  expect(holds(folder, mac)).not.toEqual([]);
  const shop = await open(folder);
  shop.again();
  await shop.close();
  expect(holds(folder, mac)).toEqual([]);
});

test("of a sensor that was the shop's own the journal goes on telling", async () => {
  const folder = temporaryFolder();
  const shop = await open(folder);
  await shop.say(heard(mac), adopted, { type: "device-retired", at, deviceId: mac, by: "ana" });
  await shop.say({ type: "device-dismissed", at, deviceId: mac, by: "ana" });
  await shop.close();
  const db = new DatabaseSync(join(folder, "vitrine.db"), { readOnly: true });
  expect(db.prepare("SELECT count(*) AS n FROM journal WHERE body LIKE ?").get(`%${mac}%`)).toEqual({ n: 4 });
  db.close();
});

test("a busy hour ends with a snapshot, and where the plates have crept by then is in it", async () => {
  const folder = temporaryFolder();
  const shop = await open(folder);
  const plate = shop.felt.shelves.devices.get("A1")?.get(1);
  if (!plate) throw new Error("the shop has no shelf A1");
  plate.signal.level = 123.4;
  const left = (minutes: number): DomainEvent => ({
    ...{ type: "zone-left", at: at + minutes * 60_000, carrier: "basket-1", zone: "beauty" },
  });
  const snapshotId = () => {
    const db = new DatabaseSync(join(folder, "vitrine.db"), { readOnly: true });
    const row = db.prepare("SELECT max(up_to) AS id FROM snapshot").get();
    db.close();
    return row?.id;
  };
  for (const minutes of [0, 20, 59]) await shop.say(left(minutes));
  expect(snapshotId()).toBeNull();
  await shop.say(left(61));
  await shop.say(left(90));
  expect(snapshotId()).toBe(4);
  await shop.close();
  const again = await open(folder);
  expect(again.felt.shelves.devices.get("A1")?.get(1)?.signal.level).toBe(123.4);
  await again.close();
});
