import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { planAccount } from "#wire/device-account.ts";
import type { StockItem } from "#wire/views.ts";
import { eventually } from "../broker/test-eventually.ts";
import { ensureDebianTools } from "../install/debian-packages.ts";
import { type Booted, bootGateway } from "../test-gateway.ts";
import { createCredentials } from "./credentials.ts";

// What anybody can do at a shop's network: Mosquitto's own clients against the gateway as `vitrine start` runs it.

const sku = "HAND-BALM";
const own = "store/main/shelf/C1/reading";

async function openShop() {
  await ensureDebianTools(["mosquitto-clients"]);
  const shop = await bootGateway({ demo: false });
  /** As `vitrine device add` does in another process. */
  const commandLine = createCredentials(shop.dataFolder);
  async function add(id: string, more: { kind?: "shelf" | "ble" } = {}) {
    const plan = planAccount("main", { id, ...more });
    if (!plan.ok) throw new Error(plan.reason);
    const { deviceId, grant, format } = plan.value;
    return { id: deviceId, password: await commandLine.addDevice(deviceId, { grant, format }) };
  }
  return { shop, commandLine, add };
}
type Account = { id: string; password: string } | undefined;

function mosquitto(program: "pub" | "sub", shop: Booted, account: Account, args: string[]) {
  const who = account ? ["-u", account.id, "-P", account.password] : [];
  const child = spawn(`mosquitto_${program}`, ["-h", "127.0.0.1", "-p", String(shop.mqttPort), ...who, ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (said.out += chunk));
  child.stderr.on("data", (chunk) => (said.err += chunk));
  const ended = once(child, "close").then(([code]) => ({ code: Number(code), ...said }));
  return { said, ended, isRunning: () => child.exitCode === null };
}

let seq = 0;
function reading({ loaded }: Booted, count: number): string {
  const grams = (loaded.items.find((item) => item.sku === sku)?.grams ?? 0) * count;
  return JSON.stringify({ boot: 1, seq: ++seq, plates: [{ plate: 1, grams }] });
}
const say = (shop: Booted, account: Account, topic: string, more: string[] = []) =>
  mosquitto("pub", shop, account, ["-q", "1", "-t", topic, "-m", reading(shop, 5), ...more]).ended;
/** Exits as soon as its subscription was answered. */
const hear = (shop: Booted, account: Account, filter: string) =>
  mosquitto("sub", shop, account, ["-q", "1", "-t", filter, "-E"]).ended;
async function counted(shop: Booted, name: string): Promise<number> {
  const text = await (await fetch(`${shop.url}/metrics`)).text();
  return Number(new RegExp(`^vitrine_${name} (\\d+)$`, "m").exec(text)?.[1]);
}
const judged = (shop: Booted) => counted(shop, "messages_total");

test("a shelf's credentials publish its own reading", async () => {
  const { shop, add } = await openShop();
  const shelf = await add("C1", { kind: "shelf" });
  expect(await say(shop, shelf, own)).toMatchObject({ code: 0, err: "" });
  const onShelf = async () => (await shop.api<StockItem>("GET", `/api/v1/stock/${sku}`)).value.onShelf;
  await eventually(onShelf).toBe(5);
  expect(await judged(shop)).toBe(1);
});

test("and nothing else: no other device's topic, no other kind, not the gateway's words, not the broker's", async () => {
  const { shop, add } = await openShop();
  const shelf = await add("C1", { kind: "shelf" });
  await add("C2", { kind: "shelf" });
  for (const topic of [
    "store/main/shelf/C2/reading",
    "store/main/rfid/C1/reads",
    "store/main/shelf/C1/command",
    "store/main/shelf/C1/reading/more",
    "store/other/shelf/C1/reading",
    `store/main/state/stock/${sku}`,
    "store/main/alert/a1",
    "tele/scale1/SENSOR",
    "homeassistant/sensor/x/config",
  ]) {
    for (const retained of [[], ["-r"]]) {
      const { code } = await say(shop, shelf, topic, retained);
      expect({ topic, refused: code !== 0 }).toEqual({ topic, refused: true });
    }
  }
  // nothing of it was judged, and nothing of it is remembered for whoever asks later
  expect(await judged(shop)).toBe(0);
  const [engineer] = shop.loaded.config.staff;
  await shop.gateway.access.accounts.setSecret(engineer?.id ?? "", "password", "a long one, for a test", "engineer");
  const token = shop.gateway.access.signCaller(
    { role: "engineer", id: engineer?.id ?? "", name: "" },
    Date.now() + 60_000,
  );
  const retained = mosquitto("sub", shop, { id: engineer?.id ?? "", password: token }, [
    ...["-t", "store/+/shelf/#", "-t", "store/main/rfid/#", "-t", "store/main/state/zone/+", "-W", "1", "-v"],
  ]);
  expect((await retained.ended).out).not.toContain("plates");
});

test("and hears its own commands only: no wildcard beyond its grant, no $SYS", async () => {
  const { shop, add } = await openShop();
  const shelf = await add("C1", { kind: "shelf" });
  expect(await hear(shop, shelf, "store/main/shelf/C1/command")).toMatchObject({ code: 0, err: "" });
  for (const filter of [
    ...["#", "+/#", "store/#", "store/main/shelf/+/command", "store/main/shelf/C1/#", "store/main/+/C1/command"],
    ...["store/main/shelf/C2/command", "$SYS/#", "$SYS/broker/clients/connected", "store/main/shopper/s1/offer"],
  ]) {
    expect({ filter, ...(await hear(shop, shelf, filter)) }).toMatchObject({
      filter,
      err: expect.stringMatching(/denied/i),
    });
  }
});

test("without credentials, or with wrong ones, nothing", async () => {
  const { shop, add } = await openShop();
  const shelf = await add("C1", { kind: "shelf" });
  for (const account of [
    undefined,
    { id: "C1", password: "guess" },
    { id: "demo", password: "demo" },
    { ...shelf, id: "C2" },
  ]) {
    expect((await say(shop, account, own)).code).not.toBe(0);
    expect((await hear(shop, account, "store/main/shelf/C1/command")).code).not.toBe(0);
  }
  expect(await judged(shop)).toBe(0);
});

test("a will with somebody else's topic is refused with its connection, and is never said", async () => {
  const { shop, add } = await openShop();
  const shelf = await add("C1", { kind: "shelf" });
  const withWill = (topic: string) => say(shop, shelf, own, ["--will-topic", topic, "--will-payload", "{}"]);
  expect(await withWill("store/main/shelf/C2/status")).toMatchObject({ code: 5 });
  expect(await withWill("store/main/state/zone/till")).toMatchObject({ code: 5 });
  expect(await judged(shop)).toBe(0);
  expect(await withWill("store/main/shelf/C1/status")).toMatchObject({ code: 0 });
});

test("credentials taken back on the command line end the connection, and let nobody in again", async () => {
  const { shop, add, commandLine } = await openShop();
  const shelf = await add("C1", { kind: "shelf" });
  const other = await add("C3", { kind: "shelf" });
  const open = mosquitto("sub", shop, shelf, ["-t", "store/main/shelf/C1/command"]);
  const untouched = mosquitto("sub", shop, other, ["-t", "store/main/shelf/C3/command"]);
  await eventually(() => counted(shop, "mqtt_clients")).toBe(2);
  const refusals = await counted(shop, "mqtt_logins_refused_total");
  await commandLine.removeDevice("C1");
  // Mosquitto's client tries again by itself, and is told that it is nobody
  await eventually(() => counted(shop, "mqtt_logins_refused_total")).toBeGreaterThan(refusals);
  expect(await counted(shop, "mqtt_clients")).toBe(1);
  expect((await say(shop, shelf, own)).code).not.toBe(0);
  expect(open.said.out).toBe("");
  expect(untouched.isRunning()).toBe(true);
});

test("a Tasmota scale speaks on its maker's topics, and not on another scale's", async () => {
  const { shop, add } = await openShop();
  const scale = await add("tasmota-scale1");
  expect(await say(shop, scale, "tele/scale1/SENSOR")).toMatchObject({ code: 0 });
  expect(await hear(shop, scale, "cmnd/scale1/#")).toMatchObject({ code: 0 });
  expect((await say(shop, scale, "tele/scale2/SENSOR")).code).not.toBe(0);
  expect((await say(shop, scale, "store/main/shelf/tasmota-scale1/reading")).code).not.toBe(0);
  expect((await hear(shop, scale, "cmnd/#")).err).toMatch(/denied/i);
});

test("what a maker's device announces to other software is heard by nobody, and it is not hung up on", async () => {
  const { shop, add } = await openShop();
  const scale = await add("tasmota-scale1");
  expect(await say(shop, scale, "tasmota/discovery/A020A6000001/config", ["-r"])).toMatchObject({ code: 0 });
  expect(await counted(shop, "mqtt_publishes_refused_total")).toBe(1);
  expect(await judged(shop)).toBe(0);
  expect(await say(shop, scale, "tele/scale1/SENSOR")).toMatchObject({ code: 0 });
  expect(await judged(shop)).toBe(1);
});
