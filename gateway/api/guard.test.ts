import { expect, test } from "vitest";
import { nowMs, openTestShop } from "./test-shop.ts";

const ack = { method: "POST" as const, url: "/api/v1/alerts/al1/ack" };

test("in the demo whoever sits at this computer is the first member of staff", async () => {
  const { app, commands } = openTestShop();
  expect((await app.inject("/api/v1/staff/me")).json()).toEqual({ role: "engineer", id: "ana", name: "Ana" });
  expect((await app.inject(ack)).statusCode).toBe(200);
  expect(commands).toEqual([{ command: "alert.acknowledge", alertId: "al1", by: "ana" }]);
});

test.each([
  ["another computer", { remoteAddress: "192.168.1.20" }],
  ["a page of another site", { headers: { "sec-fetch-site": "cross-site" } }],
  ["a page of another port", { headers: { origin: "http://localhost:3000", host: "localhost:8080" } }],
  ["someone with a wrong token", { headers: { authorization: "Bearer nonsense" } }],
])("in the demo %s is not staff", async (_name, from) => {
  const { app } = openTestShop();
  const answer = await app.inject({ url: "/api/v1/alerts", ...from });
  expect(answer.statusCode).toBe(401);
  expect(answer.json()).toMatchObject({ type: "/problems/sign-in", status: 401 });
});

test.each(["evil.example", "evil.example:8080", "localhost.evil.example", "192.168.1.7:8080", "127.0.0.1.nip.io"])(
  "the demo does not answer to the name %s, whatever is asked",
  async (host) => {
    const { app } = openTestShop();
    for (const url of ["/api/v1/stock", "/staff", "/healthz", "/nothing-here"]) {
      expect((await app.inject({ url, headers: { host } })).statusCode).toBe(421);
    }
  },
);

test.each(["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080"])("the demo answers to %s", async (host) => {
  const { app } = openTestShop();
  expect((await app.inject({ url: "/api/v1/stock", headers: { host } })).statusCode).toBe(200);
});

test.each([
  ["Origin", { origin: "https://evil.example" }],
  ["Origin null", { origin: "null" }],
  ["Sec-Fetch-Site", { "sec-fetch-site": "cross-site" }],
  ["a sister site", { "sec-fetch-site": "same-site" }],
])("a page of another site changes nothing: told by %s", async (_name, headers) => {
  const { app, commands } = openTestShop();
  for (const url of [ack.url, "/api/v1/shoppers"]) {
    const answer = await app.inject({ method: "POST", url, headers });
    expect(answer.statusCode).toBe(403);
    expect(answer.json().type).toBe("/problems/other-origin");
  }
  expect(commands).toEqual([]);
});

test("our own page may change things, and a website's server may with a bearer token", async () => {
  const { app, asStaff } = openTestShop();
  const own = { host: "localhost:8080", origin: "http://localhost:8080", "sec-fetch-site": "same-origin" };
  expect((await app.inject({ ...ack, headers: own })).statusCode).toBe(200);
  const other = { ...asStaff(), origin: "https://shop.example" };
  expect((await app.inject({ ...ack, headers: other })).statusCode).toBe(200);
});

test("a cookie left over from another gateway locks nobody out of the demo, and nobody into a shop", async () => {
  const stale = { url: "/api/v1/alerts", headers: { cookie: "vitrine_staff=nonsense" } };
  expect((await openTestShop().app.inject(stale)).statusCode).toBe(200);
  expect((await openTestShop({ demo: false }).app.inject(stale)).statusCode).toBe(401);
});

test("anyone may know the shop's name and hours; its plan and its people are for staff", async () => {
  const { app, asStaff } = openTestShop({ demo: false });
  const card = (await app.inject("/api/v1/shop")).json();
  expect(card).toMatchObject({ currency: "EUR", opens: "09:00", locale: "en-IE" });
  expect(JSON.stringify(card)).not.toContain("Ana");
  expect((await app.inject({ url: "/api/v1/shop/plan", headers: asStaff() })).json().staff).toHaveLength(2);
});

test("in a shop nobody is staff by being near", async () => {
  const { app, access, commands, asShopper } = openTestShop({ demo: false });
  await access.credentials.addDevice("m1");
  const asMirror = { authorization: `Bearer ${await access.signMirror("m1", nowMs + 60_000)}` };
  for (const url of [
    "alerts",
    "zones",
    "devices",
    "inbox",
    "mirrors",
    "shop/plan",
    "stream",
    "recording",
    "staff/me",
  ]) {
    expect((await app.inject(`/api/v1/${url}`)).statusCode, url).toBe(401);
    expect((await app.inject({ url: `/api/v1/${url}`, headers: asShopper("s1") })).statusCode, url).toBe(403);
    expect((await app.inject({ url: `/api/v1/${url}`, headers: asMirror })).statusCode, url).toBe(403);
  }
  expect((await app.inject(ack)).statusCode).toBe(401);
  expect(commands).toEqual([]);
});

