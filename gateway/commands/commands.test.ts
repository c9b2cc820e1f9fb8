import { type ChildProcess, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { createBleKeys } from "../access/ble-keys.ts";
import { systemClock } from "../clock.ts";
import { freePorts } from "../drills/drill-config.ts";
import { bootGateway, temporaryFolder } from "../test-gateway.ts";
import { caExpiresAt, openOwnCa } from "../tls/own-ca.ts";
import { overview } from "./commands.ts";
import { ownCaEnd } from "./doctor.ts";
import { root } from "./setting.ts";

function start(args: string[], env: Record<string, string> = {}, stdin: "ignore" | "pipe" = "ignore") {
  const child: ChildProcess = spawn(process.execPath, [join(root, "gateway", "vitrine.js"), ...args], {
    stdio: [stdin, "pipe", "pipe"],
    env: { ...process.env, ...freePorts, ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { out: "", err: "" };
  child.stdout?.on("data", (chunk) => (said.out += chunk));
  child.stderr?.on("data", (chunk) => (said.err += chunk));
  return { child, said };
}

/** Runs a command as people type it, to its end. */
async function vitrine(args: string[], env: Record<string, string> = {}) {
  const { child, said } = start(args, env);
  const [code] = await once(child, "close");
  return { code, ...said };
}

const lines = (text: string) => text.trimEnd().split("\n");

test("a command that does not exist is answered with those that do", async () => {
  const [wrong, help, none] = await Promise.all([vitrine(["strat"]), vitrine(["--help"]), vitrine([])]);
  expect(wrong).toMatchObject({ code: 1, out: "" });
  expect(wrong.err).toContain('there is no command "strat"');
  expect(wrong.err).toContain("vitrine start");
  expect(help).toMatchObject({ code: 0, err: "", out: `${overview()}\n` });
  expect(none.code).toBe(0);
});

test("every command explains itself", { timeout: 120_000 }, async () => {
  const names = [...overview().matchAll(/^ {2}vitrine (\S+)/gm)].map(([, name]) => name ?? "");
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) {
    const { code, out, err } = await vitrine([name, "--help"]);
    expect({ name, code, err }).toEqual({ name, code: 0, err: "" });
    expect(lines(out)[0]).toMatch(new RegExp(`^vitrine ${name}`));
  }
});

test("a misspelt option is one sentence and the usage, not a stack", async () => {
  const { code, err } = await vitrine(["check", "--confg", "x"]);
  expect(code).toBe(1);
  expect(err).toContain("--confg");
  expect(err).toContain("vitrine check [--config FILE]");
  expect(err).not.toContain("    at ");
});

/** The shipped configuration in a folder of its own, to be spoilt. */
function spoiltConfig(edit: (text: string) => string): string {
  const folder = temporaryFolder();
  cpSync(join(root, "config"), folder, { recursive: true });
  const file = join(folder, "store.yaml");
  writeFileSync(file, edit(readFileSync(file, "utf8")));
  return file;
}

test("check lists every mistake of a configuration at once", async () => {
  const fine = await vitrine(["check"]);
  expect(fine).toMatchObject({ code: 0, err: "" });
  expect(fine.out).toContain("is in order");

  const mistakes: [string, string][] = [
    ["currency: EUR", "currency: euro"],
    ['opens: "10:00"', 'opens: "25:00"'],
    ["widthM: 14", "widthM: -14"],
    ["zone: knitwear, at: [7, 1.7]", "zone: knitware, at: [7, 1.7]"],
    ["sku: GLASSES-ORSO, capacity", "sku: GLASSES-ORSSO, capacity"],
    ["sku: GLASSES-LIDO, capacity: 6", "sku: GLASSES-LIDO, capacity: 0"],
    ["sku: HAT-BEANIE, capacity: 10, minimum: 3", "sku: HAT-BEANIE, capacity: 10, minimum: -3"],
    ["timeZone: Europe/Brussels", "timeZone: Europe/Brusels"],
    ["name: Bags", "nmae: Bags"],
    ["address: Rue des Lisières 14", "adress: Rue des Lisières 14"],
  ];
  const file = spoiltConfig((text) =>
    mistakes.reduce((spoilt, [right, wrong]) => {
      expect(spoilt).toContain(right);
      return spoilt.replace(right, wrong);
    }, text),
  );
  const spoilt = await vitrine(["check", "--config", file]);
  expect(spoilt).toMatchObject({ code: 1, out: "" });
  const words = [
    "currency",
    "opens",
    "widthM",
    "knitware",
    "ORSSO",
    "capacity",
    "minimum",
    "timeZone",
    "nmae",
    "adress",
  ];
  for (const word of words) expect(spoilt.err, word).toContain(word);
  expect(Number(/(\d+) mistakes/.exec(spoilt.err)?.[1])).toBeGreaterThanOrEqual(mistakes.length);
  expect(spoilt.err).not.toContain("    at ");
});

test("doctor says what is the matter with a damaged memory, and what helps", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "vitrine.db"), "a shopping list\n".repeat(500));
  const { code, out, err } = await vitrine(["doctor", "--data", folder]);
  expect(code).toBe(1);
  expect(err).toBe("");
  expect(out).toMatch(/look {2}database .*vitrine\.db\n.*vitrine restore FILE/);
  expect(out).toMatch(/fine {2}configuration of Vitrine/);
  expect(out).toMatch(/fine {2}Node \d/);
  const fresh = await vitrine(["doctor", "--data", temporaryFolder()]);
  expect(fresh.out).toContain("fine  no database yet");
  expect(fresh.code).toBe(fresh.out.includes("  look ") ? 1 : 0);
});

