import { expect, test } from "vitest";
import { openTestShop } from "./test-shop.ts";

const key = { "idempotency-key": "k1" };
const lines = [{ sku: "GLS-1", quantity: 2 }];

async function openWithTill() {
  const shop = openTestShop({ demo: false });
  const added = await shop.access.channels.add("web");
  return { ...shop, web: { authorization: `Bearer ${added.ok ? added.secret : ""}` } };
}

test("a till tells of its sales under its own name, goods brought back too", async () => {
  const { app, commands, web } = await openWithTill();
  const payload = { lines: [...lines, { sku: "NEVER-SEEN", quantity: -1 }] };
  const answer = await app.inject({ method: "POST", url: "/api/v1/sales", headers: { ...web, ...key }, payload });
  expect(answer.statusCode).toBe(201);
  expect(answer.json()).toEqual({ saleId: "s1" });
  expect(commands).toEqual([{ command: "sale.make", ...payload, key: "channel:web k1", by: "channel:web" }]);
});

test.each([
  ["no key", { lines }, {}, "headers.idempotency-key"],
  ["no lines", { lines: [] }, key, "body.lines"],
  ["201 lines", { lines: Array.from({ length: 201 }, () => lines[0]) }, key, "body.lines"],
  ["a line of nothing", { lines: [{ sku: "GLS-1", quantity: 0 }] }, key, "body.lines.0.quantity"],
  ["a truck load", { lines: [{ sku: "GLS-1", quantity: 1_001 }] }, key, "body.lines.0.quantity"],
  ["half a piece", { lines: [{ sku: "GLS-1", quantity: 0.5 }] }, key, "body.lines.0.quantity"],
  ["a price", { lines: [{ sku: "GLS-1", quantity: 1, price: 1 }] }, key, "body.lines.0.price"],
])("a sale with %s is refused, the field named, and nothing happens", async (_what, payload, headers, field) => {
  const { app, commands, asStaff } = openTestShop({ demo: false });
  const answer = await app.inject({
    method: "POST",
    url: "/api/v1/sales",
    headers: { ...asStaff(), ...headers },
    payload,
  });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ field });
  expect(commands).toEqual([]);
});

test("a till may say what it scanned; a number that no product has is sold all the same", async () => {
  const { app, commands, web } = await openWithTill();
  const sell = (line: object) =>
    app.inject({ method: "POST", url: "/api/v1/sales", headers: { ...web, ...key }, payload: { lines: [line] } });
  expect((await sell({ gtin: "05412345678908", quantity: 1 })).statusCode).toBe(201);
  expect((await sell({ gtin: "9520140100107", quantity: 1 })).statusCode).toBe(201);
  expect(commands).toMatchObject([
    { lines: [{ sku: "GLS-1", quantity: 1 }] },
    { lines: [{ sku: "GTIN-9520140100107", quantity: 1 }] },
  ]);
  for (const line of [
    { gtin: "5412345678901", quantity: 1 },
    { quantity: 1 },
    { sku: "A1", gtin: "96385074", quantity: 1 },
  ])
    expect((await sell(line)).statusCode).toBe(400);
  expect(commands).toHaveLength(2);
});

test("a website sees and cancels its own reservations; fetching and handing over is for staff", async () => {
  const { app, commands, web, asStaff } = await openWithTill();
  const ids = async (headers: Record<string, string>) =>
    (await app.inject({ url: "/api/v1/reservations", headers })).json().map(({ id }: { id: string }) => id);
  expect(await ids(web)).toEqual(["r2"]);
  expect(await ids(asStaff())).toEqual(["r1", "r2"]);
  const one = (id: string, headers: Record<string, string>) =>
    app.inject({ url: `/api/v1/reservations/${id}`, headers });
  expect((await one("r2", web)).json()).toMatchObject({ id: "r2", state: "made" });
  expect((await one("r1", web)).statusCode).toBe(404);
  expect((await one("r1", {})).statusCode).toBe(401);
  const step = async (what: string, headers: Record<string, string>) =>
    (await app.inject({ method: "POST", url: `/api/v1/reservations/r2/${what}`, headers })).statusCode;
  expect(await step("ready", web)).toBe(403);
  expect(await step("collect", web)).toBe(403);
  expect(await step("cancel", web)).toBe(200);
  expect(await step("ready", asStaff())).toBe(200);
  expect(commands).toMatchObject([
    { command: "reservation.cancel", reservationId: "r2", by: "channel:web" },
    { command: "reservation.ready", reservationId: "r2", by: "ben" },
  ]);
});

