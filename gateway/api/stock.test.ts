import { expect, test } from "vitest";
import type { StockItem } from "#wire/views.ts";
import { openTestShop } from "./test-shop.ts";

test("anyone may read the stock, of everything and of one item", async () => {
  const { app } = openTestShop({ demo: false });
  const all = await app.inject("/api/v1/stock");
  expect(all.statusCode).toBe(200);
  expect(all.json()).toHaveLength(2);
  expect((await app.inject("/api/v1/stock/GLS-1")).json()).toMatchObject({ sku: "GLS-1", onShelf: 5, available: 4 });
});

test("what a count rests on and what people carry about is for the shop's own people", async () => {
  const stranger = openTestShop({ demo: false });
  const seen = (await stranger.app.inject("/api/v1/stock/GLS-1")).json<StockItem>();
  expect(seen).not.toHaveProperty("inHands");
  expect(seen.places).toEqual([{ shelf: "A", plate: 1, count: 5, capacity: 8, minimum: 2, confidence: 0.97 }]);
  expect((await stranger.app.inject("/api/v1/stock")).body).not.toContain("evidence");
  // whoever sits at a demo is of the staff
  const staff = openTestShop({ demo: true });
  const known = (await staff.app.inject("/api/v1/stock/GLS-1")).json<StockItem>();
  expect(known).toMatchObject({ inHands: 1, places: [{ evidence: [{ by: "weight", deviceId: "A1" }] }] });
});

test("an item the shop does not have is a problem in the agreed shape", async () => {
  const { app } = openTestShop();
  const answer = await app.inject("/api/v1/stock/NOPE-1");
  expect(answer.statusCode).toBe(404);
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toEqual({
    type: "/problems/not-found",
    title: "There is nothing here by that name.",
    status: 404,
    detail: "No item has the SKU NOPE-1.",
  });
});

test("a website asks by GTIN, with or without leading zeros, and is told when nothing changed", async () => {
  const { app } = openTestShop({ demo: false });
  const first = await app.inject("/api/v1/availability?gtin=5412345678908");
  expect(first.json()).toMatchObject({ sku: "GLS-1", available: 4, gtin: "5412345678908" });
  const padded = await app.inject("/api/v1/availability?gtin=05412345678908");
  expect(padded.json()).toEqual(first.json());
  const etag = String(first.headers.etag);
  const again = await app.inject({
    url: "/api/v1/availability?gtin=5412345678908",
    headers: { "if-none-match": `"x", W/${etag}` },
  });
  expect(again.statusCode).toBe(304);
  expect(again.body).toBe("");
  expect((await app.inject("/api/v1/availability?gtin=00000096385074")).json()).toMatchObject({ sku: "SCF-1" });
});

test.each([
  ["no GTIN", "", "querystring.gtin"],
  ["letters", "?gtin=abcdefgh", "querystring.gtin"],
  ["a wrong check digit", "?gtin=5412345678901", "querystring.gtin"],
  ["two GTINs", "?gtin=96385074&gtin=96385074", "querystring.gtin"],
])("availability with %s says which field is wrong", async (_name, query, field) => {
  const { app } = openTestShop();
  const answer = await app.inject(`/api/v1/availability${query}`);
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ type: "/problems/bad-input", field });
});

test("a count by a person reaches the shop with that person's name", async () => {
  const { app, commands, asStaff } = openTestShop({ demo: false });
  const payload = { shelf: "A", plate: 1, count: 6 };
  const answer = await app.inject({ method: "POST", url: "/api/v1/stock/GLS-1/count", headers: asStaff(), payload });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ sku: "GLS-1" });
  expect(commands).toEqual([{ command: "stock.count", sku: "GLS-1", shelf: "A", plate: 1, count: 6, by: "ben" }]);
});

test.each([
  ["a text for a number", '{"shelf":"A","plate":1,"count":"6"}', "body.count"],
  ["a number no shelf can hold", '{"shelf":"A","plate":1,"count":1e308}', "body.count"],
  ["infinity", '{"shelf":"A","plate":1,"count":1e999}', "body.count"],
  ["half a piece", '{"shelf":"A","plate":1,"count":1.5}', "body.count"],
  ["less than nothing", '{"shelf":"A","plate":1,"count":-1}', "body.count"],
  ["a forgotten field", '{"shelf":"A","count":1}', "body.plate"],
  ["an unknown field", '{"shelf":"A","plate":1,"count":1,"by":"x"}', "body.by"],
  ["a list", "[]", "body"],
  ["nothing", "", "body"],
])("a count with %s is refused, the field named, and nothing happens", async (_name, payload, field) => {
  const { app, commands } = openTestShop();
  const headers = { "content-type": "application/json" };
  const answer = await app.inject({ method: "POST", url: "/api/v1/stock/GLS-1/count", headers, payload });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ type: "/problems/bad-input", status: 400, field });
  expect(commands).toEqual([]);
});

test.each([
  ["cut-off JSON", "application/json", '{"shelf":', 400],
  ["a key that poisons objects", "application/json", '{"__proto__":{"x":1}}', 400],
  ["a form", "application/x-www-form-urlencoded", "shelf=A", 415],
  ["plain text", "text/plain", "{}", 415],
  ["more than 256 kB", "application/json", JSON.stringify({ shelf: "A".repeat(300_000) }), 413],
])("%s is refused as a problem", async (_name, contentType, payload, status) => {
  const { app, commands } = openTestShop();
  const headers = { "content-type": contentType };
  const answer = await app.inject({ method: "POST", url: "/api/v1/stock/GLS-1/count", headers, payload });
  expect(answer.statusCode).toBe(status);
  expect(answer.headers["content-type"]).toMatch(/problem\+json/);
  expect(commands).toEqual([]);
});

test("a reservation needs a key, and passes it on", async () => {
  const { app, commands } = openTestShop();
  const request = { method: "POST" as const, url: "/api/v1/reservations", payload: { sku: "GLS-1", quantity: 1 } };
  const without = await app.inject(request);
  expect(without.statusCode).toBe(400);
  expect(without.json().detail).toBe("headers.idempotency-key is required");
  const answer = await app.inject({ ...request, headers: { "idempotency-key": "web-17" } });
  expect(answer.statusCode).toBe(201);
  expect(answer.json()).toEqual({ reservationId: "r1" });
  expect(commands).toEqual([{ command: "reservation.make", sku: "GLS-1", quantity: 1, key: "web-17", by: "ana" }]);
});

test("in a shop, counting and reserving are for staff", async () => {
  const { app, commands, asShopper } = openTestShop({ demo: false });
  const url = "/api/v1/stock/GLS-1/count";
  const payload = { shelf: "A", plate: 1, count: 6 };
  expect((await app.inject({ method: "POST", url, payload })).statusCode).toBe(401);
  expect((await app.inject({ method: "POST", url, payload, headers: asShopper("s1") })).statusCode).toBe(403);
  expect((await app.inject({ method: "POST", url: "/api/v1/reservations", payload })).statusCode).toBe(401);
  expect(commands).toEqual([]);
});
