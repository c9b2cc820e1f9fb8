import { spawn } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { encodeBundle, signManifest } from "#wire/firmware.ts";
import { nativeGrant } from "#wire/formats/grants.ts";
import type { TlsConfig } from "#wire/store-config.ts";
import { createCredentials } from "../access/credentials.ts";
import { eventually } from "../broker/test-eventually.ts";
import { systemClock } from "../clock.ts";
import { createTrustedKeys } from "../firmware/trusted-keys.ts";
import { ensureDebianTools } from "../install/debian-packages.ts";
import { bootGateway, shopConfig } from "../test-gateway.ts";
import { openOwnCa } from "../tls/own-ca.ts";

// The true gateway with its own CA, and Mosquitto's clients as devices with a certificate.

const topic = "store/main/shelf/C1/reading";
/** Not every machine that runs tests can look up a name. */
const here = (url: string) => url.replace("localhost", "127.0.0.1");

async function openShop(tls: TlsConfig = {}, more: { publicHost?: string } = {}) {
  await ensureDebianTools(["mosquitto-clients"]);
  const loaded = shopConfig();
  loaded.config.tls = tls;
  loaded.config.http.plainPort = 0;
  const shop = await bootGateway({ demo: false, loaded, ...more });
  const ca = await openOwnCa(shop.dataFolder, systemClock, "Vitrine");
  const caFile = join(shop.dataFolder, "trusted.crt");
  writeFileSync(caFile, ca.caPem);

  /** As `vitrine device cert` does. */
  async function certify(id: string) {
    const { cert, key, serial } = await ca.client(id);
    const grant = nativeGrant("main", "shelf", id);
    await createCredentials(shop.dataFolder).addCertificate(id, serial, { grant, format: "native" });
    const files = { cert: join(shop.dataFolder, `${id}.crt`), key: join(shop.dataFolder, `${id}.key`) };
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
    return files;
  }
  async function publish(args: string[]) {
    const port = String(new URL(shop.mqttUrl).port);
    const child = spawn("mosquitto_pub", [
      "-h",
      "127.0.0.1",
      "-p",
      port,
      "--cafile",
      caFile,
      "-q",
      "1",
      "-m",
      "{}",
      ...args,
    ]);
    onTestFinished(() => void child.kill("SIGKILL"));
    const [code] = await once(child, "close");
    return Number(code);
  }
  const get = (path: string) => call(path);
  async function call(path: string, { body: sending, ...how }: RequestOptions & { body?: Uint8Array } = {}) {
    const sent = request(`${here(shop.url)}${path}`, { ca: ca.caPem, ...how }).end(sending);
    const [response] = await once(sent, "response");
    let body = "";
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, type: response.headers["content-type"], body };
  }
  return { shop, ca, certify, publish, get, call };
}

test("with the shop's CA trusted, pages come by https and the broker answers by TLS", async () => {
  const { shop, ca, publish, get } = await openShop();
  expect(shop.url).toMatch(/^https:/);
  expect(shop.mqttUrl).toMatch(/^mqtts:/);
  expect(await get("/readyz")).toMatchObject({ status: 200 });
  expect(await get("/ca.crt")).toMatchObject({ status: 200, type: "application/x-x509-ca-cert", body: ca.caPem });
  expect((await get("/metrics")).body).toMatch(/^vitrine_tls_certificate_expires_seconds \d{10}$/m);
  const phone = new WebSocket(`${shop.url.replace("https", "wss")}/mqtt`, "mqtt", { ca: ca.caPem });
  await once(phone, "open");
  phone.close();
  const password = await createCredentials(shop.dataFolder).addDevice("C1");
  expect(await publish(["-t", topic, "-u", "C1", "-P", password])).toBe(0);
  expect(await publish(["-t", topic, "-u", "C1", "-P", "guess"])).toBe(4);
});

