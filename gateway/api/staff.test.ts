import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Lies, makePasskey, type TestPasskey, usePasskey } from "../access/test-authenticator.ts";
import { openTestShop } from "./test-shop.ts";

const origin = "http://localhost";
const page = { host: "localhost", origin };
const api = "/api/v1/staff";
type Shop = ReturnType<typeof openTestShop>;

const openShop = () => openTestShop({ demo: false });
const cookieOf = (answer: { headers: Record<string, unknown> }) =>
  String(answer.headers["set-cookie"]).split(";")[0] ?? "";

function post(shop: Shop, path: string, payload: object, headers: Record<string, string> = {}) {
  return shop.app.inject({ method: "POST", url: api + path, headers: { ...page, ...headers }, payload });
}

/** Ana comes by invitation and brings a passkey. */
async function arrive(shop: Shop, lies: Lies = {}) {
  const { token } = await shop.access.accounts.invite("ana", "engineer");
  const options = (await post(shop, "/invitations/options", { token })).json();
  const { answer, passkey } = makePasskey(options, origin, lies);
  const accepted = await post(shop, "/invitations/accept", { token, passkey: answer, passkeyName: "Phone" });
  return { token, options, answer, passkey, accepted, headers: { cookie: cookieOf(accepted) } };
}

async function signIn(shop: Shop, passkey: TestPasskey, lies: Lies = {}) {
  const options = (await post(shop, "/passkey-sign-in/options", {})).json();
  const answer = usePasskey(passkey, options, origin, lies);
  return { answer, response: await post(shop, "/passkey-sign-in", answer) };
}

const me = (shop: Shop, headers: Record<string, string>) => shop.app.inject({ url: `${api}/me`, headers });

test("an invitation becomes an account once, and its token stands nowhere", async () => {
  const shop = openShop();
  const { token, accepted, headers, answer } = await arrive(shop);
  expect(accepted.statusCode).toBe(201);
  expect(accepted.json()).toEqual({ role: "engineer", id: "ana", name: "Ana" });
  expect((await me(shop, headers)).statusCode).toBe(200);
  expect((await post(shop, "/invitations/accept", { token, passkey: answer })).statusCode).toBe(410);
  expect((await post(shop, "/invitations/look", { token })).statusCode).toBe(410);
  const { token: late } = await shop.access.accounts.invite("ben", "staff");
  expect(readFileSync(join(shop.dataFolder, "accounts.json"), "utf8")).not.toContain(late);
  shop.clock.advance(30 * 60_000);
  expect((await post(shop, "/invitations/look", { token: late })).statusCode).toBe(410);
});

test("a passkey signs in, again and again, and says when it was used last", async () => {
  const shop = openShop();
  const { passkey } = await arrive(shop);
  for (let day = 1; day <= 2; day += 1) {
    shop.clock.advance(86_400_000);
    const { response } = await signIn(shop, passkey);
    expect(response.statusCode).toBe(201);
    const account = await shop.app.inject({ url: `${api}/account`, headers: { cookie: cookieOf(response) } });
    expect(account.json().passkeys[0].lastUsedAt).toBe(shop.clock.now());
  }
});

test.each<[string, Lies]>([
  ["made for another page", { origin: "http://evil.example" }],
  ["made for the same host on another port", { origin: "http://localhost:8081" }],
  ["shown inside somebody's frame", { crossOrigin: true }],
  ["whose owner was not asked for finger or PIN", { unverified: true }],
  ["made for another host name", { rpId: "evil.example" }],
  ["that answers another challenge", { challenge: "AAAA" }],
  ["that claims to be somebody else's", { userHandle: "c29tZWJvZHk" }],
  ["that signed something else", { type: "webauthn.create" }],
])("a passkey %s does not open the shop", async (_name, lies) => {
  const shop = openShop();
  const { passkey } = await arrive(shop);
  const { response } = await signIn(shop, passkey, lies);
  expect(response.statusCode).toBe(401);
  expect(response.headers["set-cookie"]).toBeUndefined();
  // and the true one still does
  expect((await signIn(shop, passkey)).response.statusCode).toBe(201);
});

test.each<[string, Lies]>([
  ["another page", { origin: "http://evil.example" }],
  ["another host name", { rpId: "evil.example" }],
  ["a device that asked nobody", { unverified: true }],
  ["another challenge", { challenge: "AAAA" }],
])("a passkey made for %s is not kept, and the invitation stays good", async (_name, lies) => {
  const shop = openShop();
  const { accepted, token } = await arrive(shop, lies);
  expect(accepted.statusCode).toBe(400);
  expect((await post(shop, "/invitations/look", { token })).statusCode).toBe(200);
});

