import { createHash, generateKeyPairSync } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { encodeBundle, signManifest } from "#wire/firmware.ts";
import type { Device, Rollout } from "#wire/views.ts";
import { createFleet, type FleetOptions } from "../firmware-sim/fleet.ts";
import { createTrustedKeys } from "./firmware/trusted-keys.ts";
import { type Booted, bootGateway, shopConfig, temporaryFolder } from "./test-gateway.ts";

/** True shelves of the simulator, the true gateway, true time: minutes of waiting made short by the pace. */
const timing = { dark: 100, confirmAfter: 300, watchdog: 60_000 };
const pace = { soakMs: 1_500, backMs: 15_000, patienceMs: 20_000 };
type Image = { version: string; behaviour: string; crashAfterMs?: number };

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const trustedKey = publicKey.export({ format: "jwk" }).x ?? "";

function signed({ version, ...image }: Image, key = privateKey): Uint8Array {
  const bytes = Buffer.from(JSON.stringify({ version, ...image, padding: "x".repeat(200_000) }));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const about = { version, kind: "shelf", sizeBytes: bytes.length, sha256, createdAt: Date.now() } as const;
  return encodeBundle(signManifest(about, key), bytes);
}

async function upload(gateway: Booted, bundle: Uint8Array) {
  const response = await fetch(`${gateway.url}/api/v1/firmware`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: Uint8Array.from(bundle),
  });
  return { status: response.status, value: await response.json() };
}

/** The shipped shop with so many more shelves, "shelf-1" … */
function shopWithShelves(count: number) {
  const loaded = structuredClone(shopConfig());
  const [pattern] = loaded.config.shelves;
  if (!pattern) throw new Error("the shipped shop has no shelf");
  for (let n = 1; n <= count; n++) {
    const id = `shelf-${n}`;
    loaded.config.shelves.push({ ...pattern, id, name: id, device: id, plates: pattern.plates.slice(0, 1) });
  }
  return loaded;
}

async function shopWithFleet(count: number, more: Pick<FleetOptions, "faults" | "timing"> = {}) {
  const dataFolder = temporaryFolder();
  await createTrustedKeys(dataFolder).trust("maker", trustedKey);
  const loaded = shopWithShelves(count);
  const gateway = await bootGateway({ dataFolder, loaded });
  const { id: storeId } = loaded.config.store;
  const url = `mqtt://127.0.0.1:${gateway.mqttPort}`;
  const fleet = createFleet({ url, username: "demo", password: "demo", storeId, count, trustedKey, timing, ...more });
  onTestFinished(() => fleet.close());
  const ids = fleet.devices().map(({ id }) => id);
  const devices = async (from = gateway) =>
    (await from.api<Device[]>("GET", "/api/v1/devices")).value.filter(({ id }) => ids.includes(id));
  const online = async () => (await devices()).filter(({ state }) => state === "online").length;
  await expect.poll(online).toBe(count);
  return { gateway, dataFolder, loaded, fleet, devices };
}

async function rollOut(gateway: Booted, image: Image, more: object = {}) {
  expect((await upload(gateway, signed(image))).status).toBe(201);
  const body = { version: image.version, kind: "shelf", ...pace, ...more };
  const { status, value } = await gateway.api<Rollout>("POST", "/api/v1/rollouts", { body });
  expect([status, value]).toMatchObject([201, { state: "running" }]);
  return value.id;
}

/** What a page is told about roll-outs, from now on. */
async function listen(gateway: Booted) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const response = await fetch(`${gateway.url}/api/v1/stream`, { signal: stop.signal });
  const told: Rollout[] = [];
  const read = async () => {
    let rest = "";
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        if (part.includes("event: rollout\n")) told.push(JSON.parse(part.slice(part.indexOf("data: ") + 6)));
      }
    }
  };
  // ends with the test
  void read().catch(() => undefined);
  return told;
}

const rolloutOf = async (gateway: Booted, id: string) =>
  (await gateway.api<Rollout[]>("GET", "/api/v1/rollouts")).value.find((one) => one.id === id);

async function whenOver(gateway: Booted, id: string): Promise<Rollout | undefined> {
  await expect
    .poll(async () => (await rolloutOf(gateway, id))?.state, { timeout: 100_000, interval: 250 })
    .toMatch(/^(done|rolled-back)$/);
  return rolloutOf(gateway, id);
}
const statesOf = (rollout: Rollout | undefined) => Object.groupBy(rollout?.devices ?? [], ({ state }) => state);

