import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { createAccounts } from "./accounts.ts";
import { createAudit } from "./audit.ts";
import { costs, createHasher } from "./hashing.ts";

const clock = createManualClock(Date.UTC(2026, 10, 21, 9));

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "vitrine-accounts-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test("a PIN is kept as a hash, in a file of its owner's only, and opens its own account only", async () => {
  const data = folder();
  const accounts = createAccounts(data, clock);
  await accounts.setSecret("ben", "pin", "493817", "staff");
  expect(await accounts.checkSecret("ben", "493817")).toMatchObject({ role: "staff" });
  expect(await accounts.checkSecret("ben", "493818")).toBeUndefined();
  expect(await accounts.checkSecret("ana", "493817")).toBeUndefined();
  expect(readFileSync(join(data, "accounts.json"), "utf8")).not.toContain("493817");
  expect(statSync(join(data, "accounts.json")).mode & 0o777).toBe(0o600);
});

test("PINs of an earlier version go on working, until their owner is removed for good", async () => {
  const data = folder();
  const hash = await createHasher().hash("4711", costs.human);
  const staff = { ben: { hash, role: "staff" }, ana: { hash, role: "engineer" } };
  writeFileSync(join(data, "credentials.json"), JSON.stringify({ version: 1, devices: {}, staff }));
  const accounts = createAccounts(data, clock);
  expect(await accounts.checkSecret("ben", "4711")).toMatchObject({ secret: { kind: "pin" } });
  expect(await accounts.remove("ben")).toBe(true);
  await accounts.remove("ana");
  expect(await createAccounts(data, clock).checkSecret("ben", "4711")).toBeUndefined();
});

test("the gateway and the command line change accounts at the same moment, and nothing is lost", async () => {
  const data = folder();
  const gateway = createAccounts(data, clock);
  const commandLine = createAccounts(data, clock);
  const ids = Array.from({ length: 10 }, (_, n) => `p${n}`);
  await Promise.all(ids.map((id, n) => (n % 2 ? gateway : commandLine).invite(id, "staff")));
  const { invitations } = JSON.parse(readFileSync(join(data, "accounts.json"), "utf8"));
  expect(
    Object.values<{ id: string }>(invitations)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(ids);
});

test("a lock that somebody left behind when they died is not waited for", async () => {
  const data = folder();
  const lock = join(data, "accounts.json.lock");
  writeFileSync(lock, "");
  utimesSync(lock, 0, 0);
  await createAccounts(data, clock).invite("ana", "engineer");
});

test("a damaged file of accounts lets nobody in, and says so", async () => {
  const data = folder();
  writeFileSync(join(data, "accounts.json"), '{"version":1,"accounts":{"ana":{"role":"owner"}}}');
  await expect(createAccounts(data, clock).checkSecret("ana", "")).rejects.toThrow(/not a file of accounts/);
});

test("a new invitation makes the old one worthless", async () => {
  const accounts = createAccounts(folder(), clock);
  const old = await accounts.invite("ana", "staff");
  const newer = await accounts.invite("ana", "engineer");
  expect(await accounts.invitation(old.token)).toBeUndefined();
  expect((await accounts.invitation(newer.token))?.role).toBe("engineer");
});

test("the audit log keeps its order, its size, and one line an entry whatever is written in it", async () => {
  const data = folder();
  const audit = createAudit({ dataFolder: data, clock, maxBytes: 2_000, files: 3 });
  for (let n = 0; n < 200; n += 1) {
    audit.note({ by: "ana", action: "device.adopt", subject: `A${n}\n{"at":1}`, ok: true });
    if (n % 10 === 9) await audit.flush();
  }
  const read = await audit.read(10);
  expect(read.map(({ subject }) => subject)).toEqual(Array.from({ length: 10 }, (_, n) => `A${190 + n} {"at":1}`));
  const all = await audit.read(1_000);
  expect(all.length).toBeLessThan(200);
  expect(all.length).toBeGreaterThan(30);
  const sizes = ["audit.jsonl", "audit.1.jsonl", "audit.2.jsonl"].map((name) => statSync(join(data, name)).size);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000);
});

test("a stranger who knocks ten thousand times does not wash the log away, and how often is told", async () => {
  const audit = createAudit({ dataFolder: folder(), clock });
  audit.note({ by: "ana", action: "device.retire", subject: "A1", ok: true });
  for (let n = 0; n < 10_000; n += 1) audit.note({ by: "a stranger", action: "sign-in", ok: false });
  audit.note({ by: "ana", action: "device.adopt", subject: "A2", ok: true });
  const entries = await audit.read(1_000);
  expect(entries.length).toBe(202);
  expect(entries[0]?.action).toBe("device.retire");
  expect(entries.at(-1)).toMatchObject({ action: "device.adopt", missed: 9_800 });
  expect(audit.counters().missed).toBe(9_800);
});

test("a line that a power cut left half is skipped, and the next is written after it", async () => {
  const data = folder();
  writeFileSync(join(data, "audit.jsonl"), '{"at":1,"by":"ana","action":"x","ok":true}\n{"at":2,"by":"an');
  const audit = createAudit({ dataFolder: data, clock });
  audit.note({ by: "ben", action: "y", ok: true });
  expect((await audit.read(10)).map(({ by }) => by)).toEqual(["ana", "ben"]);
});