test("what was answered once cannot be said again, nor later, nor after a restart of the gateway", async () => {
  const shop = openShop();
  const { passkey } = await arrive(shop);
  const { answer, response } = await signIn(shop, passkey);
  expect(response.statusCode).toBe(201);
  expect((await post(shop, "/passkey-sign-in", answer)).statusCode).toBe(401);

  const options = (await post(shop, "/passkey-sign-in/options", {})).json();
  shop.clock.advance(5 * 60_000);
  expect((await post(shop, "/passkey-sign-in", usePasskey(passkey, options, origin))).statusCode).toBe(401);
  const other = (await post(openShop(), "/passkey-sign-in/options", {})).json();
  expect((await post(shop, "/passkey-sign-in", usePasskey(passkey, other, origin))).statusCode).toBe(401);
});

test("of two answers to one question sent at the same moment only one opens", async () => {
  const shop = openShop();
  const { passkey } = await arrive(shop);
  const options = (await post(shop, "/passkey-sign-in/options", {})).json();
  const answer = usePasskey(passkey, options, origin);
  const both = await Promise.all([post(shop, "/passkey-sign-in", answer), post(shop, "/passkey-sign-in", answer)]);
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([201, 401]);
});

test("a copied passkey gives itself away by its counter", async () => {
  const shop = openShop();
  const { passkey } = await arrive(shop);
  await signIn(shop, passkey);
  const copy = { ...passkey };
  await signIn(shop, passkey);
  const { response } = await signIn(shop, copy);
  expect(response.statusCode).toBe(401);
  expect(response.json().type).toBe("/problems/passkey-copied");
  expect((await shop.access.audit.read(1))[0]?.detail).toContain("copied");
  expect(shop.access.counters().find(({ name }) => name === "vitrine_passkeys_copied_total")?.value).toBe(1);
});

test("a passkey that counts nothing, as those kept in a cloud, is let in each time", async () => {
  const shop = openShop();
  const { passkey } = await arrive(shop);
  for (let n = 0; n < 3; n += 1) expect((await signIn(shop, passkey, { counter: 0 })).response.statusCode).toBe(201);
});

test("passkeys are made and used at the gateway's own addresses only, whatever a request calls itself", async () => {
  const shop = openShop();
  for (const headers of [
    { host: "evil.example", origin: "http://evil.example" },
    { host: "localhost:81", origin: "http://localhost:81" },
  ]) {
    const answer = await post(shop, "/passkey-sign-in/options", {}, headers);
    expect(answer.statusCode).toBe(409);
    expect(answer.json().detail).toContain("http://localhost");
  }
  const silent = await shop.app.inject({ method: "POST", url: `${api}/passkey-sign-in/options`, payload: {} });
  expect(silent.statusCode).toBe(409);
});

test("a challenge made for one person's new passkey is no use for another's", async () => {
  const shop = openShop();
  const { headers } = await arrive(shop);
  await shop.access.accounts.setSecret("ben", "password", "a lantern under the stairs", "staff");
  const ben = await post(shop, "/sessions", { name: "Ben", password: "a lantern under the stairs" });
  const options = (await post(shop, "/passkeys/options", {}, headers)).json();
  const { answer } = makePasskey(options, origin);
  const stolen = await post(shop, "/passkeys", { name: "Mine", passkey: answer }, { cookie: cookieOf(ben) });
  expect(stolen.statusCode).toBe(400);
  expect((await post(shop, "/passkeys", { name: "Mine", passkey: answer }, headers)).statusCode).toBe(201);
});

test("an account found open on the counter cannot be given a new way in", async () => {
  const shop = openShop();
  const { headers } = await arrive(shop);
  shop.clock.advance(16 * 60_000);
  for (const [path, payload] of [
    ["/passkeys/options", {}],
    ["/account/secret", { secret: "a lantern under the stairs" }],
  ] as const) {
    const answer = await post(shop, path, payload, headers);
    expect(answer.statusCode).toBe(403);
    expect(answer.json().type).toBe("/problems/sign-in-again");
  }
});

test("an engineer's digits are not enough, nor is a PIN from outside the shop", async () => {
  const shop = openShop();
  await shop.access.accounts.setSecret("ana", "pin", "493817", "engineer");
  await shop.access.accounts.setSecret("ben", "pin", "493817", "staff");
  const asAna = await post(shop, "/sessions", { name: "Ana", pin: "493817" });
  expect(asAna.statusCode).toBe(403);
  const from = (remoteAddress: string) =>
    shop.app.inject({
      method: "POST",
      url: `${api}/sessions`,
      payload: { name: "Ben", pin: "493817" },
      remoteAddress,
    });
  expect((await from("93.184.216.34")).statusCode).toBe(403);
  for (const address of ["192.168.1.20", "10.4.0.9", "fd00::7", "::ffff:172.16.3.4"]) {
    expect((await from(address)).statusCode).toBe(201);
  }
});

