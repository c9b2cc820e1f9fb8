import { expect, test } from "vitest";
import { openTestShop } from "./test-shop.ts";

const path = "/api/v1/devices/A7/credentials";

test("an engineer gets a device's password once, with a QR for the phone next to it", async () => {
  const shop = openTestShop({ demo: false });
  const made = await shop.app.inject({ method: "POST", url: path, headers: shop.asEngineer(), payload: {} });
  expect(made.statusCode).toBe(201);
  expect(made.headers["cache-control"]).toBe("no-store");
  const { username, password, url, qr } = made.json();
  expect(username).toBe("A7");
  expect(url).toBe(`mqtt://A7:${password}@127.0.0.1:1883`);
  expect(qr).toMatch(/^<svg [\s\S]*<\/svg>$/);
  expect(await shop.access.verifyDevice("A7", password)).toBe(true);

  const gone = await shop.app.inject({ method: "DELETE", url: path, headers: shop.asEngineer() });
  expect(gone.statusCode).toBe(204);
  expect(await shop.access.verifyDevice("A7", password)).toBe(false);
  expect((await shop.app.inject({ method: "DELETE", url: path, headers: shop.asEngineer() })).statusCode).toBe(404);
});

test("both are in the audit log, without the password", async () => {
  const shop = openTestShop({ demo: false });
  const made = await shop.app.inject({ method: "POST", url: path, headers: shop.asEngineer(), payload: {} });
  await shop.app.inject({ method: "DELETE", url: path, headers: shop.asEngineer() });
  const entries = await shop.access.audit.read(10);
  expect(entries).toMatchObject([
    { by: "ana", action: "devices.credentials", subject: "A7", ok: true },
    { by: "ana", action: "devices.credentials.delete", subject: "A7", ok: true },
  ]);
  expect(JSON.stringify(entries)).not.toContain(made.json().password);
});

test("staff and strangers get none, and a device that nobody knows gets a reason", async () => {
  const shop = openTestShop({ demo: false });
  const ask = (headers: Record<string, string>, url = path, payload: object = {}) =>
    shop.app.inject({ method: "POST", url, headers, payload });
  expect((await ask({})).statusCode).toBe(401);
  expect((await ask(shop.asStaff())).statusCode).toBe(403);
  const unknown = await ask(shop.asEngineer(), "/api/v1/devices/unknown/credentials");
  expect(unknown.json()).toMatchObject({ status: 409, detail: expect.stringContaining("what unknown is") });
  expect((await ask(shop.asEngineer(), path, { kind: "toaster" })).statusCode).toBe(400);
});
