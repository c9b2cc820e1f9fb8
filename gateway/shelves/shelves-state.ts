import type { Source } from "../events.ts";
import type { DoubtsState } from "./doubts.ts";
import type { Hands } from "./hands.ts";
import type { LastPiece } from "./last-piece.ts";
import type { Placed } from "./placed.ts";
import type { PlateState, Plates } from "./planogram.ts";
import type { SettleRules } from "./plate-signal.ts";
import type { UnitWeights } from "./unit-weights.ts";

export type CountingRules = SettleRules & { toleranceShare: number };

/** A weight that is not ours, such as a handbag: what each plate of the row felt when it came. */
export type Foreign = { low: number; steps: number[]; variance: number };

export type ShelvesState = {
  /** Fixed by the planogram. */
  devices: Plates;
  /** device -> its last power-ons, newest last; bounded by `rememberBoot`. */
  boots: Map<string, number[]>;
  weights: UnitWeights;
  hands: Hands;
  /** shelf -> pieces whose place is known. */
  placed: Map<string, Placed[]>;
  doubts: DoubtsState;
  /** shelf -> what lies there and is not ours; memory, a few a shelf. */
  foreign: Map<string, Foreign[]>;
  /** shelf -> the piece that moved last, to be weighed again; memory. */
  lastPieces: Map<string, LastPiece>;
};

/** One shelf at one moment: its plates in order, and who speaks. */
export type Shelf = { state: ShelvesState; row: PlateState[]; source: Source; now: number; rules: CountingRules };

export function* everyPlate({ devices }: Pick<ShelvesState, "devices">): Generator<PlateState> {
  for (const plates of devices.values()) yield* plates.values();
}

export function plateAt({ devices }: Pick<ShelvesState, "devices">, shelf: string, plate: number) {
  for (const plates of devices.values()) {
    const found = plates.get(plate);
    if (found?.shelf === shelf) return found;
  }
  return undefined;
}

export const round = (grams: number) => Math.round(grams * 10) / 10;
