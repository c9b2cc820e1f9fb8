import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { createAccess } from "./access.ts";

const hour = 3_600_000;
const people = () => [
  { id: "ana", name: "Ana" },
  { id: "ben", name: "Ben" },
];
const from = { address: "192.168.1.20", userAgent: "Chrome\non Android", origin: undefined };
const words = "a lantern under the stairs";

function open(folder?: string) {
  const dataFolder = folder ?? mkdtempSync(join(tmpdir(), "vitrine-sessions-"));
  if (folder === undefined) onTestFinished(() => rmSync(dataFolder, { recursive: true, force: true }));
  const clock = createManualClock(Date.UTC(2026, 10, 21, 9));
  const access = createAccess({ dataFolder, clock, demo: false, people });
  // before the folder goes: what is noted in it may still be on its way
  onTestFinished(() => access.close());
  return { dataFolder, clock, access };
}
type Opened = ReturnType<typeof open>;

async function signIn({ access }: Opened, name = "ben", role: "staff" | "engineer" = "staff"): Promise<string> {
  if (!(await access.accounts.get(name))) await access.accounts.setSecret(name, "password", words, role);
  const entered = await access.staff.signIn(name, words, from);
  if (!entered.ok) throw new Error(entered.problem.title);
  return entered.cookie;
}
const whoHas = async ({ access }: Opened, cookie: string) => (await access.staff.callerOf(cookie))?.caller.id;

test("whoever is signed in stays so over a restart, and the file opens nothing", async () => {
  const shop = open();
  const cookie = await signIn(shop);
  const file = join(shop.dataFolder, "sessions.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).not.toContain(cookie);
  // no close(): the power was cut
  expect(await whoHas(open(shop.dataFolder), cookie)).toBe("ben");
  writeFileSync(file, "half a fi");
  expect(await whoHas(open(shop.dataFolder), cookie)).toBeUndefined();
});

test("a session ends after a shift, however busy, and earlier when nobody uses it", async () => {
  const shop = open();
  const busy = await signIn(shop);
  const idle = await signIn(shop);
  for (let n = 0; n < 11; n += 1) {
    shop.clock.advance(hour);
    expect(await whoHas(shop, busy)).toBe("ben");
  }
  expect(await whoHas(shop, idle)).toBeUndefined();
  shop.clock.advance(hour);
  expect(await whoHas(shop, busy)).toBeUndefined();
});

test("an engineer who walks away is signed out after an hour; a page that stays open is in use", async () => {
  const shop = open();
  const away = await signIn(shop, "ana", "engineer");
  const watching = await signIn(shop, "ana", "engineer");
  const session = (await shop.access.staff.callerOf(watching))?.session;
  shop.access.staff.whenEnded(session?.key ?? "", () => {});
  for (let n = 0; n < 60; n += 1) {
    shop.clock.advance(60_000);
    await shop.access.staff.tick();
  }
  expect(await whoHas(shop, away)).toBeUndefined();
  expect(await whoHas(shop, watching)).toBe("ana");
});

test("an account that the command line removes or changes is out at once, and its streams soon after", async () => {
  for (const change of [
    (other: Opened) => other.access.accounts.remove("ben"),
    (other: Opened) => other.access.accounts.setSecret("ben", "password", `${words}, again`),
    (other: Opened) => other.access.accounts.endSessions("ben"),
  ]) {
    const shop = open();
    const cookie = await signIn(shop);
    let ended = 0;
    const session = (await shop.access.staff.callerOf(cookie))?.session;
    shop.access.staff.whenEnded(session?.key ?? "", () => {
      ended += 1;
    });
    await change(open(shop.dataFolder));
    expect(await whoHas(shop, cookie)).toBeUndefined();
    await shop.access.staff.tick();
    await shop.access.staff.tick();
    expect(ended).toBe(1);
  }
});

test("whoever leaves the shop's list is out, although the account is still there", async () => {
  const shop = open();
  const cookie = await signIn(shop);
  const others = createAccess({ ...shop, demo: false, people: () => [{ id: "ana", name: "Ana" }] });
  expect(await others.staff.callerOf(cookie)).toBeUndefined();
  expect((await others.staff.signIn("ben", words, from)).ok).toBe(false);
});

test("the twenty-first browser of one person ends the one longest unused, and nobody else's", async () => {
  const shop = open();
  const ana = await signIn(shop, "ana", "engineer");
  const cookies = [];
  for (let n = 0; n < 21; n += 1) {
    shop.clock.advance(1);
    cookies.push(await signIn(shop));
  }
  expect(await whoHas(shop, cookies[0] ?? "")).toBeUndefined();
  expect(await whoHas(shop, cookies[1] ?? "")).toBe("ben");
  expect(await whoHas(shop, ana)).toBe("ana");
});

test("watching a session that is over ends at once", () => {
  let ended = false;
  open().access.staff.whenEnded("nobody's", () => {
    ended = true;
  });
  expect(ended).toBe(true);
});

test("names like constructor are nobody, and a cookie of another length is none", async () => {
  const shop = open();
  for (const name of ["constructor", "__proto__", "", "zoe"]) {
    expect((await shop.access.staff.signIn(name, words, from)).ok).toBe(false);
    expect(await shop.access.accounts.get(name)).toBeUndefined();
  }
  for (const cookie of ["", "x", "A".repeat(43), "A".repeat(5_000)]) expect(await whoHas(shop, cookie)).toBeUndefined();
});
