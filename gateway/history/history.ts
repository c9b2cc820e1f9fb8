import { placeNames } from "#wire/place-names.ts";
import type { EventOf, Facing } from "../events.ts";
import type { Room } from "../room.ts";
import { type OpeningHours, openTimes } from "./opening-hours.ts";

type Shelves = readonly { id: string; plates: readonly Facing[] }[];
export type HistoryConfig = {
  shelves: readonly { id: string; device: string; plates: readonly Facing[] }[];
  hours: OpeningHours;
};

type Standing = "fine" | "low" | "empty" | "unheard";
/** How a facing stands now. */
export type PlaceNow = {
  shelf: string;
  plate: number;
  sku: string;
  minimum: number;
  /** Left out: nobody has counted it yet. */
  count?: number;
  is: Standing;
  since: number;
  /** When it was counted first. */
  heardFrom?: number;
};
/** What was not fine at one place on one day, opening time only. */
export type Trouble = {
  /** Exact, also where `empty` had to be shortened. */
  emptyMs: number;
  lowMs: number;
  empty: [from: number, until: number][];
  unheard: [from: number, until: number][];
};
export type HistoryState = {
  places: Map<string, PlaceNow>;
  /** Which places the planogram had from when on, oldest first. */
  plans: { from: number; keys: string[] }[];
  /** Local day -> place -> what was not fine. Days without trouble are not kept. */
  days: Map<string, Map<string, Trouble>>;
  /** Scale -> the shelf it stands under. */
  scales: Map<string, string>;
  silent: Set<string>;
};

export const daysKept = 35;
const nowhere = "";
const plansKept = 60;
const stretchesKept = 24;
const troublesPerDay = 4_000;

export const placeKey = placeNames((shelf, plate, sku) => `${shelf}/${plate}/${sku}`);

/** How long places stood empty or low. A function of counts, planogram and which scales were heard. */
export function createHistoryRoom({ shelves, hours }: HistoryConfig): Room<HistoryState> {
  const ofFile = new Set(shelves.map(({ device }) => device));
  const stand = (state: HistoryState, place: PlaceNow, is: Standing, at: number) => turn(state, place, is, at, hours);

  function count(
    state: HistoryState,
    event: Pick<EventOf<"stock-counted">, "shelf" | "plate" | "sku" | "count" | "at">,
  ): void {
    const place = state.places.get(placeKey(event.shelf, event.plate, event.sku));
    if (!place) return;
    if (place.heardFrom === undefined) Object.assign(place, { heardFrom: event.at, since: event.at, is: "fine" });
    place.count = event.count;
    stand(state, place, standingOf(place), event.at);
  }

  /** A shelf is heard as long as one of its scales is. */
  function listen(state: HistoryState, deviceId: string, at: number) {
    const shelf = state.scales.get(deviceId);
    if (shelf === undefined || shelf === nowhere) return;
    const isSilent = [...state.scales].every(([id, where]) => where !== shelf || state.silent.has(id));
    for (const place of state.places.values()) {
      if (place.shelf === shelf) stand(state, place, isSilent ? "unheard" : standingOf(place), at);
    }
  }

  /** The file's own scales are remembered as gone, so that a restart does not bring them back. */
  function forget(state: HistoryState, deviceId: string) {
    state.silent.delete(deviceId);
    if (ofFile.has(deviceId)) state.scales.set(deviceId, nowhere);
    else state.scales.delete(deviceId);
  }

  return {
    name: "history",
    initial: () => ({
      places: new Map(shelves.flatMap(({ id, plates }) => plates.map((facing) => entryOf(id, facing)))),
      plans: [{ from: 0, keys: keysOf(shelves) }],
      days: new Map(),
      scales: new Map(shelves.map(({ id, device }) => [device, id])),
      silent: new Set(),
    }),
    evolve: {
      "stock-changed": count,
      "stock-counted": count,
      "planogram-changed": (state, event) => arrange(state, event.shelves, event.at, hours),
      "device-status-changed": (state, { deviceId, state: status, at }) => {
        if (!state.scales.has(deviceId)) return;
        if (status === "offline") state.silent.add(deviceId);
        else state.silent.delete(deviceId);
        listen(state, deviceId, at);
      },
      "device-adopted": (state, { deviceId, kind, place, at }) => {
        if (kind !== "shelf" || place.at !== "shelf") return;
        state.scales.set(deviceId, place.id);
        listen(state, deviceId, at);
      },
      "device-replaced": (state, { deviceId, successor, at }) => {
        const shelf = state.scales.get(deviceId);
        forget(state, deviceId);
        if (shelf === undefined || shelf === nowhere) return;
        state.scales.set(successor, shelf);
        listen(state, successor, at);
      },
      "device-retired": (state, { deviceId }) => forget(state, deviceId),
      "device-dismissed": (state, { deviceId }) => forget(state, deviceId),
    },
  };
}

