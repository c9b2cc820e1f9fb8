import { expect, test } from "vitest";
import type { WebhookView } from "../api/ports.ts";
import { bootGateway } from "../test-gateway.ts";
import { openReceiver, parse, verify } from "../uplink/test-receiver.ts";

type Booted = Awaited<ReturnType<typeof bootGateway>>;
type Document = { type: string; epcisBody: { queryResults: { resultsBody: { eventList: { eventTime: string }[] } } } };

/** Somebody counts what stands on the shop's first plate. */
async function count({ api, loaded }: Booted, pieces: number) {
  const [shelf] = loaded.config.shelves;
  const { sku, plate } = shelf?.plates[0] ?? {};
  const body = { shelf: shelf?.id, plate, count: pieces };
  expect((await api("POST", `/api/v1/stock/${sku}/count`, { body })).status).toBe(200);
  return { sku, gtin: loaded.items.find((item) => item.sku === sku)?.gtin, shelf: shelf?.id, plate };
}

test("an engineer subscribes a website, which hears of a count after two of its own mistakes, and checks the signature", async () => {
  const shop = await bootGateway();
  const receiver = await openReceiver((_message, nth) => (nth <= 2 ? 500 : 200));
  const body = { url: receiver.url, types: ["shop.vitrine.stock.counted.v1"], plainHttp: true };
  const made = await shop.api<{ webhook: WebhookView; secret: string }>("POST", "/api/v1/webhooks", { body });
  expect(made.status).toBe(201);
  const counted = await count(shop, 3);
  await expect.poll(() => receiver.messages.length).toBe(3);
  for (const message of receiver.messages) {
    verify(message, made.value.secret);
    expect(parse(message)).toMatchObject({ subject: counted.sku, data: { ...counted, count: 3 } });
  }
  expect(new Set(receiver.ids()).size).toBe(1);
  await expect
    .poll(async () => (await shop.api<WebhookView[]>("GET", "/api/v1/webhooks")).value)
    .toMatchObject([{ id: made.value.webhook.id, delivered: 1, failed: 2, state: "active" }]);
  const list = JSON.stringify((await shop.api("GET", "/api/v1/webhooks")).value);
  expect(list).not.toContain("whsec_");
  const metrics = await (await fetch(`${shop.url}/metrics`)).text();
  expect(metrics).toContain(`vitrine_webhook_delivered_total{id="${made.value.webhook.id}"} 1\n`);
  const log = await shop.api<{ action: string; ok: boolean }[]>("GET", "/api/v1/audit");
  expect(log.value.at(-1)).toMatchObject({ action: "webhooks", ok: true });
  expect(JSON.stringify(log.value)).not.toContain("whsec_");
});

test("a webhook never goes to the gateway itself, and only an engineer may make one", async () => {
  const shop = await bootGateway();
  const subscribe = (url: string) =>
    shop.api<{ detail: string }>("POST", "/api/v1/webhooks", { body: { url, plainHttp: true } });
  for (const host of [shop.url, shop.url.replace("127.0.0.1", "localhost")]) {
    expect(await subscribe(`${host}/api/v1/shoppers`)).toMatchObject({
      status: 422,
      value: { detail: "It is the gateway itself." },
    });
  }
  expect((await subscribe("http://169.254.169.254/latest")).status).toBe(422);
  expect((await shop.api("POST", "/api/v1/webhooks/nobody/test")).status).toBe(404);
  expect((await shop.api("DELETE", "/api/v1/webhooks/nobody")).status).toBe(404);
  const closed = await bootGateway({ demo: false });
  for (const method of ["GET", "POST"]) expect((await closed.api(method, "/api/v1/webhooks")).status).toBe(401);
});

test("another channel reads the shop's EPCIS events with its secret, page by page; a stranger reads nothing", async () => {
  const shop = await bootGateway({ demo: false });
  const added = await shop.gateway.access.channels.add("website");
  const headers = { authorization: `Bearer ${added.ok ? added.secret : ""}` };
  expect((await fetch(`${shop.url}/epcis/events`)).status).toBe(401);
  const answer = await fetch(`${shop.url}/epcis/events`, { headers: { ...headers, accept: "application/ld+json" } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^application\/ld\+json/);
  expect(answer.headers.get("gs1-epcis-version")).toBe("2.0.0");
  expect(((await answer.json()) as Document).type).toBe("EPCISQueryDocument");
  const wrong = await fetch(`${shop.url}/epcis/events?GE_recordTime=2026-01-01T00:00:00Z`, { headers });
  expect(await wrong.json()).toMatchObject({ status: 400, type: "epcisException:QueryParameterException" });
  const xml = await fetch(`${shop.url}/epcis/events`, { headers: { ...headers, accept: "application/xml" } });
  expect(xml.status).toBe(406);
});

test("a count is read back as an EPCIS event, and links lead from page to page", async () => {
  const shop = await bootGateway();
  await count(shop, 3);
  await count(shop, 4);
  await count(shop, 5);
  let url: string | undefined = "/epcis/events?EQ_bizStep=cycle_counting&perPage=2";
  const told: unknown[] = [];
  while (url !== undefined) {
    const answer: Response = await fetch(shop.url + url);
    const { eventList } = ((await answer.json()) as Document).epcisBody.queryResults.resultsBody;
    expect(eventList.length).toBeLessThanOrEqual(2);
    told.push(...eventList);
    url = /^<(.+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  expect(told.length).toBeGreaterThanOrEqual(3);
  expect(told).toEqual(told.map(() => expect.objectContaining({ type: "ObjectEvent", bizStep: "cycle_counting" })));
});

test("whoever asks what there is of EPCIS is told, and that nothing can be written", async () => {
  const { url } = await bootGateway();
  expect(await (await fetch(`${url}/epcis`)).json()).toMatchObject({ type: "Collection", member: ["events"] });
  for (const path of ["/epcis", "/epcis/events"]) {
    const answer = await fetch(url + path, { method: "OPTIONS" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS"]);
    expect(answer.headers.get("gs1-epc-format")).toBe("Always_GS1_Digital_Link");
  }
  const headers = { "content-type": "application/ld+json" };
  const capture = await fetch(`${url}/epcis/capture`, { method: "POST", headers, body: "{}" });
  expect(await capture.json()).toMatchObject({ status: 501, type: "epcisException:ImplementationException" });
});
