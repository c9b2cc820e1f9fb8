import { once } from "node:events";
import { request } from "node:https";
import { expect, test } from "vitest";
import { makePasskey, usePasskey } from "../access/test-authenticator.ts";
import { systemClock } from "../clock.ts";
import { bootGateway, shopConfig } from "../test-gateway.ts";
import { openOwnCa } from "../tls/own-ca.ts";
import { passkeyOrigins } from "./people.ts";

test("passkeys belong to names of the gateway's own, never to numbers, and over plain http to this computer only", () => {
  expect(passkeyOrigins("", {})).toEqual([]);
  expect(passkeyOrigins("http://127.0.0.1:8080", {})).toEqual(["http://localhost:8080"]);
  expect(passkeyOrigins("http://shop.example", {})).toEqual(["http://localhost"]);
  const tls = { names: ["Kasse.Shop.example", "192.168.1.5", "fd00::1"] };
  const origins = passkeyOrigins("https://192.168.1.5:8443", { tls });
  expect(origins).toContain("https://kasse.shop.example:8443");
  expect(origins).toContain("https://localhost:8443");
  expect(origins.filter((origin) => /192|fd00/.test(origin))).toEqual([]);
});

test("under https the first engineer comes by invitation, with a cookie that no other host can set or read", async () => {
  const loaded = shopConfig();
  loaded.config.tls = {};
  const shop = await bootGateway({ demo: false, loaded });
  const ca = await openOwnCa(shop.dataFolder, systemClock, "Vitrine");
  const origin = shop.url.replace("127.0.0.1", "localhost");

  async function post(path: string, body: object) {
    const headers = { "content-type": "application/json", host: new URL(origin).host, origin };
    const sent = request(`${shop.url}/api/v1/staff${path}`, { method: "POST", ca: ca.caPem, headers });
    sent.end(JSON.stringify(body));
    const [response] = await once(sent, "response");
    let text = "";
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, cookie: String(response.headers["set-cookie"]), body: JSON.parse(text) };
  }

  const { token } = await shop.gateway.access.accounts.invite("mia", "engineer");
  const { body: options } = await post("/invitations/options", { token });
  expect(options.rp.id).toBe("localhost");
  const { answer, passkey } = makePasskey(options, origin);
  expect((await post("/invitations/accept", { token, passkey: answer })).status).toBe(201);
  const { body: question } = await post("/passkey-sign-in/options", {});
  const entered = await post("/passkey-sign-in", usePasskey(passkey, question, origin));
  expect(entered.status).toBe(201);
  expect(entered.cookie).toMatch(/^__Host-vitrine_staff=[\w-]{43};/);
  for (const part of ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"]) expect(entered.cookie).toContain(part);
  expect(entered.cookie).not.toContain("Domain");

  const cookie = entered.cookie.split(";")[0] ?? "";
  const ask = async (sent: string) => {
    const asked = request(`${shop.url}/api/v1/staff/me`, { ca: ca.caPem, headers: { cookie: sent } }).end();
    const [response] = await once(asked, "response");
    response.resume();
    return response.statusCode;
  };
  expect(await ask(cookie)).toBe(200);
  // what a neighbour on plain http could have set
  expect(await ask(cookie.replace("__Host-", ""))).toBe(401);
  const metrics = shop.gateway.access.counters();
  expect(metrics.find(({ name }) => name === "vitrine_sign_ins_total")).toBeDefined();
});
