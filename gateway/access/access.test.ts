import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { createAccess, shopperClientId } from "./access.ts";
import { createCredentials } from "./credentials.ts";
import { loadSecret } from "./secrets.ts";

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-access-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
const modeOf = (path: string) => statSync(path).mode & 0o777;

test("the gateway's key is made once, kept, and readable by its owner only", () => {
  const folder = join(dataFolder(), "data");
  const first = loadSecret(folder);
  expect(first).toHaveLength(32);
  expect(Buffer.from(loadSecret(folder)).equals(first)).toBe(true);
  expect(modeOf(join(folder, "secret.key"))).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["secret.key"]);
  expect(Buffer.from(loadSecret(dataFolder())).equals(first)).toBe(false);
});

test("a damaged key stops the start instead of voiding every QR in the shop", () => {
  const folder = dataFolder();
  writeFileSync(join(folder, "secret.key"), "short");
  expect(() => loadSecret(folder)).toThrow(/should hold 32 bytes and holds 5/);
});

test("a lock that a power cut left behind holds nobody up, though the clock be behind it", async () => {
  const folder = dataFolder();
  const lock = join(folder, "credentials.json.lock");
  writeFileSync(lock, "");
  const anHourAhead = new Date(Date.now() + 3_600_000);
  utimesSync(lock, anHourAhead, anHourAhead);
  await createCredentials(folder).addDevice("A1");
  expect(readdirSync(folder)).toEqual(["credentials.json"]);
});

test("a device gets its password once; the file holds no password and is its owner's only", async () => {
  const folder = dataFolder();
  const credentials = createCredentials(folder);
  const password = await credentials.addDevice("A1");
  expect(password).toMatch(/^[\w-]{24}$/);
  expect(await credentials.verifyDevice("A1", password)).toBe(true);
  expect(await credentials.verifyDevice("A1", password)).toBe(true);
  expect(await credentials.verifyDevice("A1", `${password}x`)).toBe(false);
  expect(await credentials.verifyDevice("A1", "")).toBe(false);
  expect(await credentials.verifyDevice("A2", password)).toBe(false);
  expect(readFileSync(join(folder, "credentials.json"), "utf8")).not.toContain(password);
  expect(modeOf(join(folder, "credentials.json"))).toBe(0o600);
});

test("what another process changes counts at the next login, although it was verified before", async () => {
  const folder = dataFolder();
  const gateway = createCredentials(folder);
  const commandLine = createCredentials(folder);
  const password = await commandLine.addDevice("A1");
  expect(await gateway.verifyDevice("A1", password)).toBe(true);
  const renewed = await commandLine.addDevice("A1");
  expect(await gateway.verifyDevice("A1", password)).toBe(false);
  expect(await gateway.verifyDevice("A1", renewed)).toBe(true);
  expect(await commandLine.removeDevice("A1")).toBe(true);
  expect(await gateway.verifyDevice("A1", renewed)).toBe(false);
  expect(await commandLine.removeDevice("A1")).toBe(false);
});

test("many devices added at once are all kept", async () => {
  const folder = dataFolder();
  const credentials = createCredentials(folder);
  const ids = Array.from({ length: 20 }, (_, n) => `D${n}`);
  await Promise.all(ids.map((id) => credentials.addDevice(id)));
  expect((await createCredentials(folder).list()).devices.sort()).toEqual(ids.sort());
});

test("names like constructor are no devices", async () => {
  const credentials = createCredentials(dataFolder());
  await credentials.addDevice("A1");
  for (const nobody of ["constructor", "__proto__", "", "zoe"]) {
    expect(await credentials.verifyDevice(nobody, "")).toBe(false);
    expect(await credentials.hasDevice(nobody)).toBe(false);
  }
});

test("a credentials file that is none is said to be none, not taken for an empty one", async () => {
  const folder = dataFolder();
  writeFileSync(join(folder, "credentials.json"), '{"version":1,"devices":{"A1":{"hash":"plain"}},"staff":{}}');
  await expect(createCredentials(folder).verifyDevice("A1", "plain")).rejects.toThrow(/not a credentials file/);
  await expect(createCredentials(folder).addDevice("A2")).rejects.toThrow(/not a credentials file/);
});

test("500 devices that come back together are all let in, and the gateway stays awake meanwhile", async () => {
  const credentials = createCredentials(dataFolder());
  const password = await credentials.addDevice("A1");
  let turns = 0;
  let done = false;
  const awake = (async () => {
    while (!done) {
      await new Promise(setImmediate);
      turns += 1;
    }
  })();
  const strangers = Array.from({ length: 20 }, (_, n) => credentials.verifyDevice(`X${n}`, "guess"));
  const returning = Array.from({ length: 500 }, () => credentials.verifyDevice("A1", password));
  expect(new Set(await Promise.all(returning))).toEqual(new Set([true]));
  expect(new Set(await Promise.all(strangers))).toEqual(new Set([false]));
  done = true;
  await awake;
  expect(turns).toBeGreaterThan(100);
});

