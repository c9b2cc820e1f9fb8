import fc from "fast-check";
import { expect, test } from "vitest";
import type { Decoded } from "#wire/decoded.ts";
import { createDeviceHistory } from "./device-history.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 10, 20, 12);
const scale = (grams: number, more: Partial<Decoded> = {}): Decoded => ({
  ...{ deviceId: "A1", kind: "shelf", format: "native" },
  readings: [{ kind: "plates", plates: [{ plate: 1, grams }] }],
  ...more,
});

test("the last hour of a scale is told by the minute: how often it spoke, what was lost, what it weighed last", () => {
  const history = createDeviceHistory();
  history.note(scale(300), 0, noon);
  history.note(scale(250), 2, noon + 20_000);
  history.note(scale(200), 2, noon + 3 * minute);
  const { minutes, values } = history.of("A1", noon + 4 * minute);
  expect(minutes).toHaveLength(60);
  expect(minutes.at(-1)).toEqual({ at: noon + 4 * minute, messages: 0, lost: 0 });
  expect(minutes.filter(({ messages }) => messages > 0)).toEqual([
    { at: noon, messages: 2, lost: 2 },
    { at: noon + 3 * minute, messages: 1, lost: 0 },
  ]);
  expect(values).toEqual([
    {
      ...{ name: "plate 1", unit: "g" },
      points: [
        [noon, 250],
        [noon + 3 * minute, 200],
      ],
    },
  ]);
});

test("what is older than an hour is gone, however long nobody spoke", () => {
  const history = createDeviceHistory();
  history.note(scale(300), 0, noon);
  expect(history.of("A1", noon + 59 * minute).values[0]?.points).toHaveLength(1);
  const later = history.of("A1", noon + 60 * minute);
  expect(later.values[0]?.points).toEqual([]);
  expect(later.minutes.every(({ messages }) => messages === 0)).toBe(true);
  history.note(scale(100), 0, noon + 200 * minute);
  expect(history.of("A1", noon + 200 * minute).values[0]?.points).toEqual([[noon + 200 * minute, 100]]);
});

test("a device with a thousand values has sixteen charts, and ten thousand devices do not fill the memory", () => {
  const history = createDeviceHistory();
  for (let i = 0; i < 1_000; i++)
    history.note(scale(1, { readings: [{ kind: "telemetry", values: { [`v${i}`]: i } }] }), 0, noon);
  expect(history.of("A1", noon).values).toHaveLength(16);
  for (let i = 0; i < 10_000; i++) history.note(scale(1, { deviceId: `X${i}` }), 0, noon);
  expect(history.of("X100", noon).minutes).toHaveLength(60);
  expect(history.of("X9999", noon).minutes).toEqual([]);
});

test("whatever the clock does, a chart has one point a minute at most, in order and within the hour", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: -90 * minute, max: 90 * minute }), fc.integer({ min: 0, max: 9 })));
  fc.assert(
    fc.property(steps, (said) => {
      const history = createDeviceHistory();
      let now = noon;
      for (const [stepMs, grams] of said) {
        now += stepMs;
        history.note(scale(grams), 0, now);
      }
      for (const { points } of history.of("A1", now).values) {
        const times = points.map(([at]) => at);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
        for (const at of times) expect(now - at).toBeLessThan(61 * minute);
      }
    }),
  );
});
