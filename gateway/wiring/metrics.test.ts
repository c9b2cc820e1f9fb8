import { expect, test } from "vitest";
import { eventually } from "../broker/test-eventually.ts";
import { bootGateway } from "../test-gateway.ts";

// What `promtool check metrics` looks at, by the rules of Prometheus' text format 0.0.4 and its naming practices.

const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const sample =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/;

type Family = { help?: string; type?: string; samples: { labels: string; value: number }[] };

/** Throws with the line that is not of the format. */
function parse(text: string): Map<string, Family> {
  expect(text.endsWith("\n")).toBe(true);
  const families = new Map<string, Family>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, subject = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword !== undefined) {
      expect(subject).toMatch(name);
      const family = families.get(subject) ?? { samples: [] };
      // one block a family: HELP, TYPE, then its samples, never split
      if (keyword === "HELP") expect({ line, isNew: !families.has(subject) }).toEqual({ line, isNew: true });
      else expect({ line, first: family.samples.length }).toEqual({ line, first: 0 });
      families.set(subject, { ...family, [keyword === "HELP" ? "help" : "type"]: rest });
      current = subject;
      continue;
    }
    const [, of = "", labels = "", value = ""] = sample.exec(line) ?? [];
    expect({ line, of }).toEqual({ line, of: current });
    families.get(current)?.samples.push({ labels, value: Number(value) });
  }
  return families;
}

test("Prometheus can read every metric, each with its help and type, once, and named as it likes", async () => {
  const shop = await bootGateway();
  const families = parse(await (await fetch(`${shop.url}/metrics`)).text());
  expect(families.size).toBeGreaterThan(40);
  for (const [metric, { help, type, samples }] of families) {
    expect({ metric, help: help !== undefined && help.length > 3 }).toEqual({ metric, help: true });
    expect({ metric, type }).toEqual({ metric, type: metric.endsWith("_total") ? "counter" : "gauge" });
    expect(metric.startsWith("vitrine_")).toBe(true);
    expect(new Set(samples.map(({ labels }) => labels)).size).toBe(samples.length);
    for (const { value } of samples) expect(value).toBeGreaterThanOrEqual(0);
  }
});

test("the broker counts who is connected, what came, what went, and what it refused", async () => {
  const shop = await bootGateway();
  const read = async () => {
    const families = parse(await (await fetch(`${shop.url}/metrics`)).text());
    return (metric: string) => families.get(`vitrine_mqtt_${metric}`)?.samples[0]?.value ?? -1;
  };
  const before = await read();
  const [device, listener] = [await shop.mqtt("device"), await shop.mqtt("listener", { clean: false })];
  await listener.subscribeAsync("plant/#", { qos: 1 });
  await device.publishAsync("plant/1", "x".repeat(1000), { qos: 1, retain: true });
  await eventually(async () => (await read())("messages_sent_total")).toBe(before("messages_sent_total") + 1);
  // the listener's acknowledgement is a commit of its own
  await eventually(async () => (await read())("inflight")).toBe(0);
  const after = await read();
  expect(after("clients")).toBe(before("clients") + 2);
  expect(after("sessions")).toBe(before("sessions") + 1);
  expect(after("retained")).toBe(before("retained") + 1);
  expect(after("messages_received_total")).toBe(before("messages_received_total") + 1);
  expect(after("bytes_received_total") - before("bytes_received_total")).toBeGreaterThan(1000);
  expect(after("bytes_sent_total") - before("bytes_sent_total")).toBeGreaterThan(1000);
  await expect(shop.mqtt("guest", { username: "guest", password: "guess" })).rejects.toThrow();
  expect((await read())("logins_refused_total")).toBe(before("logins_refused_total") + 1);
});
