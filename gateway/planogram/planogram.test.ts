import { deserialize, serialize } from "node:v8";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DomainEvent, EventOf, Facing } from "../events.ts";
import { facingOf, facingsAt, homesOf } from "./look-up.ts";
import { createPlanogramRoom, decidePlanogramChange, decidePlanogramTick, type PlanogramConfig } from "./planogram.ts";
import { planogramVersion, planogramVersions, touchedSkus, tryPlanogram } from "./planogram-views.ts";

const balm = { plate: 1, sku: "BALM", capacity: 12, minimum: 3 };
const soap = { plate: 2, sku: "SOAP", capacity: 8, minimum: 2 };
const config: PlanogramConfig = {
  basis: "monday",
  file: [
    { id: "A", plates: [balm, soap] },
    { id: "B", plates: [{ plate: 1, sku: "COAT", capacity: 6, minimum: 1 }] },
  ],
  shelves: new Map([
    ["A", { plateMm: [400, 300] as const }],
    ["B", {}],
  ]),
  product: (sku) =>
    ({
      BALM: { grams: 50, widthMm: 40, depthMm: 40 },
      SOAP: { grams: 120, widthMm: 100, depthMm: 60, stack: 2 },
      COAT: { grams: 1500 },
      SHAWL: {},
    })[sku],
  nearest: (sku) => (sku === "BLAM" ? "BALM" : undefined),
};
const room = createPlanogramRoom(config);
const now = 1_000;

/** Saves it as somebody, and applies what was decided. */
function save(state: ReturnType<typeof room.initial>, shelves: { id: string; plates: Facing[] }[], note?: string) {
  const basedOn = state.version;
  const command = { basedOn, shelves, by: "mia", ...(note === undefined ? {} : { note }) };
  const decision = decidePlanogramChange(state, command, config, { now });
  if (decision.ok) for (const event of decision.events) apply(state, event as EventOf<"planogram-changed">);
  return decision;
}
const apply = (state: ReturnType<typeof room.initial>, event: EventOf<"planogram-changed">) =>
  room.evolve["planogram-changed"]?.(state, event);

test("at first the shop is as its file has it", () => {
  const state = room.initial();
  expect(state).toMatchObject({ version: 0, by: "file", past: [] });
  expect(homesOf(state, "SOAP")).toEqual([{ shelf: "A", facing: soap }]);
});

test("an edited shelf is a new version, the others stay, and the old one is kept", () => {
  const state = room.initial();
  const plates = [soap, { plate: 1, sku: "BALM", capacity: 10, minimum: 3 }, { ...soap, plate: 1, capacity: 4 }];
  expect(save(state, [{ id: "A", plates }], " More room for soap. ")).toMatchObject({
    ok: true,
    value: { version: 1 },
  });
  expect(state).toMatchObject({ version: 1, by: "mia", at: now, note: "More room for soap.", changes: 2 });
  expect(facingsAt(state, "A", 1).map(({ sku }) => sku)).toEqual(["BALM", "SOAP"]);
  expect(homesOf(state, "SOAP").map(({ facing }) => facing.plate)).toEqual([1, 2]);
  expect(facingOf(state, { shelf: "B", plate: 1, sku: "COAT" })).toMatchObject({ capacity: 6 });
  expect(planogramVersion(state, 0)?.shelves).toEqual(config.file);
  expect(planogramVersions(state).map(({ version, changes }) => [version, changes])).toEqual([
    [1, 2],
    [0, 0],
  ]);
  expect([...touchedSkus(state)].sort()).toEqual(["BALM", "SOAP"]);
});

test("whoever edits an older version is told who was faster, and nothing is lost", () => {
  const state = room.initial();
  save(state, [{ id: "B", plates: [] }]);
  const late = decidePlanogramChange(state, { basedOn: 0, shelves: [], by: "jonas" }, config, { now });
  expect(late).toMatchObject({
    ok: false,
    problem: { status: 409, type: "outdated-planogram", current: 1, detail: expect.stringContaining("mia") },
  });
  expect(state.version).toBe(1);
});

test("going back is saving an older version's shelves", () => {
  const state = room.initial();
  save(state, [{ id: "A", plates: [] }]);
  save(state, planogramVersion(state, 0)?.shelves ?? []);
  expect(state.version).toBe(2);
  expect(state.shelves).toEqual(config.file);
});

