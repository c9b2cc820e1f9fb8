import type { FastifyInstance } from "fastify";
import { expect, test } from "vitest";
import { channelOrManager, managerOnly } from "./guard.ts";
import { openTestShop } from "./test-shop.ts";

/** Routes as other folders add them. */
function routes(app: FastifyInstance) {
  const done = async () => ({ done: true });
  app.put("/api/v1/plan", { onRequest: managerOnly }, done);
  app.get("/api/v1/history", { onRequest: channelOrManager }, done);
}

async function openWithTill() {
  const shop = openTestShop({ demo: false, plugins: [routes] });
  const added = await shop.access.channels.add("till-1");
  const secret = added.ok ? added.secret : "";
  return { ...shop, secret, till: { authorization: `Bearer ${secret}` } };
}
const basic = (name: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`,
});
const redeem = { method: "POST", url: "/api/v1/offers/ABC234/redeem" } as const;
const key = { "idempotency-key": "1" };

test("managers may what staff may not, and engineers may it too", async () => {
  const { app, asStaff, asManager, asEngineer } = await openWithTill();
  const change = (headers: Record<string, string>) => app.inject({ method: "PUT", url: "/api/v1/plan", headers });
  expect((await change({})).statusCode).toBe(401);
  expect((await change(asStaff())).statusCode).toBe(403);
  expect((await change(asManager())).statusCode).toBe(200);
  expect((await change(asEngineer())).statusCode).toBe(200);
  expect((await app.inject({ url: "/api/v1/inbox", headers: asManager() })).statusCode).toBe(403);
  expect((await app.inject({ url: "/api/v1/alerts", headers: asManager() })).statusCode).toBe(200);
});

test("a till redeems and reserves under its own name, by Bearer or Basic", async () => {
  const { app, commands, secret, till } = await openWithTill();
  expect((await app.inject({ ...redeem, headers: { ...till, ...key } })).statusCode).toBe(200);
  const payload = { sku: "GLS-1", quantity: 1 };
  const reserve = { method: "POST", url: "/api/v1/reservations", payload } as const;
  const reserved = await app.inject({ ...reserve, headers: { ...basic("till-1", secret), ...key } });
  expect(reserved.statusCode).toBe(201);
  // a key of its own: another till may begin to count at 1 as well
  expect(commands).toMatchObject([
    { command: "offer.redeem", key: "channel:till-1 1", by: "channel:till-1" },
    { command: "reservation.make", key: "channel:till-1 1", by: "channel:till-1" },
  ]);
});

test("a warehouse says what is on its way, and has no say in what has come", async () => {
  const { app, commands, till } = await openWithTill();
  const payload = { lines: [{ sku: "GLS-1", quantity: 12 }], expectedAt: 5 };
  const url = "/api/v1/deliveries";
  expect((await app.inject({ method: "POST", url, headers: { ...till, ...key }, payload })).statusCode).toBe(201);
  expect((await app.inject({ method: "POST", url: `${url}/d1/receive`, headers: till })).statusCode).toBe(403);
  expect(commands).toMatchObject([{ command: "delivery.expect", key: "channel:till-1 1", by: "channel:till-1" }]);
});

test("a till is no person: alerts, devices, plans and accounts are not for it, what other channels read is", async () => {
  const { app, till } = await openWithTill();
  for (const url of ["alerts", "zones", "devices", "inbox", "shop/plan", "stream", "staff/me", "audit"]) {
    expect((await app.inject({ url: `/api/v1/${url}`, headers: till })).statusCode, url).toBe(403);
  }
  expect((await app.inject({ url: "/api/v1/staff/account", headers: till })).statusCode).toBe(401);
  expect((await app.inject({ method: "PUT", url: "/api/v1/plan", headers: till })).statusCode).toBe(403);
  expect((await app.inject({ url: "/api/v1/history", headers: till })).statusCode).toBe(200);
});

test("what channels read, managers read too, and staff do not", async () => {
  const { app, asStaff, asManager } = await openWithTill();
  const read = (headers: Record<string, string>) => app.inject({ url: "/api/v1/history", headers });
  expect((await read(asManager())).statusCode).toBe(200);
  expect((await read(asStaff())).statusCode).toBe(403);
  expect((await read({})).statusCode).toBe(401);
});

test("no other secret, name or page opens a till's account, and a new secret ends the old one", async () => {
  const { app, access, secret, till, commands } = await openWithTill();
  const page = { origin: "https://evil.example" };
  const wrong = [
    { authorization: "Bearer vch_" },
    { authorization: `Bearer ${secret}x` },
    { authorization: `Bearer ${secret.slice(0, -1)}` },
    { authorization: "Bearer constructor" },
    { authorization: "Basic" },
    { authorization: "Basic !!!" },
    { authorization: `Basic ${Buffer.from(secret).toString("base64")}` },
    basic("till-2", secret),
    basic("till-1", ""),
  ];
  for (const headers of wrong)
    expect((await app.inject({ ...redeem, headers: { ...headers, ...key } })).statusCode).toBe(401);
  // a browser that remembers a Basic password sends it for any page that asks
  const forged = await app.inject({ ...redeem, headers: { ...basic("till-1", secret), ...page, ...key } });
  expect(forged.statusCode).toBe(403);
  await access.channels.add("till-1");
  expect((await app.inject({ ...redeem, headers: { ...till, ...key } })).statusCode).toBe(401);
  expect(commands).toEqual([]);
});

test("what a till is refused stands under its name in the audit log", async () => {
  const { app, access, till } = await openWithTill();
  await app.inject({ method: "PUT", url: "/api/v1/plan", headers: till });
  expect(await access.audit.read(1)).toMatchObject([{ by: "channel:till-1", action: "plan.put", ok: false }]);
});