function openAccess(demo: boolean) {
  const clock = createManualClock(1_000_000);
  return { clock, access: createAccess({ dataFolder: dataFolder(), clock, demo }) };
}
const from = { address: "192.168.1.20" };

test("demo/demo is an account of the demo and of nothing else", async () => {
  const login = { ...from, clientId: "x", username: "demo", password: "demo" };
  expect(await openAccess(true).access.authenticateMqtt(login)).toEqual({ ok: true, identity: { role: "demo" } });
  expect(await openAccess(false).access.authenticateMqtt(login)).toMatchObject({ ok: false });
  expect(await openAccess(true).access.authenticateMqtt({ ...from, clientId: "x" })).toMatchObject({ ok: false });
});

test("a shopper's phone comes in with its token under its own name only", async () => {
  const { access, clock } = openAccess(true);
  const password = access.signCaller({ role: "shopper", shopperId: "s1" }, clock.now() + 1000);
  const login = { ...from, clientId: shopperClientId("s1"), username: "s1", password };
  expect(await access.authenticateMqtt(login)).toEqual({
    ok: true,
    identity: { role: "shopper", shopperId: "s1" },
    expiresAt: clock.now() + 1000,
  });
  expect(await access.authenticateMqtt({ ...login, username: "s2" })).toMatchObject({ ok: false });
  expect(await access.authenticateMqtt({ ...login, clientId: shopperClientId("s2") })).toMatchObject({ ok: false });
  clock.advance(1001);
  expect(await access.authenticateMqtt(login)).toMatchObject({ ok: false });
});

test("nobody takes over the connection of a shopper or of another device by its client id", async () => {
  const { access } = openAccess(true);
  const demo = { ...from, username: "demo", password: "demo" };
  expect(await access.authenticateMqtt({ ...demo, clientId: shopperClientId("s1") })).toMatchObject({ ok: false });
  const password = await access.credentials.addDevice("A1");
  await access.credentials.addDevice("A2");
  const device = { ...from, username: "A1", password };
  expect(await access.authenticateMqtt({ ...device, clientId: "A1" })).toMatchObject({ ok: true });
  expect(await access.authenticateMqtt({ ...device, clientId: "ESP_1234" })).toMatchObject({ ok: true });
  expect(await access.authenticateMqtt({ ...device, clientId: "A2" })).toMatchObject({ ok: false });
  expect(await access.authenticateMqtt({ ...device, clientId: shopperClientId("s1") })).toMatchObject({ ok: false });
});

test("guessing passwords means waiting, even when all guesses come at once", async () => {
  const { access, clock } = openAccess(false);
  const password = await access.credentials.addDevice("A1");
  const login = (secret: string, address = "10.0.0.66") =>
    access.authenticateMqtt({ clientId: "A1", username: "A1", password: secret, address });
  const guesses = await Promise.all(Array.from({ length: 50 }, (_, n) => login(`guess ${n}`)));
  expect(guesses.filter((guess) => !guess.ok && guess.reason.startsWith("wrong")).length).toBe(5);
  expect(await login(password)).toMatchObject({ ok: false, reason: "too many wrong passwords, wait" });
  expect(await login(password, "10.0.0.7")).toMatchObject({ ok: true });
  clock.advance(5_001);
  expect(await login(password)).toMatchObject({ ok: true });
});

const grant = { publish: ["tele/scale1/+"], subscribe: ["cmnd/scale1/#"] };

test("a client certificate signs in by itself, under its own name, until it is taken back", async () => {
  const { access } = openAccess(false);
  const about = { grant, format: "tasmota" };
  await access.credentials.addCertificate("scale1", "0a1b", about);
  const login = { ...from, clientId: "DVES_1", certificate: { deviceId: "scale1", serial: "0a1b" } };
  const admitted = await access.authenticateMqtt(login);
  expect(admitted).toMatchObject({ ok: true, identity: { deviceId: "scale1", grant } });
  expect(await access.authenticateMqtt({ ...login, username: "scale1", password: "" })).toMatchObject({ ok: true });
  expect(await access.authenticateMqtt({ ...login, username: "scale2" })).toMatchObject({ ok: false });
  const forged = { ...login, certificate: { deviceId: "scale1", serial: "ffff" } };
  expect(await access.authenticateMqtt(forged)).toMatchObject({ ok: false });
  // nothing to guess: an account without a password has none
  expect(await access.credentials.verifyDevice("scale1", "")).toBe(false);
  await access.credentials.removeDevice("scale1");
  expect(await access.authenticateMqtt(login)).toMatchObject({ ok: false });
  expect(admitted.ok && (await access.isStillAdmitted(admitted.identity))).toBe(false);
});

test("a fifth certificate takes the first one's place", async () => {
  const credentials = createCredentials(dataFolder());
  for (const serial of ["01", "02", "03", "04", "05"]) {
    await credentials.addCertificate("A1", serial, { grant, format: "native" });
  }
  expect((await credentials.device("A1"))?.certificates).toEqual(["02", "03", "04", "05"]);
});

