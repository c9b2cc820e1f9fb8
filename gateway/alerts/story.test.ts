import { expect, test } from "vitest";
import type { AvailabilityDay } from "#wire/stock-views.ts";
import type { Alert, HelpView } from "#wire/views.ts";
import { createManualClock } from "../clock.ts";
import { type Booted, bootGateway, temporaryFolder } from "../test-gateway.ts";

const alerts = async (shop: Booted) => (await shop.api<Alert[]>("GET", "/api/v1/alerts")).value;
const help = async (shop: Booted) => (await shop.api<HelpView>("GET", "/api/v1/mirrors/mirror-2/help")).value;

test("a call from a mirror reaches staff on MQTT too, the mirror reads who is coming, and both know when it is done", async () => {
  const shop = await bootGateway();
  const listener = await shop.mqtt("listener");
  const heard: string[] = [];
  listener.on("message", (topic, payload) => heard.push(`${topic.split("/").at(-1)} ${payload.toString()}`));
  await listener.subscribeAsync("store/main/alert/+");
  const body = { sku: "GLASSES-ORSO", note: "in another size" };
  const asked = await shop.api<HelpView>("POST", "/api/v1/mirrors/mirror-2/help", { body });
  expect(asked).toMatchObject({ status: 201, value: { state: "asked", ...body } });
  const [alert] = await alerts(shop);
  expect(alert).toMatchObject({ kind: "help", severity: "stop", mirrorId: "mirror-2", zone: "fitting", ...body });
  await expect
    .poll(() => heard.some((line) => line.startsWith(`${alert?.id} {`) && line.includes('"help"')))
    .toBe(true);
  await shop.api("POST", `/api/v1/alerts/${alert?.id}/assign`, { body: { by: "mia" } });
  expect(await help(shop)).toMatchObject({ state: "coming", by: "Mia" });
  await shop.api("POST", `/api/v1/alerts/${alert?.id}/resolve`, { body: { by: "mia" } });
  expect(await help(shop)).toEqual({ state: "none" });
  expect(await alerts(shop)).toEqual([]);
  await expect.poll(() => heard.at(-1)).toBe(`${alert?.id} `);
});

test("alerts, what was put off and how long a shelf stood empty outlive a restart", async () => {
  const clock = createManualClock(Date.UTC(2026, 10, 20, 10));
  const dataFolder = temporaryFolder();
  const first = await bootGateway({ clock, dataFolder });
  const scale = await first.mqtt("scale");
  const weigh = (seq: number, grams: number) =>
    scale.publishAsync("store/main/shelf/C1/reading", JSON.stringify({ boot: 1, seq, plates: [{ plate: 1, grams }] }), {
      qos: 1,
    });
  const unit = first.loaded.items.find(({ sku }) => sku === "HAND-BALM")?.grams ?? 0;
  await weigh(1, 4 * unit);
  clock.advance(10_000);
  await weigh(2, 0);
  const [empty] = await alerts(first);
  expect(empty).toMatchObject({ kind: "empty", shelf: "C1" });
  await first.api("POST", `/api/v1/alerts/${empty?.id}/snooze`, { body: { minutes: 30 } });
  await first.gateway.close();
  clock.advance(20 * 60_000);
  const second = await bootGateway({ clock, dataFolder });
  const [kept] = await alerts(second);
  expect(kept).toMatchObject({ id: empty?.id, state: "snoozed", value: empty?.value });
  const { value: day } = await second.api<AvailabilityDay>("GET", "/api/v1/history/availability");
  const place = day.places.find(({ sku }) => sku === "HAND-BALM");
  expect(place?.emptyMs).toBe(20 * 60_000);
  expect(place?.empty).toEqual([[empty?.openedAt, null]]);
  clock.advance(11 * 60_000);
  await expect.poll(async () => (await alerts(second))[0]?.state, { timeout: 20_000 }).toBe("open");
});