test("a good version reaches twenty shelves in stages, one of them through a power cut; a bad one halts by itself and goes back", {
  timeout: 240_000,
}, async () => {
  const { gateway, fleet, devices } = await shopWithFleet(20, { faults: { "shelf-7": { powerCuts: ["download"] } } });
  const good = await whenOver(gateway, await rollOut(gateway, { version: "2.0.0", behaviour: "good" }));
  expect(good).toMatchObject({ state: "done", stage: 2, stages: [5, 25, 100] });
  expect(statesOf(good).healthy?.length).toBe(20);
  expect(new Set(fleet.devices().map(({ firmware }) => firmware))).toEqual(new Set(["2.0.0"]));
  // from the factory, the power cut, and into the new version
  expect(fleet.devices().find(({ id }) => id === "shelf-7")?.starts).toBe(3);
  expect(new Set((await devices()).map(({ firmware }) => firmware))).toEqual(new Set(["vitrine-sim 2.0.0"]));

  const bad = { version: "3.0.0", behaviour: "crash-after-ms", crashAfterMs: 3_000 };
  const over = await whenOver(gateway, await rollOut(gateway, bad, { soakMs: 60_000 }));
  expect(over).toMatchObject({ state: "rolled-back", stage: 0 });
  expect(over?.why).toMatch(/^shelf-\d+ failed in stage 1\. It starts again and again\.$/);
  expect(statesOf(over)).toMatchObject({ "rolled-back": { length: 1 }, waiting: { length: 19 } });
  await expect
    .poll(() => new Set(fleet.devices().map(({ firmware, running }) => `${firmware} ${running}`)))
    .toEqual(new Set(["2.0.0 true"]));
});

test("a version that does not start is left by the shelf itself, and nobody else gets it", {
  timeout: 120_000,
}, async () => {
  const { gateway, fleet } = await shopWithFleet(4, { timing: { ...timing, watchdog: 4_000 } });
  const told = await listen(gateway);
  const over = await whenOver(gateway, await rollOut(gateway, { version: "2.0.0", behaviour: "never-boots" }));
  expect(over).toMatchObject({ state: "rolled-back", stage: 0 });
  expect(over?.why).toMatch(/failed in stage 1\. It came back with 1\.0\.0\.$/);
  expect(statesOf(over)).toMatchObject({ failed: { length: 1 }, waiting: { length: 3 } });
  await expect.poll(() => told.at(-1)).toEqual(over);
  expect(told[0]?.state).toBe("running");
  await expect
    .poll(() => new Set(fleet.devices().map(({ firmware, running }) => `${firmware} ${running}`)))
    .toEqual(new Set(["1.0.0 true"]));
});

test("a gateway that is switched off in the middle goes on where it was", { timeout: 120_000 }, async () => {
  const { gateway, dataFolder, loaded, fleet } = await shopWithFleet(4);
  const id = await rollOut(gateway, { version: "2.0.0", behaviour: "good" }, { stages: [25, 100], soakMs: 4_000 });
  await expect.poll(async () => statesOf(await rolloutOf(gateway, id)).waiting?.length, { interval: 20 }).toBe(3);
  await gateway.gateway.close();
  const config = structuredClone(loaded.config);
  config.mqtt.port = gateway.mqttPort;
  config.http.port = Number(new URL(gateway.url).port);
  const again = await bootGateway({ dataFolder, loaded: { ...loaded, config } });
  const over = await whenOver(again, id);
  expect(over?.state).toBe("done");
  expect(statesOf(over).healthy?.length).toBe(4);
  // nobody was asked twice: from the factory, and into the new version
  expect(fleet.devices().map(({ starts }) => starts)).toEqual([2, 2, 2, 2]);
});

