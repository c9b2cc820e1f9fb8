import type { Alert } from "#wire/views.ts";
import type { AlertKind, EventOf } from "../events.ts";

/** One product at one place: a facing of the planogram, or goods that do not belong there. */
export type Place = {
  shelf: string;
  plate: number;
  sku: string;
  /** Left out: nobody has counted it yet. */
  count?: number;
  /** When the count last changed, epoch ms. */
  at: number;
  /** Left out: it does not belong here. */
  facing?: { capacity: number; minimum: number };
  /** It joined the planogram then, and nothing has stood there since. */
  unfilledSince?: number;
  /** The planogram changed: people are still carrying things about. */
  graceUntil?: number;
  /** The last time somebody filled it. */
  restocked?: { at: number; count: number };
};

/** Something that somebody should do and that is no count: it is there until an event takes it away. */
export type Task = {
  kind: "doubt" | "delivery" | "fetch" | "put-back" | "help" | "device-down";
  at: number;
  /** Not before this, epoch ms. */
  dueAt: number;
  /** When it becomes pressing, or is over; epoch ms. */
  until?: number;
  lines: { sku: string; quantity: number }[];
  about: Pick<
    Alert,
    "sku" | "shelf" | "plate" | "plates" | "deviceId" | "mirrorId" | "doubtId" | "deliveryId" | "reservationId" | "note"
  >;
  /** 0..1: how sure the likeliest story of a doubt is. */
  sure?: number;
  /** A reservation that lies ready: nothing to do unless nobody comes. */
  resting?: true;
};

/** Pieces that left a shelf (positive) or came back to it, while no pause was longer than the look-back. */
export type Departure = { at: number; sku: string; pieces: number };

export type AlertsState = {
  open: Map<string, Alert>;
  /** What an alert is about -> its id, so that one cause has one alert. */
  subjects: Map<string, string>;
  /** The last ones, oldest first. */
  closed: Alert[];
  opened: number;
  /** alert id -> since when it is as it is, epoch ms. */
  since: Map<string, number>;
  /** When the last alerts were opened, oldest first. */
  recent: number[];
  /** "place:shelf/plate/sku" -> what stands there. */
  places: Map<string, Place>;
  /** sku -> capacity of all its facings. */
  capacities: Map<string, number>;
  /** Shelves that were heard at least once. */
  heard: Set<string>;
  tasks: Map<string, Task>;
  /** shelf -> what left it just now. */
  departures: Map<string, Departure[]>;
  /** subject -> what a person has closed although its cause went on. */
  handled: Map<string, { kind: AlertKind; at: number }>;
};

/** One alert that should be open. */
export type Wish = { subject: string; value: number } & Omit<
  EventOf<"alert-opened">,
  "type" | "at" | "alertId" | "skus" | "value"
>;

export const blankState = (): AlertsState => ({
  open: new Map(),
  subjects: new Map(),
  closed: [],
  opened: 0,
  since: new Map(),
  recent: [],
  places: new Map(),
  capacities: new Map(),
  heard: new Set(),
  tasks: new Map(),
  departures: new Map(),
  handled: new Map(),
});

const jumpMs = 60_000;

/** How long ago something was, ms. A time in the future is from before the clock was set back: long ago. */
export function elapsedMs(since: number, now: number): number {
  return since - now > jumpMs ? Number.POSITIVE_INFINITY : Math.max(0, now - since);
}
