import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createAccounts } from "../access/accounts.ts";
import { systemClock } from "../clock.ts";
import { bootGateway, temporaryFolder } from "../test-gateway.ts";
import { root } from "./setting.ts";

/** Runs a command as people type it, on `folder`. */
function on(folder: string) {
  return async (...args: string[]) => {
    const child = spawn(process.execPath, [join(root, "gateway", "vitrine.js"), ...args, "--data", folder], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const said = { out: "", err: "" };
    child.stdout.on("data", (chunk) => (said.out += chunk));
    child.stderr.on("data", (chunk) => (said.err += chunk));
    const [code] = await once(child, "close");
    return { code, ...said };
  };
}

test("somebody is invited by a link and a QR, and neither a file nor the audit log knows the link", async () => {
  const folder = temporaryFolder();
  const vitrine = on(folder);
  const invited = await vitrine("staff", "invite", "Mia", "--role", "engineer", "--url", "https://shop.example:8443/x");
  const token = /^https:\/\/shop\.example:8443\/staff#invitation=([\w-]{43})$/m.exec(invited.out)?.[1] ?? "";
  expect(token).not.toBe("");
  expect(invited.out).toContain("█");
  expect(invited.out).toMatch(/For Mia, as engineer\. Good once, until \d\d?[:.]\d\d/);
  expect(await createAccounts(folder, systemClock).invitation(token)).toMatchObject({ id: "mia", role: "engineer" });
  for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name), "utf8")).not.toContain(token);
  expect((await vitrine("audit")).out).toMatch(/done {5}command line, \S+ {2}account\.invite {2}mia {2}\(engineer\)/);
});

test("an engineer gets a password and not a PIN; who is removed is gone from the list", async () => {
  const folder = temporaryFolder();
  const vitrine = on(folder);
  const added = await vitrine("staff", "add", "mia", "--engineer");
  const password = /password (\S{23})$/m.exec(added.out)?.[1] ?? "";
  expect(await createAccounts(folder, systemClock).checkSecret("mia", password)).toMatchObject({ role: "engineer" });
  expect((await vitrine("staff", "list")).out).toBe("mia  engineer  password\n");
  expect((await vitrine("staff", "passkeys", "mia")).out).toBe("mia has no passkey.\n");
  expect((await vitrine("staff", "remove", "mia")).out).toContain("can no longer sign in");
  expect((await vitrine("staff", "list")).out).toBe("Nobody can sign in yet.\n");
  const entries = (await vitrine("audit", "--json", "--last", "1")).out;
  expect(JSON.parse(entries)).toMatchObject({ action: "account.remove", subject: "mia", ok: true });
});

test("a manager is invited as one, and gets a password and not a PIN", async () => {
  const folder = temporaryFolder();
  const vitrine = on(folder);
  expect((await vitrine("staff", "invite", "mia", "--role", "manager")).out).toContain("For Mia, as manager.");
  expect((await vitrine("staff", "add", "mia", "--role", "manager")).out).toMatch(/password \S{23}$/m);
  expect((await vitrine("staff", "list")).out).toBe("mia  manager  password\n");
});

test("a till's secret is shown once, opens the gateway that runs, and stops when it is taken back", async () => {
  const shop = await bootGateway({ demo: false });
  const vitrine = on(shop.dataFolder);
  const added = await vitrine("channel", "add", "till-1");
  const secret = /^Secret {2}(vch_[\w-]{43})$/m.exec(added.out)?.[1] ?? "";
  for (const name of readdirSync(shop.dataFolder)) {
    if (name.endsWith(".json")) expect(readFileSync(join(shop.dataFolder, name), "utf8")).not.toContain(secret);
  }
  expect((await vitrine("channel", "list")).out).toMatch(/^till-1 {2}since \d{4}-\d\d-\d\d\n$/);
  const reserve = () =>
    shop.api("POST", "/api/v1/reservations", {
      body: { sku: "NOTHING", quantity: 1 },
      headers: { authorization: `Bearer ${secret}`, "idempotency-key": "1" },
    });
  // let in: it is the item that is not there
  expect((await reserve()).status).not.toBe(401);
  expect((await vitrine("channel", "remove", "till-1")).out).toContain("can no longer ask anything");
  expect((await reserve()).status).toBe(401);
  expect((await vitrine("audit", "--last", "2")).out).toMatch(/channel\.add {2}till-1\n.*channel\.remove {2}till-1/);
});

test.each([
  ["nobody on the list", ["staff", "invite", "zoe"], "People there"],
  ["a role that is none", ["staff", "add", "mia", "--role", "owner"], "There is no role owner"],
  ["an address that is none", ["staff", "invite", "mia", "--url", "shop"], "no address of a page"],
  ["a till without a name", ["channel", "add"], "vitrine channel add ID"],
  ["a till with a name too many", ["channel", "add", "a b"], "letters, digits"],
  ["no such action", ["staff", "constructor", "mia"], "vitrine staff invite"],
  ["passkeys of a stranger", ["staff", "passkeys", "zoe"], "has no account"],
  ["a number that is none", ["audit", "--last", "x"], "whole number"],
])("%s is said, and nothing is changed", async (_name, args, words) => {
  const folder = temporaryFolder();
  const { code, err } = await on(folder)(...args);
  expect(code).toBe(1);
  expect(err).toContain(words);
  expect(err).not.toContain("    at ");
  expect(readdirSync(folder)).toEqual([]);
});

test("what the command line does to a person counts in the gateway that runs, and shows in its metrics and log", async () => {
  const shop = await bootGateway({ demo: false });
  const vitrine = on(shop.dataFolder);
  const password = /password (\S{23})$/m.exec((await vitrine("staff", "add", "mia", "--engineer")).out)?.[1] ?? "";
  const signedIn = await fetch(`${shop.url}/api/v1/staff/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Mia", password }),
  });
  expect(signedIn.status).toBe(201);
  const headers = { cookie: signedIn.headers.get("set-cookie")?.split(";")[0] ?? "" };
  const metrics = await (await fetch(`${shop.url}/metrics`)).text();
  expect(metrics).toContain('vitrine_sign_ins_total{by="secret"} 1\n');
  expect(metrics).toMatch(/^vitrine_sessions 1$/m);
  const { value } = await shop.api<{ action: string; detail?: string }[]>("GET", "/api/v1/audit", { headers });
  expect(value.map(({ action }) => action)).toEqual(["gateway.start", "account.add", "sign-in"]);
  expect(value[0]?.detail).toMatch(/^configuration [0-9a-f]{12}$/);
  await vitrine("staff", "sign-out", "mia");
  expect((await shop.api("GET", "/api/v1/audit", { headers })).status).toBe(401);
});