test("a manager comes by a password, not by digits, and an account of before becomes one by invitation", async () => {
  const shop = openShop();
  await shop.access.accounts.setSecret("ben", "pin", "493817", "staff");
  const { token } = await shop.access.accounts.invite("ben", "manager");
  const password = "nine boats went home";
  const accepted = await post(shop, "/invitations/accept", { token, password });
  expect(accepted.json()).toEqual({ role: "manager", id: "ben", name: "Ben" });
  const headers = { cookie: cookieOf(accepted) };
  expect((await me(shop, headers)).json()).toMatchObject({ role: "manager" });
  expect((await shop.app.inject({ url: `${api}/account`, headers })).json()).toMatchObject({ role: "manager" });
  expect((await post(shop, "/sessions", { name: "Ben", pin: "493817" })).statusCode).toBe(401);
  const digits = await post(shop, "/account/secret", { secret: "582946" }, headers);
  expect(digits.json().detail).toMatch(/at least 10/);
  await shop.access.accounts.setSecret("ben", "pin", "493817");
  const withPin = await post(shop, "/sessions", { name: "Ben", pin: "493817" });
  expect(withPin.json()).toMatchObject({ status: 403, title: "A manager needs a passkey or a password." });
});

test("a stranger's wrong guesses make a colleague's PIN wait, not their passkey, and not where they were before", async () => {
  const shop = openShop();
  const { passkey } = await arrive(shop);
  await shop.access.accounts.setSecret("ana", "password", "a lantern under the stairs");
  const tryFrom = (remoteAddress: string, password: string) =>
    shop.app.inject({ method: "POST", url: `${api}/sessions`, payload: { name: "Ana", password }, remoteAddress });
  expect((await tryFrom("192.168.1.10", "a lantern under the stairs")).statusCode).toBe(201);
  for (let n = 0; n < 25; n += 1) await tryFrom(`192.168.1.${100 + n}`, "wrong guess");
  const away = await tryFrom("192.168.1.11", "a lantern under the stairs");
  expect(away.statusCode).toBe(429);
  expect(Number(away.headers["retry-after"])).toBeLessThanOrEqual(15 * 60);
  expect((await tryFrom("192.168.1.10", "a lantern under the stairs")).statusCode).toBe(201);
  expect((await signIn(shop, passkey)).response.statusCode).toBe(201);
});

test.each([
  ["short", "at least 10"],
  ["passw0rd2026!", "Many people"],
  ["Correct-Horse-Battery-Staple", "Many people"],
  ["qwertyuiop", "keyboard"],
  ["aaaaaaaaaaaa", "repeats"],
  ["Ana-1234567", "name"],
])("%j is no password for Ana", async (secret, why) => {
  const shop = openShop();
  const { headers } = await arrive(shop);
  const answer = await post(shop, "/account/secret", { secret }, headers);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().detail).toContain(why);
});

test("a changed password ends every other session; this one goes on", async () => {
  const shop = openShop();
  const { headers, passkey } = await arrive(shop);
  const other = { cookie: cookieOf((await signIn(shop, passkey)).response) };
  expect((await post(shop, "/account/secret", { secret: "a lantern under the stairs" }, headers)).statusCode).toBe(204);
  expect((await me(shop, other)).statusCode).toBe(401);
  expect((await me(shop, headers)).statusCode).toBe(200);
  await shop.access.staff.tick();
  await shop.access.staff.tick();
  expect((await me(shop, headers)).statusCode).toBe(200);
  expect((await post(shop, "/sessions", { name: "ana", password: "a lantern under the stairs" })).statusCode).toBe(201);
});

test("the audit log tells all of it and no secret, to engineers only", async () => {
  const shop = openShop();
  const { headers, token, passkey } = await arrive(shop);
  await post(shop, "/account/secret", { secret: "a lantern under the stairs" }, headers);
  await post(shop, "/sessions", { name: "a lantern under the stairs", password: "oh, the wrong field" });
  await post(shop, "/sessions", { name: "Ana", password: "not a lantern at all" });
  await shop.app.inject({ method: "DELETE", url: `${api}/sessions`, headers });
  const back = { cookie: cookieOf((await signIn(shop, passkey)).response) };
  const answer = await shop.app.inject({ url: "/api/v1/audit?limit=100", headers: back });
  const entries: { by: string; action: string; ok: boolean }[] = answer.json();
  expect(entries.map(({ by, action, ok }) => `${by} ${action} ${ok}`)).toEqual([
    "ana invitation.accept true",
    "ana sign-in true",
    "ana password.change true",
    "a stranger sign-in false",
    "ana sign-in false",
    "ana sign-out true",
    "ana sign-in true",
  ]);
  const secrets = [
    token,
    "lantern",
    "wrong field",
    headers.cookie.split("=")[1] ?? "",
    back.cookie.split("=")[1] ?? "",
  ];
  const files = ["audit.jsonl", "accounts.json", "sessions.json"].map((name) =>
    readFileSync(join(shop.dataFolder, name), "utf8"),
  );
  for (const secret of secrets) for (const text of files) expect(text).not.toContain(secret);
  expect((await shop.app.inject("/api/v1/audit")).statusCode).toBe(401);
  await shop.access.accounts.setSecret("ben", "password", "a lamp above the stairs", "staff");
  expect((await shop.app.inject({ url: "/api/v1/audit", headers: shop.asStaff() })).statusCode).toBe(403);
});

