import { Parser } from "@asyncapi/parser";
import { expect, test } from "vitest";
import { openTestShop } from "./test-shop.ts";

async function served() {
  const shop = openTestShop();
  return (await shop.app.inject({ method: "GET", url: "/asyncapi.json", headers: { host: "localhost" } })).json();
}

test("AsyncAPI's own parser reads the served document without an error or a warning", {
  timeout: 120_000,
}, async () => {
  const { document, diagnostics } = await new Parser().parse(JSON.stringify(await served()));
  const told = diagnostics.map(({ severity, message, path }) => ({ severity, message, path: path.join(".") }));
  // 0 and 1 are errors and warnings; below are recommendations, such as the newest version of AsyncAPI itself
  expect(told.filter(({ severity }) => severity <= 1)).toEqual([]);
  expect(document?.version()).toBe("3.0.0");
  const operations = document?.operations().all() ?? [];
  expect(operations.length).toBeGreaterThan(30);
  for (const operation of operations.filter((one) =>
    one
      .tags()
      .all()
      .some((tag) => tag.name() === "native"),
  )) {
    expect(
      operation
        .messages()
        .all()
        .map((message) => message.payload()?.json()),
    ).toEqual([expect.any(Object)]);
  }
});

test("a request to a device is documented with its answer", async () => {
  const document = await served();
  const command = document.operations["send-kind-deviceId-command"];
  expect(command.reply.channel).toEqual({ $ref: "#/channels/kind-deviceId-reply" });
  expect(document.channels["kind-deviceId-reply"].address).toBe("store/main/{kind}/{deviceId}/reply");
  expect(document.operations["send-state-stock-sku"].bindings.mqtt.retain).toBe(true);
});

test("topics of other makers are there too, each under its maker", async () => {
  const { channels } = await served();
  const addresses = Object.values<{ address: string }>(channels).map(({ address }) => address);
  expect(addresses).toContain("tele/{level2}/SENSOR");
  expect(addresses).toContain("{level1}/events/rpc");
  expect(new Set(addresses).size).toBe(addresses.length);
});
