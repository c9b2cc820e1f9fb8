import { expect, test } from "vitest";
import { openTestShop } from "./test-shop.ts";

const json = { "content-type": "application/json" };

test("a shopper joins with a basket, chooses, looks, and is forgotten", async () => {
  const { app, access, commands } = openTestShop({ demo: false });
  const payload = { basket: 7, basketKey: access.tokens.basketKey(7) };
  const joined = await app.inject({ method: "POST", url: "/api/v1/shoppers", payload });
  expect(joined.statusCode).toBe(201);
  const { shopperId, token, mqtt } = joined.json();
  expect(mqtt).toEqual({
    path: "/mqtt",
    clientId: `shopper-${shopperId}`,
    username: shopperId,
    password: token,
    topic: `store/main/shopper/${shopperId}/offer`,
  });
  const login = await access.authenticateMqtt({ ...mqtt, address: "192.168.1.9" });
  expect(login).toMatchObject({ ok: true, identity: { role: "shopper", shopperId } });

  const headers = { authorization: `Bearer ${token}` };
  const me = await app.inject({ url: "/api/v1/shoppers/me", headers });
  expect(me.headers["cache-control"]).toBe("no-store");
  expect(me.json()).toMatchObject({ shopperId, basket: "basket-7", consents: { presence: false } });
  const choice = { presence: true, offers: true, mirror: false, textVersion: "2026-11" };
  const url = "/api/v1/shoppers/me/consents";
  expect((await app.inject({ method: "POST", url, headers, payload: choice })).statusCode).toBe(200);
  expect((await app.inject({ url: "/api/v1/shoppers/me/offers", headers })).json()).toEqual([]);
  const dismiss = "/api/v1/shoppers/me/offers/K7P-2QX/dismiss";
  expect((await app.inject({ method: "POST", url: dismiss, headers })).statusCode).toBe(200);
  expect((await app.inject({ method: "DELETE", url: "/api/v1/shoppers/me", headers })).statusCode).toBe(204);
  for (const path of ["", "/offers"]) {
    const after = await app.inject({ url: `/api/v1/shoppers/me${path}`, headers });
    expect(after.statusCode).toBe(410);
  }
  expect(commands.map(({ command }) => command)).toEqual([
    "shopper.join",
    "shopper.consent",
    "offer.dismiss",
    "shopper.erase",
  ]);
});

test("one may join without a basket and without a word", async () => {
  const { app, commands } = openTestShop({ demo: false });
  expect((await app.inject({ method: "POST", url: "/api/v1/shoppers" })).statusCode).toBe(201);
  expect(commands).toEqual([{ command: "shopper.join" }]);
});

test("nobody takes a basket whose key they do not have", async () => {
  const { app, access, commands } = openTestShop();
  const key = access.tokens.basketKey(7);
  for (const payload of [{ basket: 8, basketKey: key }, { basket: 7 }, { basket: 7, basketKey: `${key}x` }]) {
    const answer = await app.inject({ method: "POST", url: "/api/v1/shoppers", payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().field).toBe("body.basketKey");
  }
  expect(commands).toEqual([]);
});

test.each([
  ["a basket number beyond all baskets", { basket: 1e308, basketKey: "x" }, "body.basket"],
  ["a basket that is a list", { basket: [1], basketKey: "x" }, "body.basket"],
  ["an unknown field", { email: "a@b.c" }, "body.email"],
])("joining with %s is refused", async (_name, payload, field) => {
  const { app } = openTestShop();
  const answer = await app.inject({ method: "POST", url: "/api/v1/shoppers", payload });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().field).toBe(field);
});

test("consent is three clear answers and the wording shown, nothing less", async () => {
  const { app, commands, asShopper } = openTestShop();
  const whole = { presence: true, offers: true, mirror: false, textVersion: "1" };
  for (const broken of [{ mirror: undefined }, { presence: "yes" }, { offers: 1 }, { textVersion: "" }, { age: 12 }]) {
    const payload = { ...whole, ...broken };
    const request = { method: "POST" as const, url: "/api/v1/shoppers/me/consents", headers: asShopper("s1"), payload };
    expect((await app.inject(request)).statusCode).toBe(400);
  }
  expect(commands).toEqual([]);
});