test("doctor says a year before that everybody will have to trust a new CA", async () => {
  const folder = temporaryFolder();
  expect(ownCaEnd(folder, Date.now())).toEqual([]);
  await openOwnCa(folder, systemClock, "Maison");
  const end = caExpiresAt(folder) ?? 0;
  const dayMs = 86_400_000;
  expect(ownCaEnd(folder, end - 400 * dayMs)).toMatchObject([{ ok: true }]);
  expect(ownCaEnd(folder, end - 300 * dayMs)).toMatchObject([
    { ok: false, what: "own certificate authority good for 300 days" },
  ]);
});

test("the key of a sensor comes from a pipe, where neither ps nor the shell's history shows it", async () => {
  const folder = temporaryFolder();
  const mac = "54:48:e6:8f:80:a5";
  async function type(text: string, ...more: string[]) {
    const { child, said } = start(["device", "key", mac, ...more, "--data", folder], {}, "pipe");
    child.stdin?.end(text);
    const [code] = await once(child, "close");
    return { code, ...said };
  }
  expect(await type("not a key\n")).toMatchObject({ code: 1, err: expect.stringContaining("32 hex digits") });
  expect(await type("")).toMatchObject({ code: 1 });
  expect(await type("231d39c1d7cc1ab1aee224cd096db932\n")).toMatchObject({ code: 0, err: "" });
  expect((await createBleKeys(folder).macs()).map((one) => one.toLowerCase())).toEqual([mac]);
  expect(await type("231d39c1d7cc1ab1aee224cd096db932", "-")).toMatchObject({ code: 0, err: "" });
});

test("a second gateway on the same data folder says so in one line and leaves", async () => {
  const folder = temporaryFolder();
  const first = start(["start", "--no-video", "--data", folder]);
  await expect.poll(() => first.said.out, { timeout: 30_000 }).toContain("Vitrine runs for");
  const second = await vitrine(["start", "--no-video", "--data", folder]);
  expect(second.code).toBe(1);
  expect(lines(second.err)).toEqual([expect.stringMatching(/^A gateway \(process \d+\) already uses /)]);
  const replayed = await vitrine(["replay", join(root, "package.json"), "--data", folder]);
  expect(replayed.err).toContain("already uses");

  const port = /mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(first.said.out)?.[1] ?? "";
  const elsewhere = await vitrine(["start", "--no-video", "--data", temporaryFolder()], { VITRINE_MQTT_PORT: port });
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.err).toContain(`Port ${port} is taken`);
  expect(elsewhere.err).not.toContain("    at ");

  first.child.kill("SIGTERM");
  expect((await once(first.child, "exit"))[0]).toBe(0);
  expect(existsSync(join(folder, "gateway.pid"))).toBe(false);
});