test("a device's client certificate is enough, for its own topics only, until it is taken back", async () => {
  const { shop, certify, publish, get } = await openShop({ clients: "optional" });
  const { cert, key } = await certify("C1");
  const mine = ["--cert", cert, "--key", key];
  expect(await publish([...mine, "-t", topic])).toBe(0);
  expect(await publish([...mine, "-t", topic, "-u", "C1"])).toBe(0);
  expect(await publish([...mine, "-t", topic, "-u", "C2"])).toBe(4);
  expect(await publish([...mine, "-t", "store/main/shelf/C2/reading"])).not.toBe(0);
  expect(await publish(["-t", topic])).toBe(4);

  const password = await createCredentials(shop.dataFolder).addDevice("C3");
  expect(await publish(["-t", "store/main/shelf/C3/reading", "-u", "C3", "-P", password])).toBe(0);
  await createCredentials(shop.dataFolder).removeDevice("C1");
  await eventually(() => publish([...mine, "-t", topic])).toBe(4);
  expect((await get("/healthz")).status).toBe(200);
});

test("a certificate that somebody else signed in our name is turned away", async () => {
  const { shop, publish, certify } = await openShop({ clients: "optional" });
  await certify("C1");
  const other = await openShop();
  const { cert, key } = await other.certify("C1");
  expect(await publish(["--cert", cert, "--key", key, "-t", topic])).not.toBe(0);
  expect((await shop.gateway.access.credentials.device("C1"))?.certificates).toHaveLength(1);
});

test("where certificates are demanded, a password alone opens nothing", async () => {
  const { shop, certify, publish } = await openShop({ clients: "required" });
  const password = await createCredentials(shop.dataFolder).addDevice("C1");
  expect(await publish(["-t", topic, "-u", "C1", "-P", password])).not.toBe(0);
  const { cert, key } = await certify("C1");
  expect(await publish(["--cert", cert, "--key", key, "-t", topic])).toBe(0);
});

const commandLine = { role: "engineer", id: "command line", name: "Command line" } as const;

test("a shelf is sent to the address where the image really is: by https, under the gateway's name in the shop", async () => {
  const { shop, ca, call } = await openShop({}, { publicHost: "localhost" });
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  await createTrustedKeys(shop.dataFolder).trust("maker", publicKey.export({ format: "jwk" }).x ?? "");
  const image = Buffer.from("firmware 2.0.0");
  const sha256 = createHash("sha256").update(image).digest("hex");
  const about = { version: "2.0.0", kind: "shelf", sizeBytes: image.length, sha256, createdAt: Date.now() } as const;
  const token = shop.gateway.access.signCaller(commandLine, Date.now() + 600_000);
  const engineer = { authorization: `Bearer ${token}` };
  const type = { ...engineer, "content-type": "application/octet-stream" };
  const bundle = encodeBundle(signManifest(about, privateKey), image);
  expect(await call("/api/v1/firmware", { method: "POST", headers: type, body: bundle })).toMatchObject({
    status: 201,
  });

  const password = await createCredentials(shop.dataFolder).addDevice("C1");
  expect(new URL(shop.mqttUrl).hostname).toBe("localhost");
  const scale = await connectAsync(here(shop.mqttUrl), { clientId: "C1", username: "C1", password, ca: ca.caPem });
  onTestFinished(() => scale.endAsync(true));
  const heard: { url: string }[] = [];
  scale.on("message", (_topic, payload) => heard.push(JSON.parse(payload.toString())));
  await scale.subscribeAsync("store/main/shelf/C1/command", { qos: 1 });
  const hello = JSON.stringify({ state: "online", firmware: "test 1.0.0", boot: 1 });
  await scale.publishAsync("store/main/shelf/C1/status", hello, { qos: 1, retain: true });
  const json = { ...engineer, "content-type": "application/json" };
  const body = Buffer.from(JSON.stringify({ version: "2.0.0", kind: "shelf" }));
  expect(await call("/api/v1/rollouts", { method: "POST", headers: json, body })).toMatchObject({ status: 201 });
  await eventually(() => heard.length).toBe(1);

  const url = new URL(heard[0]?.url ?? "");
  expect(url.origin).toBe(shop.url);
  expect(url.origin).toMatch(/^https:\/\/localhost:\d+$/);
  expect(await call(url.pathname + url.search)).toMatchObject({ status: 200, body: "firmware 2.0.0" });
});
