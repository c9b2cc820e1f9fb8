import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import type { Shop } from "#wire/views.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { openReceiver, parse, verify } from "../uplink/test-receiver.ts";

async function startGateway(dataFolder: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "gateway-process.ts"), dataFolder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const line of createInterface({ input: child.stdout }))
    return { child, url: String(JSON.parse(line).url) };
  throw new Error("the gateway did not start");
}

const ask = (url: string, body: unknown) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function kill(child: ChildProcess) {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

test("killed after a receiver has heard of a count and before that is written down, the gateway tells it again by the same id", async () => {
  const dataFolder = temporaryFolder();
  const first = await startGateway(dataFolder);
  let killed: Promise<void> | undefined;
  const receiver = await openReceiver(() => {
    // in the middle of its very first delivery
    if (killed) return 200;
    killed = kill(first.child);
    return "hang";
  });
  const url = receiver.url;
  const types = ["shop.vitrine.stock.counted.v1"];
  const made = await ask(`${first.url}/api/v1/webhooks`, { url, types, plainHttp: true });
  expect(made.status).toBe(201);
  const { secret } = (await made.json()) as { secret: string };

  const plan = (await (await fetch(`${first.url}/api/v1/shop/plan`)).json()) as Shop;
  const [shelf] = plan.shelves;
  const { sku, plate } = shelf?.plates[0] ?? {};
  const count = { shelf: shelf?.id, plate, count: 3 };
  expect((await ask(`${first.url}/api/v1/stock/${sku}/count`, count)).status).toBe(200);
  await expect.poll(() => receiver.messages.length).toBe(1);
  await killed;

  await startGateway(dataFolder);
  await expect.poll(() => receiver.messages.length).toBe(2);
  const [before, after] = receiver.messages;
  expect(after?.id).toBe(before?.id);
  for (const message of receiver.messages) {
    verify(message, secret);
    expect(parse(message)).toMatchObject({ subject: sku, data: { sku, ...count } });
  }
});
