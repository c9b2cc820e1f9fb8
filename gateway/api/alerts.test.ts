import { expect, test } from "vitest";
import { nowMs, openTestShop } from "./test-shop.ts";

/** A mirror's own token lasts as long as its password. */
async function mirrorOf({ access }: ReturnType<typeof openTestShop>, mirrorId: string) {
  await access.credentials.addDevice(mirrorId, { grant: { publish: [], subscribe: [] }, format: "native" });
  return { authorization: `Bearer ${await access.signMirror(mirrorId, nowMs + 60_000)}` };
}

test("an alert is put off by staff for an hour, and by a manager for a day's work", async () => {
  const { app, commands, asStaff, asEngineer } = openTestShop({ demo: false });
  const snooze = (minutes: unknown, headers: Record<string, string>) =>
    app.inject({ method: "POST", url: "/api/v1/alerts/al1/snooze", headers, payload: { minutes } });
  expect((await snooze(60, asStaff())).statusCode).toBe(200);
  expect((await snooze(61, asStaff())).statusCode).toBe(403);
  expect((await snooze(480, asEngineer())).statusCode).toBe(200);
  for (const minutes of [4, 481, 7.5, "10", undefined])
    expect((await snooze(minutes, asEngineer())).statusCode).toBe(400);
  expect((await snooze(10, {})).statusCode).toBe(401);
  expect(commands).toEqual([
    { command: "alert.snooze", alertId: "al1", minutes: 60, by: "ben" },
    { command: "alert.snooze", alertId: "al1", minutes: 480, by: "ana" },
  ]);
});

test("a mirror calls for somebody for itself alone, and staff may do so for it", async () => {
  const shop = openTestShop({ demo: false });
  const { app, commands, asStaff, asShopper } = shop;
  const [m1, m2] = [await mirrorOf(shop, "m1"), await mirrorOf(shop, "m2")];
  const url = "/api/v1/mirrors/m1/help";
  const call = (headers: Record<string, string>, payload?: object) =>
    app.inject({ method: "POST", url, headers, ...(payload ? { payload } : {}) });
  expect((await call(m1, { sku: "GLS-1", note: "in another size" })).statusCode).toBe(201);
  expect((await call(m1)).statusCode).toBe(201);
  expect((await call(m2)).statusCode).toBe(403);
  expect((await call(asShopper("s1"))).statusCode).toBe(403);
  expect((await call({})).statusCode).toBe(401);
  expect((await call(m1, { sku: "NOPE-1" })).statusCode).toBe(404);
  expect((await call(m1, { note: "x".repeat(121) })).statusCode).toBe(400);
  expect((await app.inject({ url, headers: m1 })).json()).toEqual({ state: "none" });
  expect((await app.inject({ method: "DELETE", url, headers: asStaff() })).json()).toEqual({ state: "none" });
  expect((await app.inject({ url: "/api/v1/mirrors/m9/help", headers: asStaff() })).statusCode).toBe(404);
  expect(commands).toEqual([
    { command: "help.ask", mirrorId: "m1", sku: "GLS-1", note: "in another size" },
    { command: "help.ask", mirrorId: "m1" },
    { command: "help.end", mirrorId: "m1" },
  ]);
});

test("staff read how a day went, today if they name none", async () => {
  const shop = openTestShop({ demo: false });
  const { app, asStaff } = shop;
  const day = (query: string, headers = asStaff()) =>
    app.inject({ url: `/api/v1/history/availability${query}`, headers });
  expect((await day("")).json()).toEqual({ day: "2026-11-21", points: [], places: [] });
  expect((await day("?day=2026-11-02")).json()).toMatchObject({ day: "2026-11-02" });
  expect((await day("?day=2026-02-31")).statusCode).toBe(400);
  expect((await day("?day=today")).statusCode).toBe(400);
  expect((await day("", await mirrorOf(shop, "m1"))).statusCode).toBe(403);
});