const entryOf = (shelf: string, { plate, sku, minimum }: Facing): [string, PlaceNow] => [
  placeKey(shelf, plate, sku),
  { shelf, plate, sku, minimum, is: "fine", since: 0 },
];
export const keysOf = (shelves: Shelves) =>
  shelves.flatMap(({ id, plates }) => plates.map(({ plate, sku }) => placeKey(id, plate, sku)));

const standingOf = ({ count, minimum }: PlaceNow): Standing =>
  count === 0 ? "empty" : count !== undefined && count <= minimum ? "low" : "fine";

/** It stands otherwise from now on; what it was until now is written down. A clock that was set back loses the stretch. */
function turn(state: HistoryState, place: PlaceNow, is: Standing, at: number, hours: OpeningHours) {
  if (place.heardFrom === undefined || place.is === is) return;
  if (place.is !== "fine") note(state, place, at, hours);
  place.is = is;
  place.since = at;
}

function note(state: HistoryState, place: PlaceNow, at: number, hours: OpeningHours) {
  const key = placeKey(place.shelf, place.plate, place.sku);
  for (const { day, from, until } of openTimes(place.since, at, hours, daysKept)) {
    const trouble = troubleOn(state, day, key);
    if (!trouble) continue;
    if (place.is === "low") trouble.lowMs += until - from;
    if (place.is === "empty") {
      trouble.emptyMs += until - from;
      keep(trouble.empty, [from, until]);
    }
    if (place.is === "unheard") keep(trouble.unheard, [from, until]);
  }
}

function troubleOn(state: HistoryState, day: string, key: string): Trouble | undefined {
  const today = state.days.get(day) ?? new Map<string, Trouble>();
  const known = today.get(key);
  if (known) return known;
  if (today.size >= troublesPerDay) return undefined;
  const trouble: Trouble = { emptyMs: 0, lowMs: 0, empty: [], unheard: [] };
  today.set(key, trouble);
  state.days.set(day, today);
  if (state.days.size > daysKept) state.days.delete([...state.days.keys()].sort()[0] ?? "");
  return trouble;
}

/** Of too many stretches the two with the shortest pause between them become one. */
function keep(stretches: [from: number, until: number][], stretch: [from: number, until: number]) {
  stretches.push(stretch);
  if (stretches.length <= stretchesKept) return;
  const pauses = stretches.slice(1).map(([from], index) => from - (stretches[index]?.[1] ?? 0));
  const shortest = pauses.indexOf(Math.min(...pauses));
  const [first, second] = [stretches[shortest], stretches[shortest + 1]];
  if (first && second) stretches.splice(shortest, 2, [first[0], second[1]]);
}

function arrange(state: HistoryState, shelves: Shelves, at: number, hours: OpeningHours) {
  const before = state.places;
  state.places = new Map();
  for (const { id, plates } of shelves) {
    for (const facing of plates) {
      const [key, fresh] = entryOf(id, facing);
      const known = before.get(key);
      state.places.set(key, known ?? fresh);
      before.delete(key);
      if (!known) continue;
      known.minimum = facing.minimum;
      if (known.is !== "unheard") turn(state, known, standingOf(known), at, hours);
    }
  }
  for (const place of before.values()) turn(state, place, "fine", at, hours);
  const keys = keysOf(shelves);
  if (sameKeys(state.plans.at(-1)?.keys ?? [], keys)) return;
  state.plans.push({ from: at, keys });
  if (state.plans.length > plansKept) state.plans.shift();
}

export const sameKeys = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((key, index) => key === b[index]);