test("what a customer is called is short and on one line", async () => {
  const { app, asStaff, commands } = openTestShop({ demo: false });
  const reserve = async (label: string) =>
    (
      await app.inject({
        ...{ method: "POST", url: "/api/v1/reservations" },
        headers: { ...asStaff(), ...key },
        payload: { sku: "GLS-1", quantity: 1, label },
      })
    ).statusCode;
  expect(await reserve("Zoë")).toBe(201);
  expect(await reserve("A name, a street and a telephone number")).toBe(400);
  expect(await reserve("two\nlines")).toBe(400);
  expect(commands).toMatchObject([{ label: "Zoë" }]);
});

test("deliveries are read by staff, and expected and received by managers, as they came or as they should", async () => {
  const { app, commands, asStaff, asManager } = openTestShop({ demo: false });
  expect((await app.inject({ url: "/api/v1/deliveries", headers: asStaff() })).json()).toMatchObject([{ id: "d1" }]);
  const expecting = (headers: Record<string, string>) =>
    app.inject({
      ...{ method: "POST", url: "/api/v1/deliveries" },
      headers: { ...headers, ...key },
      payload: { lines, expectedAt: 5 },
    });
  expect((await expecting(asStaff())).statusCode).toBe(403);
  expect((await expecting(asManager())).json()).toEqual({ deliveryId: "d1" });
  const receive = (payload?: object) =>
    app.inject({
      ...{ method: "POST", url: "/api/v1/deliveries/d1/receive", headers: asManager() },
      ...(payload ? { payload } : {}),
    });
  expect((await receive()).statusCode).toBe(200);
  expect((await receive({ lines: [] })).statusCode).toBe(200);
  expect((await receive({ lines: [{ sku: "GLS-1", quantity: -1 }] })).statusCode).toBe(400);
  expect(commands).toEqual([
    { command: "delivery.expect", lines, expectedAt: 5, key: "k1", by: "mia" },
    { command: "delivery.receive", deliveryId: "d1", by: "mia" },
    { command: "delivery.receive", deliveryId: "d1", lines: [], by: "mia" },
  ]);
});

test("the ledger is for staff, writing off for managers, and a reason is asked for", async () => {
  const { app, commands, asStaff, asManager } = openTestShop({ demo: false });
  const ledger = (headers: Record<string, string>, query = "") =>
    app.inject({ url: `/api/v1/stock/GLS-1/ledger${query}`, headers });
  expect((await ledger({})).statusCode).toBe(401);
  expect((await ledger(asStaff())).json()).toEqual({ entries: [], balances: { hands: 1 } });
  expect((await ledger(asStaff(), "?limit=51")).statusCode).toBe(400);
  expect((await app.inject({ url: "/api/v1/stock/NO-1/ledger", headers: asStaff() })).statusCode).toBe(404);
  const writeOff = async (headers: Record<string, string>, payload: object) =>
    (await app.inject({ method: "POST", url: "/api/v1/stock/GLS-1/write-off", headers, payload })).statusCode;
  expect(await writeOff(asStaff(), { quantity: 1, reason: "broken" })).toBe(403);
  expect(await writeOff(asManager(), { quantity: 1 })).toBe(400);
  expect(await writeOff({ ...asManager(), ...key }, { quantity: 1, reason: "broken" })).toBe(200);
  const command = "stock.write-off";
  expect(commands).toEqual([{ command, sku: "GLS-1", quantity: 1, reason: "broken", key: "k1", by: "mia" }]);
});