test("saving what is there already makes no version", () => {
  const state = room.initial();
  expect(save(state, config.file)).toMatchObject({ ok: true, events: [], value: { version: 0 } });
  // the same places in another order on the plate are another picture
  const two = [balm, { ...soap, plate: 1 }];
  save(state, [{ id: "A", plates: two }]);
  expect(save(state, [{ id: "A", plates: [...two].reverse() }])).toMatchObject({ value: { version: 2 } });
});

test("every mistake is told at once, each with its field", () => {
  const shelves = [
    {
      id: "A",
      plates: [
        { plate: 0, sku: "BLAM", capacity: 0, minimum: -1 },
        { plate: 2, sku: "SOAP", capacity: 8, minimum: 8 },
        { plate: 2, sku: "SOAP", capacity: 8, minimum: 2, x: 1.5, width: 0 },
        { plate: 3, sku: "BALM", capacity: 71, minimum: 3 },
        { plate: 4, sku: "SHAWL", capacity: 501, minimum: 2.5 },
      ],
    },
    { id: "Z", plates: [] },
    { id: "A", plates: [] },
    {
      id: "B",
      plates: Array.from({ length: 65 }, (_, at) => ({ plate: (at % 64) + 1, sku: "COAT", capacity: 1, minimum: 0 })),
    },
  ];
  const decision = save(room.initial(), shelves);
  if (decision.ok) throw new Error("it does not fit");
  expect(decision.problem).toMatchObject({ status: 422, type: "wrong-planogram" });
  expect(decision.problem.mistakes?.map(({ field }) => field)).toEqual([
    "shelves[0].plates[0].plate",
    "shelves[0].plates[0].sku",
    "shelves[0].plates[0].capacity",
    "shelves[0].plates[0].minimum",
    "shelves[0].plates[1].minimum",
    "shelves[0].plates[2].x",
    "shelves[0].plates[2].width",
    "shelves[0].plates[4].capacity",
    "shelves[0].plates[4].minimum",
    "shelves[0].plates[2].sku",
    "shelves[0].plates[2].width",
    "shelves[0].plates[3].capacity",
    "shelves[1].id",
    "shelves[2].id",
    "shelves[3].plates",
    "shelves[3].plates[64].sku",
  ]);
  expect(decision.problem.mistakes?.[1]?.detail).toBe("BLAM is not a product. Did you mean BALM?");
});

test("40 pieces are not planned where 10 fit, and twice as many fit where they are stacked", () => {
  const on = (facing: Partial<Facing>) => [{ id: "A", plates: [{ ...soap, ...facing }] }];
  // four side by side, five behind each other, two on top of each other
  expect(tryPlanogram(room.initial(), on({ capacity: 41 }), config, String).problems).toEqual([
    { field: "shelves[0].plates[0].capacity", detail: "41 of SOAP are to stand on plate 2 of shelf A, where 40 fit." },
  ]);
  expect(tryPlanogram(room.initial(), on({ capacity: 40 }), config, String).problems).toEqual([]);
  expect(tryPlanogram(room.initial(), on({ capacity: 21, width: 0.5 }), config, String).problems).toHaveLength(1);
  // nobody knows the size of a coat
  expect(
    tryPlanogram(room.initial(), [{ id: "A", plates: [{ ...soap, sku: "COAT" }] }], config, String).problems,
  ).toEqual([]);
});

test("a plate breaks under more than a hundred kilograms, whatever they are made of", () => {
  const plates = [
    { plate: 1, sku: "COAT", capacity: 60, minimum: 1 },
    { plate: 1, sku: "SOAP", capacity: 500, minimum: 1, width: 1 },
  ];
  const { problems } = tryPlanogram(room.initial(), [{ id: "B", plates }], config, String);
  expect(problems.map(({ detail }) => detail)).toEqual(["Plate 1 of shelf B would carry 150 kg; 100 kg is the most."]);
});

test("before saving one reads what will change, in words", () => {
  const plates = [
    { ...balm, capacity: 10, minimum: 2 },
    { plate: 3, sku: "SHAWL", capacity: 4, minimum: 1 },
  ];
  expect(tryPlanogram(room.initial(), [{ id: "A", plates }], config, (sku) => sku.toLowerCase()).changes).toEqual([
    "balm on plate 1 of shelf A: room for 10 instead of 12, at least 2 instead of 3.",
    "soap leaves plate 2 of shelf A.",
    "shawl comes to plate 3 of shelf A: room for 4, at least 1.",
  ]);
});

