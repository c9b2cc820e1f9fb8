import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import { openAtOnce, openedPerMinute } from "./opening.ts";
import { subjectsOf } from "./subjects.ts";
import { elevenMs, type Floor, minuteMs, openFloor } from "./test-floor.ts";
import { step } from "./test-steps.ts";

/** A shop with 400 shelves of one plate each: nothing groups. */
const largeShop = () =>
  openFloor(({ config }) => {
    const [shelf] = config.shelves;
    if (!shelf) throw new Error("the shop has a shelf");
    config.shelves = Array.from({ length: 400 }, (_, index) => ({
      ...shelf,
      ...{ id: `S${index}`, device: `S${index}` },
      plates: [{ plate: 1, sku: index % 2 === 0 ? "SOAP-CEDAR" : "COAT-QUAY-38", capacity: 8, minimum: 2 }],
    }));
  });

describe("when everything happens at once", () => {
  test("thirty alerts open in a minute, one says how many wait, and the dearest come first", () => {
    const { stands, passes, open, one } = largeShop();
    for (let index = 0; index < 80; index++) stands(`S${index}/1`, 0);
    expect(open()).toHaveLength(openedPerMinute);
    expect(passes(10_000)).toEqual(["opened more"]);
    expect(one("more")).toMatchObject({ severity: "wait", quantity: 80 - openedPerMinute });
    passes(minuteMs);
    const goods = open().filter(({ kind }) => kind === "empty");
    expect(goods).toHaveLength(2 * openedPerMinute);
    expect(goods.filter(({ sku }) => sku === "COAT-QUAY-38")).toHaveLength(40);
    passes(2 * minuteMs);
    expect(open()).toHaveLength(80);
    expect(open().map(({ kind }) => kind)).not.toContain("more");
  });

  test("somebody who waits at a mirror is told all the same", () => {
    const { stands, asks } = largeShop();
    for (let index = 0; index < 60; index++) stands(`S${index}/1`, 0);
    expect(asks({ command: "help.ask", mirrorId: "mirror-1" })).toEqual(["opened help"]);
  });

  test("no more than three hundred are open, and what is worth least and untouched makes room", () => {
    const { stands, passes, open, one } = largeShop();
    for (let index = 0; index < 400; index++) stands(`S${index}/1`, index % 2 === 0 ? 0 : 8);
    for (let minutes = 0; minutes < 8; minutes++) passes(minuteMs);
    const soaps = open().length;
    for (let index = 1; index < 400; index += 2) stands(`S${index}/1`, 0);
    for (let minutes = 0; minutes < 8; minutes++) passes(minuteMs);
    expect(soaps).toBe(200);
    expect(open().length).toBeLessThanOrEqual(openAtOnce + 1);
    expect(one("more").quantity).toBeGreaterThan(90);
    passes(40 * minuteMs);
    const coats = open().filter(({ sku }) => sku === "COAT-QUAY-38").length;
    expect(coats).toBe(200);
  }, 120_000);
});

/** One subject has one open alert, nobody shares one, and both look-ups tell the same. */
function holdsTogether({ state: { alerts } }: Floor) {
  const about = [...alerts.open.values()].flatMap((alert) => subjectsOf(alert).map((subject) => [subject, alert.id]));
  expect(new Set(about.map(([subject]) => subject)).size).toBe(about.length);
  expect(Object.fromEntries(alerts.subjects)).toEqual(Object.fromEntries(about));
  expect([...alerts.since.keys()].sort()).toEqual([...alerts.open.keys()].sort());
  for (const alert of alerts.open.values())
    expect(alert.by !== undefined).toBe(["assigned", "acknowledged", "snoozed"].includes(alert.state));
  expect(alerts.closed.length).toBeLessThanOrEqual(400);
  expect(alerts.recent.length).toBeLessThanOrEqual(64);
  expect(alerts.open.size).toBeLessThanOrEqual(openAtOnce + 1);
  expect(structuredClone(alerts)).toEqual(alerts);
}

/** Nobody changes an alert that somebody else holds, as the journal tells it. */
function neverTwoOwners(journal: readonly DomainEvent[]) {
  const owners = new Map<string, string>();
  for (const event of journal) {
    if (event.type === "alert-closed") owners.delete(event.alertId);
    if (event.type !== "alert-changed") continue;
    const owner = owners.get(event.alertId);
    if (event.state === "assigned" && event.by !== undefined) {
      expect(owner === undefined || owner === event.by).toBe(true);
      owners.set(event.alertId, event.by);
    } else owners.delete(event.alertId);
  }
}

test("whatever happens in whatever order: one alert a subject, one owner, and none of goods once all is full and settled", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 50 }), (steps) => {
      const floor = openFloor();
      expect(floor.now()).toBe(elevenMs);
      for (const each of steps) {
        each(floor);
        holdsTogether(floor);
      }
      neverTwoOwners(floor.journal);
      floor.device("C1", "online");
      for (const place of [...floor.state.alerts.places.values()]) {
        const { shelf, plate, sku, facing } = place;
        const stray = facing ? {} : ({ stray: true } as const);
        floor.stands(`${shelf}/${plate}`, facing?.capacity ?? 0, { sku, ...stray });
      }
      for (const n of [0, 1, 2, 3])
        floor.happens({
          ...{ type: "doubt-settled", at: floor.now(), doubtId: `d${n}`, shelf: "C1", plates: [1], how: "overtaken" },
        });
      floor.passes(31_000);
      const goods = floor
        .kinds()
        .filter((kind) => ["empty", "low", "gap", "misplaced", "doubt", "device-down"].includes(kind));
      expect(goods).toEqual([]);
      holdsTogether(floor);
    }),
    { numRuns: 50 },
  );
}, 120_000);