test("what nobody could read is for engineers, not for all staff", async () => {
  const { app, asStaff, asEngineer } = openTestShop({ demo: false });
  expect((await app.inject({ url: "/api/v1/inbox", headers: asStaff() })).statusCode).toBe(403);
  expect((await app.inject({ url: "/api/v1/inbox", headers: asEngineer() })).json()).toMatchObject([{ topic: "x/y" }]);
  const clear = { method: "DELETE", url: "/api/v1/inbox?topic=x%2Fy" } as const;
  expect((await app.inject({ ...clear, headers: asStaff() })).statusCode).toBe(403);
  expect((await app.inject({ ...clear, headers: asEngineer() })).statusCode).toBe(200);
  const field = { path: "n", unit: "1", yields: { reading: "people", zone: "nowhere" } };
  const body = { topic: "x/y", hex: "7b226e223a337d", mapping: { topic: "x/y", kind: "camera", fields: [field] } };
  const attempt = { method: "POST", url: "/api/v1/inbox/try", body } as const;
  expect((await app.inject({ ...attempt, headers: asStaff() })).statusCode).toBe(403);
  const tried = await app.inject({ ...attempt, headers: asEngineer() });
  expect(tried.json()).toEqual({ ok: false, reason: 'There is no zone called "nowhere".' });
  const odd = await app.inject({ ...attempt, body: { ...body, hex: "7" }, headers: asEngineer() });
  expect(odd.statusCode).toBe(400);
});

test("a recording is for engineers, not for all staff", async () => {
  const { app, asStaff } = openTestShop({ demo: false });
  expect((await app.inject({ url: "/api/v1/recording", headers: asStaff() })).statusCode).toBe(403);
});

test("a token is refused once its time is over", async () => {
  const { app, clock, asStaff } = openTestShop({ demo: false });
  const headers = asStaff();
  expect((await app.inject({ url: "/api/v1/zones", headers })).statusCode).toBe(200);
  clock.advance(60_001);
  expect((await app.inject({ url: "/api/v1/zones", headers })).statusCode).toBe(401);
});

test("one address that changes things too fast is asked to wait; the others are not", async () => {
  const { app, asStaff } = openTestShop({ demo: false });
  const ask = (remoteAddress: string) => app.inject({ ...ack, headers: asStaff(), remoteAddress });
  const answers = [];
  for (let n = 0; n < 61; n += 1) answers.push(await ask("192.168.1.20"));
  const last = answers.at(-1);
  expect(answers.slice(0, 60).every(({ statusCode }) => statusCode === 200)).toBe(true);
  expect(last?.statusCode).toBe(429);
  expect(Number(last?.headers["retry-after"])).toBeGreaterThan(0);
  expect((await ask("192.168.1.21")).statusCode).toBe(200);
});

test("a WebSocket is for our own pages and for devices, in the demo on this computer only", async () => {
  const demo = openTestShop().api;
  const shop = openTestShop({ demo: false }).api;
  const ask = (api: typeof demo, headers: Record<string, string>) => {
    const request = { headers, socket: { remoteAddress: "127.0.0.1" } } as unknown as Parameters<
      typeof api.mayUpgrade
    >[0];
    return api.mayUpgrade(request);
  };
  expect(ask(demo, { host: "localhost:8080", origin: "http://localhost:8080" })).toBe(true);
  expect(ask(demo, { host: "localhost:8080" })).toBe(true);
  expect(ask(demo, { host: "localhost:8080", origin: "http://evil.example" })).toBe(false);
  expect(ask(demo, { host: "evil.example", origin: "http://evil.example" })).toBe(false);
  expect(ask(shop, { host: "192.168.1.7:8080", origin: "http://192.168.1.7:8080" })).toBe(true);
  expect(ask(shop, { host: "192.168.1.7:8080", origin: "http://evil.example" })).toBe(false);
});

test("a friend's player on another page is let through to the share's own check", async () => {
  const { app } = openTestShop();
  app.post("/whep/:token", async () => "played");
  const answer = await app.inject({
    method: "POST",
    url: "/whep/token",
    headers: { origin: "https://player.example" },
  });
  expect(answer.body).toBe("played");
});