test("what is personal is for that shopper: not for strangers, not for staff", async () => {
  const { app, asStaff, asMirror } = openTestShop();
  for (const url of ["/api/v1/shoppers/me", "/api/v1/shoppers/me/offers"]) {
    expect((await app.inject(url)).statusCode).toBe(403);
    expect((await app.inject({ url, headers: asStaff() })).statusCode).toBe(403);
    expect((await app.inject({ url, headers: asMirror("m1") })).statusCode).toBe(403);
    expect((await app.inject({ url, headers: { authorization: "Bearer x.y" } })).statusCode).toBe(401);
  }
});

test("a code is redeemed with a key; without one the till is told why not", async () => {
  const { app, commands, answers, asStaff } = openTestShop({ demo: false });
  const request = { method: "POST" as const, url: "/api/v1/offers/K7P-2QX/redeem", headers: asStaff() };
  const without = await app.inject(request);
  expect(without.statusCode).toBe(400);
  expect(without.json()).toMatchObject({ field: "headers.idempotency-key" });
  expect(without.json().detail).toBe("headers.idempotency-key is required");
  const withKey = { ...request, headers: { ...asStaff(), "idempotency-key": "till-1/884" } };
  const answer = await app.inject(withKey);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ code: "K7P-2QX", offerPrice: 9900 });
  expect(commands).toEqual([{ command: "offer.redeem", code: "K7P-2QX", key: "till-1/884", by: "ben" }]);

  answers.refuseNext = { status: 409, type: "/problems/already-redeemed", title: "This code was used already." };
  const again = await app.inject(withKey);
  expect(again.statusCode).toBe(409);
  expect(again.headers["content-type"]).toMatch(/problem\+json/);
  expect(again.json()).toEqual({
    status: 409,
    type: "/problems/already-redeemed",
    title: "This code was used already.",
  });
});

test.each(["", "has space", "x".repeat(65), "é"])("the key %j is no key", async (key) => {
  const { app, commands } = openTestShop();
  const headers = { "idempotency-key": key };
  const answer = await app.inject({ method: "POST", url: "/api/v1/offers/K7P-2QX/redeem", headers });
  expect(answer.statusCode).toBe(400);
  expect(commands).toEqual([]);
});

test("shoppers redeem nothing themselves", async () => {
  const { app, asShopper } = openTestShop();
  for (const action of ["redeem", "rollback"]) {
    const headers = { ...asShopper("s1"), "idempotency-key": "k" };
    const answer = await app.inject({ method: "POST", url: `/api/v1/offers/K7P-2QX/${action}`, headers });
    expect(answer.statusCode).toBe(403);
  }
});

test("a sale can be taken back, and offers tried without being made", async () => {
  const { app, commands } = openTestShop();
  expect((await app.inject({ method: "POST", url: "/api/v1/offers/K7P-2QX/rollback" })).statusCode).toBe(200);
  const url = "/api/v1/offers/preview";
  const preview = await app.inject({ method: "POST", url, payload: { zone: "entrance" } });
  expect(preview.json()).toEqual([
    { offerId: "of1", sku: "GLS-1", wouldIssue: false, reasons: ["the cap of the day is reached"] },
  ]);
  expect((await app.inject({ method: "POST", url, payload: { zone: "moon" } })).json().field).toBe("body.zone");
  expect(commands.map(({ command }) => command)).toEqual(["offer.rollback"]);
});

test("an alert is acknowledged, given to a colleague, given back and closed", async () => {
  const { app, commands, asStaff } = openTestShop({ demo: false });
  const act = (action: string, payload?: object) =>
    app.inject({
      method: "POST",
      url: `/api/v1/alerts/al1/${action}`,
      headers: asStaff(),
      ...(payload ? { payload } : {}),
    });
  expect((await act("ack")).json()).toMatchObject({ id: "al1" });
  await act("assign", { by: "ana" });
  await act("release");
  await act("resolve", { refuted: true });
  expect(commands).toEqual([
    { command: "alert.acknowledge", alertId: "al1", by: "ben" },
    { command: "alert.assign", alertId: "al1", by: "ana" },
    { command: "alert.release", alertId: "al1", by: "ben" },
    { command: "alert.resolve", alertId: "al1", by: "ben", refuted: true },
  ]);
  expect((await act("assign", { by: "zoe" })).json()).toMatchObject({ status: 400, field: "body.by" });
  expect((await act("resolve", { refuted: "yes" })).json()).toMatchObject({ status: 400, field: "body.refuted" });
  expect((await act("explode")).statusCode).toBe(404);
});