test("an open connection is known to be over once its password was renewed, or its grant changed", async () => {
  const { access } = openAccess(false);
  const about = { grant, format: "tasmota" };
  const password = await access.credentials.addDevice("scale1", about);
  const signIn = async (secret: string) => {
    const result = await access.authenticateMqtt({ ...from, clientId: "c", username: "scale1", password: secret });
    if (!result.ok) throw new Error(result.reason);
    return result.identity;
  };
  const first = await signIn(password);
  expect(await access.isStillAdmitted(first)).toBe(true);
  await access.credentials.addCertificate("scale1", "0a", about);
  expect(await access.isStillAdmitted(first)).toBe(true);
  const second = await signIn(await access.credentials.addDevice("scale1", about));
  expect(await access.isStillAdmitted(first)).toBe(false);
  expect(await access.isStillAdmitted(second)).toBe(true);
});

test("a mirror's token ends with its account, whoever has learned it", async () => {
  const { access, clock } = openAccess(false);
  await access.credentials.addDevice("mirror-1");
  const token = await access.signMirror("mirror-1", clock.now() + 60_000);
  const login = { ...from, clientId: "m", username: "mirror-1", password: token };
  const admitted = await access.authenticateMqtt(login);
  expect(admitted).toMatchObject({ ok: true, identity: { role: "mirror" } });
  expect(await access.verifyCaller(token)).toMatchObject({ role: "mirror", mirrorId: "mirror-1" });
  await access.credentials.removeDevice("mirror-1");
  expect(await access.verifyCaller(token)).toBeUndefined();
  expect(await access.authenticateMqtt(login)).toMatchObject({ ok: false });
  expect(admitted.ok && (await access.isStillAdmitted(admitted.identity))).toBe(false);
});

test("a token that an earlier version made for somebody ends with their account, their role, or their place in the shop", async () => {
  const clock = createManualClock(1_000_000);
  const people = [{ id: "ana", name: "Ana" }];
  const access = createAccess({ dataFolder: dataFolder(), clock, demo: false, people: () => people });
  const person = { role: "engineer", id: "ana", name: "Ana" } as const;
  const token = access.signCaller(person, clock.now() + 60_000);
  const login = { ...from, clientId: "laptop", username: "ana", password: token };
  expect(await access.verifyCaller(token)).toBeUndefined();
  await access.accounts.setSecret("ana", "password", "a long one, for a test", "engineer");
  expect(await access.verifyCaller(token)).toEqual(person);
  const admitted = await access.authenticateMqtt(login);
  expect(admitted).toMatchObject({ ok: true, identity: person });

  await access.accounts.setSecret("ana", "password", "a long one, for a test", "staff");
  expect(await access.verifyCaller(token)).toBeUndefined();
  await access.accounts.setSecret("ana", "password", "a long one, for a test", "engineer");
  expect(await access.verifyCaller(token)).toEqual(person);
  people.pop();
  expect(await access.verifyCaller(token)).toBeUndefined();
  people.push({ id: "ana", name: "Ana" });
  await access.accounts.remove("ana");
  expect(await access.verifyCaller(token)).toBeUndefined();
  expect(await access.authenticateMqtt(login)).toMatchObject({ ok: false });
  expect(admitted.ok && (await access.isStillAdmitted(admitted.identity))).toBe(false);
});

test("whoever holds the key of the data folder is an engineer without an account", async () => {
  const { access, clock } = openAccess(false);
  const own = { role: "engineer", id: "command line", name: "Command line" } as const;
  expect(await access.verifyCaller(access.signCaller(own, clock.now() + 60_000))).toEqual(own);
});

test("a new password for a mirror ends the tokens of the old one", async () => {
  const { access, clock } = openAccess(false);
  const soon = clock.now() + 60_000;
  await access.credentials.addDevice("mirror-1");
  const old = await access.signMirror("mirror-1", soon);
  await access.credentials.addCertificate("mirror-1", "0a", {
    format: "native",
    grant: { publish: [], subscribe: [] },
  });
  expect(await access.verifyCaller(old)).toBeDefined();
  await access.credentials.addDevice("mirror-1");
  expect(await access.verifyCaller(old)).toBeUndefined();
  expect(await access.verifyCaller(await access.signMirror("mirror-1", soon))).toBeDefined();
  expect(await access.verifyCaller(access.signCaller({ role: "mirror", mirrorId: "mirror-1" }, soon))).toBeUndefined();
});

test("a session, and what waits in it, is not handed to another device that learned its client id", async () => {
  const { access } = openAccess(false);
  const [one, two] = [await access.credentials.addDevice("A1"), await access.credentials.addDevice("A2")];
  const login = (username: string, password: string) =>
    access.authenticateMqtt({ ...from, clientId: "ESP_1234", username, password });
  expect(await login("A1", one)).toMatchObject({ ok: true });
  expect(await login("A2", two)).toMatchObject({ ok: false, reason: expect.stringMatching(/client id/) });
  await access.credentials.removeDevice("A1");
  expect(await login("A2", two)).toMatchObject({ ok: true });
});
