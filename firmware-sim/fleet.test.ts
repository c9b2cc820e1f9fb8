import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { type DeviceReply, type DeviceRequest, encodeDeviceRequest } from "#wire/requests.ts";
import { createFleet, type FleetOptions } from "./fleet.ts";
import { openBroker } from "./test-broker.ts";
import { firmwareMaker } from "./test-firmware.ts";

/** A watchdog that a busy machine cannot wake; where it is what is tested, it is impatient. */
const timing = { dark: 100, confirmAfter: 300, watchdog: 60_000 };
const impatient = { timing: { ...timing, watchdog: 1_500 } };

/** One shelf on a true broker, and somebody who asks things of it. */
async function shelfAndAsker(more: Partial<FleetOptions> = {}) {
  const url = await openBroker();
  const asker = await connectAsync(url);
  onTestFinished(() => asker.endAsync(true));
  const replies: DeviceReply[] = [];
  const states: { state: string; firmware: string; boot?: number }[] = [];
  const grams: number[] = [];
  asker.on("message", (topic, payload) => {
    const said = JSON.parse(payload.toString());
    if (topic.endsWith("/reply")) replies.push(said);
    if (topic.endsWith("/status")) states.push(said);
    if (topic.endsWith("/reading")) grams.push(said.plates[0].grams);
  });
  await asker.subscribeAsync("store/test/shelf/+/+", { qos: 1 });
  const maker = await firmwareMaker();
  const fleet = createFleet({
    ...{ url, username: "demo", password: "demo", storeId: "test", count: 1, trustedKey: maker.trustedKey, timing },
    ...more,
  });
  onTestFinished(() => fleet.close());
  await expect.poll(() => states.at(-1)?.state).toBe("online");
  return {
    maker,
    replies,
    states,
    grams,
    shelf: () => fleet.devices()[0]!,
    ask: (request: DeviceRequest) =>
      asker.publishAsync("store/test/shelf/shelf-1/command", encodeDeviceRequest(request), { qos: 1 }),
    answerTo: async (id: string) => {
      const ends = () => replies.filter((r) => r.id === id && (!r.ok || r.progress === undefined || r.progress === 1));
      await expect.poll(() => ends().length).toBeGreaterThan(0);
      return ends()[0]!;
    },
  };
}

const runs = (version: string, slot: number) => ({ firmware: version, slot, running: true });

test("a shelf that is asked who it is blinks; asked the same thing twice it answers twice and does it once", async () => {
  const { ask, answerTo, replies, shelf, states } = await shelfAndAsker();
  await ask({ id: "a", command: "identify", seconds: 5 });
  expect(await answerTo("a")).toMatchObject({ ok: true });
  expect(shelf().blinking).toBe(true);

  await ask({ id: "b", command: "reboot" });
  await expect.poll(() => states.map(({ state }) => state)).toEqual(["online", "offline", "online"]);
  expect(states[2]?.boot).not.toBe(states[0]?.boot);
  await ask({ id: "b", command: "reboot" });
  await expect.poll(() => replies.filter(({ id }) => id === "b").length).toBe(2);
  expect(shelf().starts).toBe(2);
});

test("a tared shelf weighs from there on, even after it was switched off", async () => {
  const { ask, answerTo, grams, states } = await shelfAndAsker();
  await expect.poll(() => grams.at(-1)).toBeGreaterThan(450);
  await ask({ id: "faster", command: "configure", settings: { reportMs: 100 } });
  expect(await answerTo("faster")).toMatchObject({ ok: true });
  await ask({ id: "zero", command: "tare", plates: [1] });
  expect(await answerTo("zero")).toMatchObject({ ok: true });
  await expect.poll(() => Math.abs(grams.at(-1) ?? 99)).toBeLessThan(10);
  await ask({ id: "again", command: "reboot" });
  await expect.poll(() => states.length).toBe(3);
  const before = grams.length;
  await expect.poll(() => grams.length).toBeGreaterThan(before + 2);
  expect(Math.abs(grams.at(-1) ?? 99)).toBeLessThan(10);
  await ask({ id: "nine", command: "tare", plates: [9] });
  expect(await answerTo("nine")).toMatchObject({ ok: false, detail: "there is no plate 9" });
  await ask({ id: "odd", command: "configure", settings: { colour: "red" } });
  expect(await answerTo("odd")).toMatchObject({ ok: false });
});