test("a backup made while the shop is open brings the same shop back", async () => {
  const shop = await bootGateway();
  const shelf = shop.loaded.config.shelves[0];
  const plate = shelf?.plates[0];
  const grams = 4 * (shop.loaded.items.find(({ sku }) => sku === plate?.sku)?.grams ?? 0);
  const scale = await shop.mqtt("scale");
  const weigh = (seq: number, factor: number) =>
    scale.publishAsync(
      `store/main/shelf/${shelf?.device}/reading`,
      JSON.stringify({ boot: 1, seq, plates: [{ plate: plate?.plate, grams: grams * factor }] }),
      { qos: 1 },
    );
  await weigh(1, 1);
  const before = (await shop.api<unknown>("GET", "/api/v1/stock")).value;
  const file = join(temporaryFolder(), "backup.db");
  expect(await vitrine(["backup", file, "--data", shop.dataFolder])).toMatchObject({ code: 0, err: "" });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await weigh(2, 0);
  const again = await vitrine(["backup", file, "--data", shop.dataFolder]);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining("exists already") });
  await shop.gateway.close();

  const restored = await vitrine(["restore", file, "--data", shop.dataFolder]);
  expect(restored).toMatchObject({ code: 0, err: "", out: expect.stringContaining("What was there before") });
  const second = await bootGateway({ dataFolder: shop.dataFolder });
  expect((await second.api("GET", "/api/v1/stock")).value).toEqual(before);
});

test("what a restore replaces is kept whole, with the changes that a power cut left in its log", async () => {
  const [work, folder] = [temporaryFolder(), temporaryFolder()];
  const db = new DatabaseSync(join(work, "vitrine.db"));
  db.exec("PRAGMA journal_mode = WAL; CREATE TABLE journal (id INTEGER, body TEXT); CREATE TABLE snapshot (name TEXT)");
  db.prepare("VACUUM INTO ?").run(join(work, "backup.db"));
  db.exec("INSERT INTO journal VALUES (1, 'the newest change')");
  for (const suffix of ["", "-wal"]) cpSync(join(work, `vitrine.db${suffix}`), join(folder, `vitrine.db${suffix}`));
  db.close();

  expect((await vitrine(["restore", join(work, "backup.db"), "--data", folder])).code).toBe(0);
  const aside = readdirSync(folder).find((name) => /replaced-.*Z$/.test(name)) ?? "";
  const kept = new DatabaseSync(join(folder, aside));
  expect(kept.prepare("SELECT body FROM journal").all()).toEqual([{ body: "the newest change" }]);
  kept.close();
});

test("what cannot be backed up or restored is said in one line", async () => {
  const folder = temporaryFolder();
  const list = join(folder, "list.txt");
  writeFileSync(list, "bread, milk");
  const told = await Promise.all([
    vitrine(["backup", join(folder, "x.db"), "--data", folder]),
    vitrine(["backup"]),
    vitrine(["restore", list, "--data", folder]),
    vitrine(["restore", join(folder, "missing.db"), "--data", folder]),
  ]);
  for (const { code, err } of told) {
    expect(code).toBe(1);
    expect(lines(err)).toHaveLength(1);
  }
});