test("what is signed by a stranger, cut short or of another kind is refused, and nothing of it is kept", async () => {
  const dataFolder = temporaryFolder();
  const gateway = await bootGateway({ dataFolder });
  const stranger = generateKeyPairSync("ed25519").privateKey;
  const bundle = signed({ version: "2.0.0", behaviour: "good" });
  expect(await upload(gateway, bundle)).toMatchObject({
    ...{ status: 400, value: { title: "This firmware cannot be trusted." } },
  });
  await createTrustedKeys(dataFolder).trust("maker", trustedKey);
  expect((await upload(gateway, signed({ version: "2.0.0", behaviour: "good" }, stranger))).status).toBe(400);
  expect(await upload(gateway, bundle.subarray(0, -10))).toMatchObject({
    value: { status: 400, title: "This firmware did not arrive whole." },
  });
  expect((await upload(gateway, Buffer.from("not firmware"))).status).toBe(400);
  expect((await upload(gateway, new Uint8Array())).status).toBe(400);
  expect((await gateway.api("GET", "/api/v1/firmware")).value).toEqual([]);
  expect((await upload(gateway, bundle)).status).toBe(201);
  expect((await upload(gateway, bundle)).status).toBe(200);
  const body = { version: "2.0.0", kind: "ble" };
  expect(await gateway.api("POST", "/api/v1/rollouts", { body })).toMatchObject({
    ...{ status: 409, value: { detail: "there is no image of 2.0.0 for a ble device" } },
  });
  expect((await fetch(`${gateway.url}/api/v1/firmware/2.0.0/image?kind=shelf`)).status).toBe(401);
});

test("an image is given to the device that was asked to take it, in parts if it likes, and to nobody else", {
  timeout: 60_000,
}, async () => {
  const dataFolder = temporaryFolder();
  await createTrustedKeys(dataFolder).trust("maker", trustedKey);
  const loaded = shopConfig();
  const gateway = await bootGateway({ dataFolder, loaded });
  const device = loaded.config.shelves[0]?.device ?? "";
  const topic = (channel: string) => `store/${loaded.config.store.id}/shelf/${device}/${channel}`;
  const { value: account } = await gateway.api<{ username: string; password: string }>(
    ...(["POST", `/api/v1/devices/${device}/credentials`] as const),
    { body: {} },
  );
  // on its own credentials, for its own topics
  const scale = await gateway.mqtt(device, { username: account.username, password: account.password });
  const heard: { url: string }[] = [];
  scale.on("message", (_topic, payload) => heard.push(JSON.parse(payload.toString())));
  await scale.subscribeAsync(topic("command"), { qos: 1 });
  const status = { state: "online", firmware: "test 1.0.0", boot: 1 };
  await scale.publishAsync(topic("status"), JSON.stringify(status), { qos: 1, retain: true });
  await rollOut(gateway, { version: "2.0.0", behaviour: "good" });
  await expect.poll(() => heard.length).toBe(1);
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics.split("\n").filter((line) => line.startsWith("vitrine_firmware_"))).toEqual([
    'vitrine_firmware_rollouts{state="running"} 1',
    ...["halted", "rolling-back", "rolled-back", "done"].map(
      (state) => `vitrine_firmware_rollouts{state="${state}"} 0`,
    ),
    "vitrine_firmware_images 1",
  ]);
  const url = new URL(heard[0]?.url ?? "");

  const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
  expect(JSON.parse(whole.toString())).toMatchObject({ version: "2.0.0" });
  const rest = await fetch(url, { headers: { range: "bytes=1000-" } });
  expect(rest.status).toBe(206);
  expect(rest.headers.get("content-range")).toBe(`bytes 1000-${whole.length - 1}/${whole.length}`);
  expect(Buffer.from(await rest.arrayBuffer()).equals(whole.subarray(1_000))).toBe(true);
  expect((await fetch(url, { headers: { range: "bytes=99999999-" } })).status).toBe(416);

  const statusOf = async (change: (altered: URL) => void, headers: Record<string, string> = {}) => {
    const altered = new URL(url);
    change(altered);
    const response = await fetch(altered, { headers });
    await response.body?.cancel();
    return response.status;
  };
  const token = url.searchParams.get("token") ?? "";
  expect(await statusOf(({ searchParams }) => searchParams.set("token", `${token.slice(0, -1)}x`))).toBe(401);
  expect(await statusOf(({ searchParams }) => searchParams.set("kind", "ble"))).toBe(401);
  expect(await statusOf((altered) => (altered.pathname = altered.pathname.replace("2.0.0", "2.0.1")))).toBe(401);
  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`${device}:${password}`).toString("base64")}`,
  });
  const without = ({ searchParams }: URL) => searchParams.delete("token");
  expect(await statusOf(without)).toBe(401);
  expect(await statusOf(without, basic(account.password))).toBe(200);
  expect(await statusOf(without, basic("wrong"))).toBe(401);
});