test("a new version is fetched, checked, started and kept; and the old one can be had back", async () => {
  const { ask, answerTo, maker, replies, shelf, states } = await shelfAndAsker();
  await ask(maker.release({ version: "2.0.0", behaviour: "good" }));
  expect(await answerTo("to-2-0-0")).toMatchObject({ ok: true, state: "installed", progress: 1 });
  expect(new Set(replies.map(({ state }) => state))).toEqual(new Set(["downloading", "verifying", "installed"]));
  await expect.poll(() => states.at(-1)).toMatchObject({ state: "online", firmware: "vitrine-sim 2.0.0" });
  expect(shelf()).toMatchObject(runs("2.0.0", 1));

  await ask({ id: "back", command: "rollback" });
  expect(await answerTo("back")).toMatchObject({ ok: true });
  await expect.poll(() => states.at(-1)).toMatchObject({ state: "online", firmware: "vitrine-sim 1.0.0" });
});

test("a version that does not start, or crashes at once, is left again without anybody's help", async () => {
  const { ask, maker, replies, shelf } = await shelfAndAsker(impatient);
  for (const behaviour of ["never-boots", "crash-after-ms"]) {
    await ask(maker.release({ version: "3.0.0", behaviour, crashAfterMs: 100 }, behaviour));
    await expect
      .poll(() => replies.filter(({ id, ok }) => id === behaviour && !ok)[0]?.detail)
      .toBe("3.0.0 did not prove itself; back on 1.0.0");
    expect(shelf()).toMatchObject(runs("1.0.0", 0));
  }
});

test("a version that claims to be the old one is told apart by its words", async () => {
  const { ask, answerTo, maker, states } = await shelfAndAsker();
  await ask(maker.release({ version: "2.0.0", behaviour: "reports-old" }));
  await answerTo("to-2-0-0");
  await expect.poll(() => states.filter(({ state }) => state === "online").length).toBe(2);
  expect(states.at(-1)?.firmware).toBe("vitrine-sim 1.0.0");
});

test.each(["download", "verify", "write", "boot"] as const)(
  "when the power fails at the %s, a whole version runs afterwards",
  async (point) => {
    const { ask, maker, shelf } = await shelfAndAsker({ faults: { "shelf-1": { powerCuts: [point] } } });
    await ask(maker.release({ version: "2.0.0", behaviour: "good" }));
    const expected = point === "boot" ? runs("1.0.0", 0) : runs("2.0.0", 1);
    await expect.poll(() => shelf().starts).toBe(3);
    await expect.poll(shelf).toMatchObject(expected);
    if (point === "download") expect(maker.asked.at(-1)).toMatch(/^\/2\.0\.0\.bin bytes=[1-9]\d*-$/);
  },
);

test("an image that was changed, cut short or signed by a stranger is refused, and the shelf goes on", async () => {
  const { ask, answerTo, maker, shelf } = await shelfAndAsker();
  const changed = maker.release({ version: "4.0.0", behaviour: "good" });
  maker.swap("4.0.0", (image) => Buffer.from(image.toString().replace("good", "evil")));
  await ask(changed);
  expect(await answerTo("to-4-0-0")).toMatchObject({ ok: false, state: "failed" });

  const long = maker.release({ version: "4.0.1", behaviour: "good" });
  maker.swap("4.0.1", (image) => Buffer.concat([image, image]));
  await ask(long);
  expect(await answerTo("to-4-0-1")).toMatchObject({ ok: false, detail: "the image is larger than signed for" });

  const stranger = await firmwareMaker();
  await ask(stranger.release({ version: "4.0.2", behaviour: "good" }));
  expect(await answerTo("to-4-0-2")).toMatchObject({ ok: false, detail: "the manifest is signed by nobody we trust" });
  expect(stranger.asked).toEqual([]);
  expect(shelf()).toMatchObject(runs("1.0.0", 0));
});