test("a device's password and a person's PIN are shown once and kept as hashes", async () => {
  const data = ["--data", temporaryFolder()];
  const added = await vitrine(["device", "add", "A1", ...data]);
  const password = /Password {2}(\S+)/.exec(added.out)?.[1] ?? "";
  expect(password.length).toBeGreaterThanOrEqual(16);
  const pinned = await vitrine(["staff", "add", "mia", ...data]);
  const pin = /PIN (\d{8})/.exec(pinned.out)?.[1] ?? "";
  expect(pin).not.toBe("");
  const kept = readFileSync(join(data[1] ?? "", "credentials.json"), "utf8");
  expect(kept).toContain("scrypt$");
  expect(kept).not.toContain(password);
  expect(kept).not.toContain(pin);

  const listed = (await vitrine(["device", "list", ...data])).out;
  expect(listed).toContain("A1  native, password\n");
  expect(listed).toContain("hears  store/main/shelf/A1/command\n");
  expect((await vitrine(["staff", "list", ...data])).out).toBe("mia  staff\n");
  const stranger = await vitrine(["staff", "add", "nobody", ...data]);
  expect(stranger).toMatchObject({ code: 1, err: expect.stringContaining("mia") });
  expect((await vitrine(["device", "remove", "A1", ...data])).out).toContain("can no longer sign in");
});

test("a device of another maker gets its own topics, and one that nobody knows is asked about", async () => {
  const data = ["--data", temporaryFolder()];
  const { out } = await vitrine(["device", "add", "tasmota-scale1", "--topic", "plant/1", ...data]);
  expect(out).toContain("tele/scale1/+");
  expect(out).toContain("plant/1");
  expect(out).toContain("\u2588");
  const told = await Promise.all([
    vitrine(["device", "add", "X9", ...data]),
    vitrine(["device", "add", "X9", "--kind", "toaster", ...data]),
    vitrine(["device", "add", "A1", "--topic", "store/main/shelf/A2/reading", ...data]),
  ]);
  expect(told.map(({ code }) => code)).toEqual([1, 1, 1]);
  expect(told.map(({ err }) => err)).toEqual([
    expect.stringContaining("--kind shelf"),
    expect.stringContaining("--kind is one of"),
    expect.stringContaining("no device is given"),
  ]);
  const named = await vitrine(["device", "add", "X9", "--format", "tasmota", "--name", "Fitting room", ...data]);
  expect(named.out).toContain("tele/Fitting room/+");
});

test("a device's certificate is written for its owner's eyes only, and the gateway knows its number", async () => {
  const folder = temporaryFolder();
  const out = join(folder, "for C1");
  const made = await vitrine(["device", "cert", "C1", "--data", folder, "--out", out]);
  expect(made).toMatchObject({ code: 0, err: "" });
  expect(readdirSync(out).sort()).toEqual(["C1.crt", "C1.key", "ca.crt"]);
  expect(statSync(join(out, "C1.key")).mode & 0o777).toBe(0o600);
  const certificate = new X509Certificate(readFileSync(join(out, "C1.crt")));
  expect(certificate.subject).toBe("CN=C1");
  expect(certificate.verify(new X509Certificate(readFileSync(join(out, "ca.crt"))).publicKey)).toBe(true);
  expect(readFileSync(join(folder, "credentials.json"), "utf8")).toContain(certificate.serialNumber.toLowerCase());
  expect((await vitrine(["device", "list", "--data", folder])).out).toContain("C1  native, certificate\n");
});

test("who may speak for a device is on record: each password, certificate and key, given and taken back", async () => {
  const folder = temporaryFolder();
  const data = ["--data", folder];
  const sealed = "54:48:e6:8f:80:a5";
  const { out } = await vitrine(["device", "add", "A1", ...data]);
  const password = /Password {2}(\S+)/.exec(out)?.[1] ?? "";
  await vitrine(["device", "cert", "A1", ...data, "--out", join(folder, "made")]);
  await vitrine(["device", "key", sealed, "ab".repeat(16), ...data]);
  // nothing comes of these, so that there is nothing to tell
  await vitrine(["device", "add", "X9", ...data]);
  await vitrine(["device", "remove", "A2", ...data]);
  await vitrine(["device", "remove", "A1", ...data]);
  const told = (await vitrine(["audit", "--json", ...data])).out;
  const entries: { action: string; subject: string; ok: boolean; by: string }[] = lines(told).map((line) =>
    JSON.parse(line),
  );
  expect(entries.map(({ action, subject, ok }) => [action, subject.toLowerCase(), ok]).sort()).toEqual([
    ["device.add", "a1", true],
    ["device.cert", "a1", true],
    ["device.key", expect.stringContaining("54"), true],
    ["device.remove", "a1", true],
  ]);
  expect(new Set(entries.map(({ by }) => by.split(",")[0]))).toEqual(new Set(["command line"]));
  expect(password).not.toBe("");
  expect(told).not.toContain(password);
  expect(told).not.toContain("abab");
});