test("staff sign in with name and PIN, and stay signed in by a cookie no script can read", async () => {
  const { app, access } = openTestShop({ demo: false });
  await access.accounts.setSecret("ben", "pin", "4711");
  const url = "/api/v1/staff/sessions";
  const signedIn = await app.inject({ method: "POST", url, payload: { name: " ben ", pin: "4711" } });
  expect(signedIn.statusCode).toBe(201);
  const cookie = String(signedIn.headers["set-cookie"]);
  expect(cookie).toMatch(/HttpOnly/);
  expect(cookie).toMatch(/SameSite=Strict/);
  const headers = { cookie: cookie.split(";")[0] ?? "" };
  expect((await app.inject({ url: "/api/v1/staff/me", headers })).json()).toEqual({
    role: "staff",
    id: "ben",
    name: "Ben",
  });
  const elsewhere = { ...headers, "sec-fetch-site": "cross-site" };
  expect((await app.inject({ url: "/api/v1/alerts", headers: elsewhere })).statusCode).toBe(401);
  const out = await app.inject({ method: "DELETE", url, headers });
  expect(String(out.headers["set-cookie"])).toMatch(/vitrine_staff=;/);
});

test("guessing PINs soon means waiting, for that name from that address only", async () => {
  const { app, access } = openTestShop({ demo: false });
  await access.accounts.setSecret("ben", "pin", "4711");
  const guess = (pin: string, remoteAddress = "192.168.1.66") =>
    app.inject({ method: "POST", url: "/api/v1/staff/sessions", payload: { name: "Ben", pin }, remoteAddress });
  const first = await guess("0000");
  expect(first.statusCode).toBe(401);
  expect(first.json().type).toBe("/problems/wrong-pin");
  await Promise.all(["0001", "0002", "0003", "0004"].map((pin) => guess(pin)));
  expect((await guess("4711")).statusCode).toBe(429);
  expect((await guess("4711", "192.168.1.10")).statusCode).toBe(201);
  const nobody = await app.inject({
    method: "POST",
    url: "/api/v1/staff/sessions",
    payload: { name: "Zoe", pin: "4711" },
  });
  expect(nobody.json()).toEqual(first.json());
});

test("in the demo any page of this computer is a mirror", async () => {
  const { app, commands } = openTestShop();
  const session = await app.inject({ method: "POST", url: "/api/v1/mirrors/m1/sessions", headers: json, payload: "" });
  expect(session.statusCode).toBe(201);
  expect(session.json().items.map(({ sku }: { sku: string }) => sku)).toEqual(["GLS-1"]);
  expect(session.json().shop).toMatchObject({ currency: "EUR", locale: "en-IE" });
  expect(JSON.stringify(session.json())).not.toContain("Ana");
  const headers = { authorization: `Bearer ${session.json().token}` };
  const look = (id: string, sku: unknown) =>
    app.inject({ method: "POST", url: `/api/v1/mirrors/${id}/looks`, headers, payload: { sku } });
  expect((await look("m1", "GLS-1")).statusCode).toBe(200);
  expect((await look("m2", "GLS-1")).statusCode).toBe(403);
  expect((await look("m1", "NOPE-1")).statusCode).toBe(404);
  expect((await look("m1", 7)).statusCode).toBe(400);
  expect(commands).toEqual([{ command: "look.try", mirrorId: "m1", sku: "GLS-1" }]);
  expect((await app.inject({ method: "POST", url: "/api/v1/mirrors/m9/sessions" })).statusCode).toBe(404);
});

test("in a shop a mirror shows its device password", async () => {
  const { app, access } = openTestShop({ demo: false });
  const password = await access.credentials.addDevice("m1");
  const ask = (secret?: string) =>
    app.inject({
      method: "POST",
      url: "/api/v1/mirrors/m1/sessions",
      ...(secret === undefined ? {} : { headers: { authorization: `Bearer ${secret}` } }),
    });
  expect((await ask()).statusCode).toBe(401);
  expect((await ask("wrong")).statusCode).toBe(401);
  const session = await ask(password);
  expect(session.statusCode).toBe(201);
  const headers = { authorization: `Bearer ${session.json().token}` };
  const look = () =>
    app.inject({ method: "POST", url: "/api/v1/mirrors/m1/looks", headers, payload: { sku: "GLS-1" } });
  expect((await look()).statusCode).toBe(200);
  await access.credentials.removeDevice("m1");
  expect((await look()).statusCode).toBe(401);
  const again = await access.credentials.addDevice("m1");
  for (let n = 0; n < 5; n += 1) await ask("wrong");
  expect((await ask(again)).statusCode).toBe(429);
});
