import type { DomainEvent, EventOf, Facing } from "../events.ts";
import type { Context, Decision, Problem, Room } from "../room.ts";
import { checkPlanogram, type Mistake, type PlanogramRules } from "./check.ts";
import { countChanges } from "./differences.ts";

export type PlannedShelf = { id: string; plates: Facing[] };
export type PlanogramVersion = {
  version: number;
  /** Epoch ms; 0: as the configuration file has it. */
  at: number;
  by: string;
  note?: string;
  shelves: PlannedShelf[];
  /** Facings that came, went or were altered since the version before. */
  changes: number;
};
/** `shelves` is never changed in place: look-ups are remembered by it. */
export type PlanogramState = PlanogramVersion & {
  /** Hash of the file's planogram when this was made. */
  basis: string;
  /** Versions before this one, the oldest first, `versionsKept` at the most. */
  past: PlanogramVersion[];
};
export type PlanogramConfig = PlanogramRules & {
  /** What the configuration file says, and the hash of it. */
  basis: string;
  file: PlannedShelf[];
};

const versionsKept = 20;
const longestNote = 200;

/** Where everything belongs: begins as the configuration file has it, and is edited while the shop is open. */
export function createPlanogramRoom(config: PlanogramConfig): Room<PlanogramState> {
  return {
    name: "planogram",
    initial: () => ({
      ...{ version: 0, at: 0, by: "file", changes: 0, past: [] },
      ...{ basis: config.basis, shelves: inOrder(config.file, config) },
    }),
    evolve: {
      "planogram-changed": (state, { version, at, by, note, basis, shelves: said }) => {
        // said again after a restart
        if (version === state.version) return;
        const { past, basis: _, ...before } = state;
        const shelves = sharing(before.shelves, said);
        const changes = countChanges(before.shelves, shelves);
        if (note === undefined) delete state.note;
        Object.assign(state, { version, at, by, basis, shelves, changes, ...(note === undefined ? {} : { note }) });
        past.push(before);
        if (past.length > versionsKept) past.shift();
      },
    },
  };
}

/** A shelf that stayed as it was is the same object in all versions: they take the room of one, in memory and on disk. */
function sharing(before: PlannedShelf[], after: PlannedShelf[]): PlannedShelf[] {
  const known = new Map(before.map((shelf) => [shelf.id, shelf]));
  return after.map((shelf) => {
    const same = known.get(shelf.id);
    return same && JSON.stringify(same) === JSON.stringify(shelf) ? same : shelf;
  });
}

export type PlanogramCommand = { basedOn: number; shelves: PlannedShelf[]; note?: string; by: string };

/**
 * Somebody edited it. A shelf left out stays as it is; one without plates is cleared. Refused when somebody else saved in
 * between (409), or with every mistake at once (422). What changes nothing makes no version.
 */
export function decidePlanogramChange(
  state: PlanogramState,
  { basedOn, shelves, note, by }: PlanogramCommand,
  config: PlanogramConfig,
  { now }: Pick<Context, "now">,
): Decision<{ version: number }> {
  if (basedOn !== state.version) return { ok: false, problem: outdated(state, basedOn) };
  const mistakes = checkPlanogram(shelves, config);
  if (mistakes.length > 0) return { ok: false, problem: wrong(mistakes) };
  const next = merge(state.shelves, shelves, config);
  if (countChanges(state.shelves, next) === 0) return { ok: true, events: [], value: { version: state.version } };
  const words = note?.trim().slice(0, longestNote);
  const version = state.version + 1;
  const event: EventOf<"planogram-changed"> = {
    ...{ type: "planogram-changed", at: now, version, by },
    ...(words ? { note: words } : {}),
    ...{ basis: config.basis, shelves: next },
  };
  return { ok: true, events: [event], value: { version } };
}

/** The file was edited since somebody edited the planogram here: what was written last counts. */
export function decidePlanogramTick(state: PlanogramState, config: PlanogramConfig, now: number): DomainEvent[] {
  if (state.version === 0 || state.basis === config.basis) return [];
  const note = "The configuration file has a newer planogram.";
  const shelves = inOrder(config.file, config);
  const version = state.version + 1;
  return [{ type: "planogram-changed", at: now, version, by: "file", note, basis: config.basis, shelves }];
}

/** What the planogram would be with these shelves in place of the same ones of today. */
export function merge(today: PlannedShelf[], edited: PlannedShelf[], config: PlanogramRules): PlannedShelf[] {
  return inOrder([...new Map([...today, ...edited].map((shelf) => [shelf.id, shelf])).values()], config);
}

/**
 * A planogram as far as today's configuration can follow it: shelves and products that it does not have any more are left
 * out, new shelves are empty.
 */
export function possible(shelves: PlannedShelf[], config: PlanogramRules): PlannedShelf[] {
  return inOrder(shelves, config).map(({ id, plates }) => ({
    id,
    plates: plates.filter(({ sku }) => config.product(sku) !== undefined),
  }));
}

/** Every shelf of the shop in the order of the configuration; its facings by plate, and on a plate as they were listed. */
function inOrder(shelves: PlannedShelf[], config: PlanogramRules): PlannedShelf[] {
  const platesOf = new Map(shelves.map(({ id, plates }) => [id, plates]));
  return [...config.shelves.keys()].map((id) => {
    const plates = (platesOf.get(id) ?? []).map(facing);
    return { id, plates: plates.sort((a, b) => a.plate - b.plate) };
  });
}

/** Its own fields and no others: what comes from a file or a page may carry more. */
function facing({ plate, sku, capacity, minimum, x, width }: Facing): Facing {
  const where = { ...(x === undefined ? {} : { x }), ...(width === undefined ? {} : { width }) };
  return { plate, sku, capacity, minimum, ...where };
}

function outdated({ version, by }: PlanogramState, basedOn: number): Problem {
  const who = by === "file" ? "the configuration file" : by;
  return {
    ...{ status: 409, type: "outdated-planogram", title: "Somebody else has changed the planogram meanwhile." },
    detail: `This was made from version ${basedOn}. ${who} made version ${version}; look at that first.`,
    current: version,
  };
}

function wrong(mistakes: Mistake[]): Problem {
  const first = mistakes[0]?.detail ?? "";
  const more = mistakes.length > 1 ? ` And ${mistakes.length - 1} more.` : "";
  return {
    ...{ status: 422, type: "wrong-planogram", title: "This planogram does not fit the shop." },
    ...{ detail: `${first}${more}`, mistakes },
  };
}