test("a newer file takes over from what was edited, once, and what was edited is kept", () => {
  const state = room.initial();
  const tuesday = { ...config, basis: "tuesday", file: [{ id: "B", plates: [{ ...soap, plate: 1 }] }] };
  expect(decidePlanogramTick(state, tuesday, now)).toEqual([]);
  save(state, [{ id: "A", plates: [] }]);
  expect(decidePlanogramTick(state, config, now)).toEqual([]);
  const [event] = decidePlanogramTick(state, tuesday, now);
  if (event?.type !== "planogram-changed") throw new Error("the file takes over");
  apply(state, event);
  expect(state).toMatchObject({ version: 2, by: "file", basis: "tuesday" });
  expect(homesOf(state, "SOAP")).toMatchObject([{ shelf: "B" }]);
  expect(planogramVersion(state, 1)?.shelves[0]?.plates).toEqual([]);
  expect(decidePlanogramTick(state, tuesday, now)).toEqual([]);
});

test("twenty versions before the newest are kept", () => {
  const state = room.initial();
  for (let capacity = 20; capacity < 60; capacity++) save(state, [{ id: "B", plates: [{ ...balm, capacity }] }]);
  expect(state.version).toBe(40);
  expect(planogramVersions(state).map(({ version }) => version)).toEqual(
    Array.from({ length: 21 }, (_, at) => 40 - at),
  );
});

const facing = fc.record({
  plate: fc.integer({ min: -1, max: 66 }),
  sku: fc.constantFrom("BALM", "SOAP", "COAT", "SHAWL", "NOPE"),
  capacity: fc.integer({ min: -1, max: 600 }),
  minimum: fc.integer({ min: -1, max: 30 }),
});
const edit = fc.array(fc.record({ id: fc.constantFrom("A", "B", "Z"), plates: fc.array(facing, { maxLength: 5 }) }), {
  maxLength: 3,
});

test("however it is edited, what is in force always fits the shop, and an event said twice changes nothing", () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
      const state = room.initial();
      for (const shelves of edits) {
        const before = structuredClone(state);
        const decision = save(state, shelves);
        if (!decision.ok) {
          expect(decision.problem.mistakes?.length).toBeGreaterThan(0);
          expect(state).toEqual(before);
          continue;
        }
        expect(tryPlanogram(state, state.shelves, config, String)).toEqual({ changes: [], problems: [] });
        const after = structuredClone(state);
        for (const event of decision.events) apply(state, event as EventOf<"planogram-changed">);
        expect(state).toEqual(after);
      }
    }),
  );
});

test("twenty versions of a large shop take little more room on disk than one", () => {
  const file = Array.from({ length: 200 }, (_, shelf) => ({
    id: `S${shelf}`,
    plates: Array.from({ length: 20 }, (_, index) => ({ ...balm, plate: index + 1 })),
  }));
  const large = { ...config, file, shelves: new Map(file.map(({ id }) => [id, {}])) };
  const shop = createPlanogramRoom(large);
  const state = shop.initial();
  const atFirst = serialize(state).length;
  for (let version = 0; version < 20; version++) {
    const shelves = [{ id: "S7", plates: [{ ...balm, minimum: version % 2 }] }];
    const decision = decidePlanogramChange(state, { basedOn: version, shelves, by: "mia" }, large, { now });
    // as the journal gives it back
    const events: DomainEvent[] = decision.ok ? JSON.parse(JSON.stringify(decision.events)) : [];
    for (const event of events) apply(state, event as EventOf<"planogram-changed">);
  }
  expect(state.past).toHaveLength(20);
  expect(serialize(state).length).toBeLessThan(2 * atFirst);
  expect(deserialize(serialize(state))).toEqual(state);
});

test("of a table with thousands of wrong lines for one shelf so many are told as anybody reads, and no more judged", () => {
  const plates = Array.from({ length: 20_000 }, (_, index) => ({ ...balm, sku: `NO-${index}` }));
  let asked = 0;
  const nearest = () => {
    asked++;
    return undefined;
  };
  const command = { basedOn: 0, by: "mia", shelves: [{ id: "A", plates }] };
  const decision = decidePlanogramChange(room.initial(), command, { ...config, nearest }, { now });
  expect(decision).toMatchObject({ ok: false, problem: { status: 422 } });
  expect(asked).toBeGreaterThan(100);
  expect(asked).toBeLessThanOrEqual(200);
});
