import { Bonjour, type Service } from "bonjour-service";
import { expect, onTestFinished, test } from "vitest";
import { silentLog } from "../log.ts";
import { announce } from "./mdns.ts";

// A true multicast socket on this machine; the other side is the same library, as a stranger's computer would be.

const unique = () => `Vitrine test ${process.pid} ${Math.random().toString(36).slice(2)}`;

function listen(type: string) {
  const bonjour = new Bonjour();
  onTestFinished(() => new Promise<void>((resolve) => bonjour.destroy(() => resolve())));
  const up = new Map<string, Service>();
  const browser = bonjour.find({ type }, (service: Service) => void up.set(service.name, service));
  browser.on("down", (service: Service) => void up.delete(service.name));
  return { up, update: () => browser.update() };
}

function speak(name: string, services: Parameters<typeof announce>[0]["services"], listenMs = 400) {
  const announcement = announce({
    log: silentLog,
    name,
    machine: "vitrine-test",
    storeId: "main",
    services,
    listenMs,
  });
  onTestFinished(announcement.close);
  return announcement;
}

test("a device that looks for a broker on the network finds the shop's, and is told when it goes", async () => {
  const stranger = listen("mqtt");
  const name = unique();
  const announcement = speak(name, [
    { type: "mqtt", port: 1883 },
    { type: "http", port: 8080 },
  ]);
  expect(await announcement.ready).toBe(name);
  await expect.poll(() => stranger.up.get(name)).toMatchObject({ port: 1883, txt: { store: "main" } });
  expect(stranger.up.get(name)?.host).toBe("vitrine-test.local");
  await announcement.close();
  await expect.poll(() => stranger.up.has(name)).toBe(false);
});

test("a second gateway of the same name on one network calls itself (2)", async () => {
  const stranger = listen("mqtt");
  const name = unique();
  const first = speak(name, [{ type: "mqtt", port: 1883 }]);
  await first.ready;
  await expect.poll(() => stranger.up.has(name)).toBe(true);
  // long enough for the first one's answer on a machine that has much else to do
  const second = speak(name, [{ type: "mqtt", port: 1884 }], 4_000);
  expect(await second.ready).toBe(`${name} (2)`);
});

test("closing before anything was said says nothing", async () => {
  const stranger = listen("mqtt");
  const [early, marker] = [unique(), unique()];
  const announcement = speak(early, [{ type: "mqtt", port: 1883 }]);
  await announcement.close();
  await speak(marker, [{ type: "mqtt", port: 1885 }]).ready;
  await expect.poll(() => stranger.up.has(marker)).toBe(true);
  expect(stranger.up.has(early)).toBe(false);
});