test("a live stream and a recording end when their session does, and other people's go on", async () => {
  const shop = openShop();
  const { headers, passkey } = await arrive(shop);
  const other = { cookie: cookieOf((await signIn(shop, passkey)).response) };
  const { port } = await shop.api.start();
  const listen = async (path: string, from: { cookie: string }) => {
    const { body } = await fetch(`http://127.0.0.1:${port}${path}`, { headers: from });
    const reader = body?.getReader();
    const drained = (async () => {
      while (reader && !(await reader.read()).done);
    })();
    return {
      ended: drained.then(
        () => "ended",
        () => "ended",
      ),
    };
  };
  const stream = await listen("/api/v1/stream", headers);
  const recording = await listen("/api/v1/recording", headers);
  const others = await listen("/api/v1/stream", other);
  await shop.app.inject({ method: "DELETE", url: `${api}/sessions`, headers });
  expect(await Promise.all([stream.ended, recording.ended])).toEqual(["ended", "ended"]);
  expect(await Promise.race([others.ended, me(shop, other).then(() => "goes on")])).toBe("goes on");
});

test("under https the cookie is bound to this very host, without it to this page at least", async () => {
  const shop = openShop();
  const { accepted } = await arrive(shop);
  const cookie = String(accepted.headers["set-cookie"]);
  expect(cookie).toMatch(/^vitrine_staff=[\w-]{43};/);
  for (const part of ["HttpOnly", "SameSite=Strict", "Path=/"]) expect(cookie).toContain(part);
});

test("whatever is sent to the doors, they answer, and nobody comes in", async () => {
  const shop = openShop();
  const { passkey } = await arrive(shop);
  const text = fc.oneof(
    fc.base64String({ maxLength: 400 }).map((some) => some.replace(/[+/=]/g, "_")),
    fc.string({ maxLength: 60 }),
    fc.json().map((some) => Buffer.from(some).toString("base64url")),
    fc.constantFrom("", "o", "o2NmbXRkbm9uZQ", passkey.id, passkey.userHandle),
  );
  const word = fc.oneof({ weight: 8, arbitrary: text }, fc.integer(), fc.constant(null), fc.object({ maxDepth: 2 }));
  const answer = fc.record(
    {
      id: word,
      response: fc.record(
        { clientDataJSON: word, authenticatorData: word, signature: word, attestationObject: word, userHandle: word },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(answer, async (body) => {
      shop.clock.advance(3_600_000);
      for (const [path, payload] of [
        ["/passkey-sign-in", body],
        ["/invitations/accept", { token: "A".repeat(43), passkey: body }],
        ["/passkeys", { name: "x", passkey: body }],
      ] as const) {
        const { statusCode, headers } = await post(shop, path, payload);
        expect([400, 401, 410, 429]).toContain(statusCode);
        expect(headers["set-cookie"]).toBeUndefined();
      }
    }),
    { numRuns: 300 },
  );
});

test("a true answer with any part of it changed is refused", async () => {
  const shop = openShop();
  const { passkey } = await arrive(shop);
  const part = fc.constantFrom("clientDataJSON", "authenticatorData", "signature");
  await fc.assert(
    fc.asyncProperty(part, fc.nat(), fc.integer({ min: 1, max: 255 }), async (name, at, flip) => {
      shop.clock.advance(3_600_000);
      const options = (await post(shop, "/passkey-sign-in/options", {})).json();
      const answer = usePasskey(passkey, options, origin);
      const response: Record<string, string> = answer.response;
      const bytes = Buffer.from(response[name] ?? "", "base64url");
      // A signature's DER around its two numbers may be written in more than one way; the numbers may not.
      const place = name === "signature" ? bytes.length - 1 - (at % 24) : at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ flip;
      const changed = { ...answer, response: { ...response, [name]: bytes.toString("base64url") } };
      expect((await post(shop, "/passkey-sign-in", changed)).statusCode).toBe(401);
    }),
    { numRuns: 150 },
  );
  shop.clock.advance(3_600_000);
  expect((await signIn(shop, passkey)).response.statusCode).toBe(201);
});