test("recording a gateway that does not answer, or into a folder that is not there, is said in one line", async () => {
  const away = await vitrine(["record", join(temporaryFolder(), "r.jsonl"), "--url", "http://127.0.0.1:9"]);
  expect(away.code).toBe(1);
  expect(lines(away.err)).toEqual([expect.stringContaining("No gateway answers at http://127.0.0.1:9")]);
  const shop = await bootGateway();
  const nowhere = await vitrine(["record", join(temporaryFolder(), "no", "r.jsonl"), "--url", shop.url]);
  expect(nowhere.code).toBe(1);
  expect(nowhere.err).toContain("cannot be written");
  expect(nowhere.err).not.toContain("    at ");
});

test("replay skips the damaged lines of a record with a warning and goes on", async () => {
  const file = join(temporaryFolder(), "damaged.jsonl");
  const at = Date.UTC(2026, 10, 20, 11);
  const reading = (seq: number, grams: number) => JSON.stringify({ boot: 1, seq, plates: [{ plate: 1, grams }] });
  const topic = "store/main/shelf/A1/reading";
  const record = [
    JSON.stringify({ at, topic, payload: reading(1, 0) }),
    '{"at":17,"topic":"store/ma',
    "null",
    JSON.stringify({ at: at + 1, command: "world.domination", body: {} }),
    JSON.stringify({ at: at + 2, command: "shopper.consent", body: {} }),
    JSON.stringify({ at: at + 3, topic, payload: "rubbish", encoding: "morse" }),
    JSON.stringify({ at: at + 4, topic: "store/main/shelf/A1/status", payload: '{"state":"offline"}' }),
  ];
  writeFileSync(file, record.join("\n"));
  const { code, out, err } = await vitrine(["replay", file]);
  expect(code).toBe(0);
  const types = lines(out).map((line) => JSON.parse(line).type);
  expect(types).toEqual(expect.arrayContaining(["stock-changed", "device-status-changed"]));
  expect(err.match(/not a line of a record/g)).toHaveLength(2);
  expect(err.match(/could not be replayed/g)?.length).toBeGreaterThanOrEqual(2);
  expect(await vitrine(["replay", `${file}.missing`])).toMatchObject({
    code: 1,
    err: `There is no file ${file}.missing.\n`,
  });
});

test("a night without customers replays as it went: a share that ran out then ends at the same second", async () => {
  const file = join(temporaryFolder(), "night.jsonl");
  const at = Date.UTC(2026, 10, 20, 11);
  const reading = (seq: number, grams: number) => JSON.stringify({ boot: 1, seq, plates: [{ plate: 1, grams }] });
  const topic = "store/main/shelf/A1/reading";
  const minute = 60_000;
  const record = [
    { at, topic, payload: reading(1, 0) },
    { at: at + 500, command: "look.try", body: { mirrorId: "mirror-1", sku: "GLASSES-ORSO" } },
    { at: at + 600, command: "share.start", body: { mirrorId: "mirror-1", ttlMs: 5 * minute, maxViewers: 2 } },
    ...Array.from({ length: 10 }, (_, i) => ({ at: at + (i + 1) * minute, command: "tick", body: {} })),
  ];
  writeFileSync(file, record.map((line) => JSON.stringify(line)).join("\n"));
  const { out } = await vitrine(["replay", file]);
  const ended = lines(out)
    .map((line) => JSON.parse(line))
    .find(({ type }) => type === "share-ended");
  expect(ended).toMatchObject({ reason: "expired", at: at + 5 * minute + 1_000 });
});
