import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import type { Offer } from "#wire/views.ts";
import { root } from "./commands/setting.ts";
import { type Booted, basketAdvert, bootGateway, shopConfig, temporaryFolder } from "./test-gateway.ts";

const basket = 20;

function run(...args: string[]): { child: ChildProcess; output: Promise<string> } {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout?.on("data", (chunk) => (text += chunk));
  return { child, output: once(child, "close").then(() => text) };
}

const vitrine = (...args: string[]) => run(join(root, "gateway", "main.ts"), ...args);

/** A simulated shop around the gateway, as `vitrine demo` starts it. */
function simulate(shop: Booted): ChildProcess {
  const world = join(shop.dataFolder, "world.json");
  writeFileSync(world, JSON.stringify(shop.loaded));
  const broker = ["--broker", `mqtt://127.0.0.1:${shop.mqttPort}`, "--username", "demo", "--password", "demo"];
  return run(join(root, "firmware-sim", "main.ts"), "--world", world, ...broker, "--seed", "7", "--no-video").child;
}

/** Joins, says yes, is carried to where an offer waits, and uses it at the till. */
async function shopAndRedeem(shop: Booted) {
  const rule = shop.loaded.offers[0];
  const receiver = shop.loaded.config.receivers.find(({ zone }) => zone === rule?.zone);
  const basketKey = shop.gateway.access.tokens.basketKey(basket);
  const { value } = await shop.api<{ token: string }>("POST", "/api/v1/shoppers", { body: { basket, basketKey } });
  const { token } = value;
  await shop.api("POST", "/api/v1/shoppers/me/consents", {
    token,
    body: { presence: true, offers: true, mirror: false, textVersion: "2026-11" },
  });
  const onShelf = async () => (await shop.api<{ onShelf: number }>("GET", `/api/v1/stock/${rule?.sku}`)).value.onShelf;
  await expect.poll(onShelf, { timeout: 30_000 }).toBeGreaterThan(0);
  const device = await shop.mqtt("extra-receiver");
  let seq = 0;
  const offers = async () => {
    const adverts = [{ mac: "c3:00:00:00:00:20", rssi: -48, data: basketAdvert(shop.loaded.config.baskets, basket) }];
    const message = JSON.stringify({ boot: 99, seq: ++seq, adverts });
    await device.publishAsync(`store/main/ble/${receiver?.id}/adverts`, message, { qos: 1 });
    return (await shop.api<Offer[]>("GET", "/api/v1/shoppers/me/offers", { token })).value;
  };
  await expect.poll(offers, { timeout: 30_000, interval: 200 }).not.toEqual([]);
  const code = (await offers())[0]?.code;
  const redeemed = await shop.api("POST", `/api/v1/offers/${code}/redeem`, {
    headers: { "idempotency-key": "till-1" },
    body: {},
  });
  expect(redeemed.status).toBe(200);
}

function journal(dataFolder: string): string[] {
  const db = new DatabaseSync(join(dataFolder, "vitrine.db"), { readOnly: true });
  const rows = db.prepare("SELECT body FROM journal ORDER BY id").all();
  db.close();
  return rows.map((row) => String(row.body));
}

test("a record of the shop, with someone joining and using an offer in it, replays to the same events every time", {
  timeout: 300_000,
}, async () => {
  const shop = await bootGateway({ loaded: shopConfig() });
  const simulator = simulate(shop);
  const happened = (type: string) => journal(shop.dataFolder).filter((body) => body.includes(`"${type}"`)).length;
  // in the middle of a day: baskets are on their way, scales have moved, clocks have been learned
  await expect.poll(() => happened("zone-entered"), { timeout: 60_000 }).toBeGreaterThan(3);

  const file = join(temporaryFolder(), "shop.jsonl");
  const recording = vitrine("record", file, "--url", shop.url);
  await expect
    .poll(() => existsSync(file) && readFileSync(file, "utf8").includes('"begin"'), { timeout: 30_000 })
    .toBe(true);
  const before = happened("stock-changed");
  await shopAndRedeem(shop);
  await expect.poll(() => happened("stock-changed"), { timeout: 60_000 }).toBeGreaterThan(before + 10);
  simulator.kill("SIGTERM");
  await once(simulator, "close");
  recording.child.kill("SIGINT");
  await recording.output;

  const first = await vitrine("replay", file).output;
  const second = await vitrine("replay", file).output;
  expect(first).toBe(second);
  const events = first.trimEnd().split("\n");
  for (const type of [
    "stock-changed",
    "zone-entered",
    "shopper-joined",
    "consent-changed",
    "offer-issued",
    "offer-redeemed",
  ]) {
    expect(
      events.some((event) => event.includes(`"type":"${type}"`)),
      type,
    ).toBe(true);
  }
  // and they are the events that truly happened, every one of them from the first to the last
  const truth = journal(shop.dataFolder);
  const start = truth.indexOf(events[0] ?? "");
  expect(truth.slice(start, start + events.length)).toEqual(events);
  expect(readFileSync(file, "utf8")).not.toContain("eyJ");
});
