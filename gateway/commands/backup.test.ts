import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { createChannels } from "../access/channels.ts";
import { createCredentials } from "../access/credentials.ts";
import { loadSecret } from "../access/secrets.ts";
import { systemClock } from "../clock.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { openOwnCa } from "../tls/own-ca.ts";
import { keptFiles } from "./backup-files.ts";
import { root } from "./setting.ts";

function vitrine(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "gateway", "vitrine.js"), ...args], {
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
}

const pem = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`;
const pair = pem("PRIVATE KEY") + pem("CERTIFICATE");

/** A data folder as a shop has it after a while. */
async function aShop() {
  const folder = temporaryFolder();
  loadSecret(folder);
  const password = await createCredentials(folder).addDevice("A1");
  write(folder, "accounts.json", JSON.stringify({ version: 1, accounts: {}, invitations: {} }));
  await createChannels(folder, systemClock).add("till-1");
  write(folder, "webhooks.json", JSON.stringify({ version: 1, subscriptions: [] }));
  write(folder, "ble-keys.json", JSON.stringify({ version: 1, keys: {} }));
  write(folder, "ca/ca.pem", pair);
  write(folder, "ca/server.pem", pair);
  write(folder, "firmware/keys.json", JSON.stringify({ version: 1, keys: [] }));
  write(folder, "sessions.json", JSON.stringify({ version: 1, sessions: [] }));
  database(join(folder, "vitrine.db"));
  return { folder, password };
}

function write(folder: string, name: string, body: string | Uint8Array) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), body);
}

function database(file: string, more = "") {
  const db = new DatabaseSync(file);
  db.exec(`CREATE TABLE journal (id INTEGER, body TEXT); CREATE TABLE snapshot (name TEXT); ${more}`);
  db.close();
}

test("a new machine becomes the same gateway with one file", async () => {
  const { folder, password } = await aShop();
  const file = join(temporaryFolder(), "monday.db");
  const backup = vitrine("backup", file, "--data", folder);
  expect(backup).toMatchObject({ code: 0, err: "" });
  expect(backup.out).toContain("Not in it: clips, firmware images, the audit log");
  expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
  expect(readdirSync(dirname(file))).toEqual(["monday.db"]);

  const next = join(temporaryFolder(), "data");
  expect(vitrine("restore", file, "--data", next)).toMatchObject({ code: 0, err: "" });
  for (const name of keptFiles) {
    expect(readFileSync(join(next, name)), name).toEqual(readFileSync(join(folder, name)));
    expect((statSync(join(next, name)).mode & 0o777).toString(8), name).toBe("600");
  }
  expect(await createCredentials(next).verifyDevice("A1", password)).toBe(true);
  expect(existsSync(join(next, "sessions.json"))).toBe(false);
  // the keys are in their files, not in the database that devices write to
  const tables = new DatabaseSync(join(next, "vitrine.db")).prepare("SELECT name FROM sqlite_master").all();
  expect(tables.map(({ name }) => name)).toEqual(["journal", "snapshot"]);
  expect(readFileSync(join(next, "vitrine.db")).includes(readFileSync(join(folder, "secret.key")))).toBe(false);
  expect(readFileSync(join(next, "audit.jsonl"), "utf8")).toContain('"action":"restore"');
  expect(existsSync(join(next, "gateway.pid"))).toBe(false);
});

test("who was given credentials since loses them with a restore, and nothing is thrown away", async () => {
  const { folder } = await aShop();
  const file = join(temporaryFolder(), "monday.db");
  expect(vitrine("backup", file, "--data", folder).code).toBe(0);
  await createCredentials(folder).addDevice("B7");
  const restored = vitrine("restore", file, "--data", folder);
  expect(restored.out).toContain("What was there before is beside it");
  expect(await createCredentials(folder).hasDevice("B7")).toBe(false);
  expect(existsSync(join(folder, "sessions.json"))).toBe(false);
  const aside = readdirSync(folder).find((name) => name.startsWith("credentials.json.replaced-")) ?? "";
  expect(readFileSync(join(folder, aside), "utf8")).toContain("B7");
  expect(readdirSync(folder).filter((name) => name.endsWith(".restoring"))).toEqual([]);
});

test("a backup of an earlier version brings the memory back and leaves accounts and keys alone", async () => {
  const { folder } = await aShop();
  const before = readFileSync(join(folder, "credentials.json"));
  const file = join(temporaryFolder(), "old.db");
  database(file);
  const restored = vitrine("restore", file, "--data", folder);
  expect(restored).toMatchObject({ code: 0, out: expect.stringContaining("those of this folder stay") });
  expect(readFileSync(join(folder, "credentials.json"))).toEqual(before);
  expect(existsSync(join(folder, "sessions.json"))).toBe(true);
});

test("a backup that says more than it may, or is damaged, changes nothing that is not ours", async () => {
  const { folder } = await aShop();
  const before = readdirSync(folder).sort();
  const kept = "CREATE TABLE kept_file (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;";
  for (const [name, body] of [
    ["secret.key", "x'00'"],
    ["accounts.json", "x'7b'"],
    ["ca/ca.pem", "x'00'"],
    ["credentials.json", "'text'"],
  ]) {
    const file = join(temporaryFolder(), "bad.db");
    database(file, `${kept} INSERT INTO kept_file VALUES ('${name}', ${body})`);
    const told = vitrine("restore", file, "--data", folder);
    expect(told).toMatchObject({ code: 1, err: expect.stringContaining(`${name} in it is damaged`) });
    expect(told.err.trimEnd().split("\n")).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual(before);
  }
  const elsewhere = join(temporaryFolder(), "elsewhere.db");
  database(elsewhere, `${kept} INSERT INTO kept_file VALUES ('../stolen', x'00')`);
  expect(vitrine("restore", elsewhere, "--data", folder).code).toBe(0);
  expect(existsSync(join(folder, "..", "stolen"))).toBe(false);
});

test.skipIf(process.getuid?.() !== 0)(
  "what root does is for the gateway's own user, who could not read it otherwise",
  async () => {
    const { folder } = await aShop();
    const file = join(temporaryFolder(), "monday.db");
    expect(vitrine("backup", file, "--data", folder).code).toBe(0);
    const next = temporaryFolder();
    chownSync(next, 12_345, 12_345);
    expect(vitrine("restore", file, "--data", next).code).toBe(0);
    await createCredentials(next).addDevice("C1");
    const young = temporaryFolder();
    chownSync(young, 12_345, 12_345);
    await openOwnCa(young, systemClock, "Test");
    for (const name of ["vitrine.db", "audit.jsonl", "ca", ...keptFiles])
      expect(statSync(join(next, name)).uid, name).toBe(12_345);
    for (const name of ["ca", "ca/ca.pem"]) expect(statSync(join(young, name)).uid, name).toBe(12_345);
  },
);

test("while the gateway runs nothing is restored", async () => {
  const { folder } = await aShop();
  const file = join(temporaryFolder(), "monday.db");
  expect(vitrine("backup", file, "--data", folder).code).toBe(0);
  // as a running gateway leaves it; on Linux the name of the process is looked at too
  const idle = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "vitrine"], { stdio: "ignore" });
  try {
    writeFileSync(join(folder, "gateway.pid"), String(idle.pid));
    const before = readdirSync(folder).sort();
    expect(vitrine("restore", file, "--data", folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining("Stop it first"),
    });
    expect(readdirSync(folder).sort()).toEqual(before);
  } finally {
    idle.kill("SIGKILL");
  }
});
