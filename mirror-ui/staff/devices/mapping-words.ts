import type { Reading } from "#wire/decoded.ts";
import type { DeviceMapping, InboxTopic, MappedField, Shop } from "#wire/views.ts";
import { zoneName } from "../words.ts";
import type { DeviceKind } from "./naming.ts";

/** The kind of device that these fields make, by the most telling of them. */
export function kindOfFields(fields: MappedField[], otherwise: DeviceKind = "shelf"): DeviceKind {
  if (fields.some(({ yields }) => yields.reading === "weight")) return "shelf";
  return fields.some(({ yields }) => yields.reading === "people") ? "camera" : otherwise;
}

export const mappingOf = (topic: string, fields: MappedField[]): DeviceMapping => ({
  topic,
  kind: kindOfFields(fields),
  fields,
});

/** One field more; what said the same before, or stood at the same path, gives way. */
export function withField(fields: MappedField[], field: MappedField): MappedField[] {
  return [...fields.filter((one) => one.path !== field.path && meaning(one) !== meaning(field)), field];
}

const meaning = ({ yields }: MappedField): string => {
  if (yields.reading === "weight") return `plate ${yields.plate}`;
  if (yields.reading === "people") return `people ${yields.zone}`;
  return yields.reading === "telemetry" ? `value ${yields.name}` : "battery";
};

/** "plate 2", "people in Entrance": a label on a value. */
export function fieldWords({ yields }: MappedField, shop: Shop): string {
  if (yields.reading === "weight") return `plate ${yields.plate}`;
  if (yields.reading === "people") return `people in ${zoneName(yields.zone, shop)}`;
  return yields.reading === "telemetry" ? yields.name : "battery";
}

/** "1,240 g on plate 2 and 87 % battery": what a trial gave. */
export function readingWords(readings: Reading[], shop: Shop): string {
  const parts = readings.flatMap((reading): string[] => {
    switch (reading.kind) {
      case "plates":
        return reading.plates.map(({ plate, grams }) => `${number(grams, shop)} g on plate ${plate}`);
      case "people":
        return [`${number(reading.people, shop)} people in ${zoneName(reading.zone, shop)}`];
      case "telemetry":
        return Object.entries(reading.values).map(([name, value]) =>
          name === "battery" ? `${number(value, shop)} % battery` : `${name} ${number(value, shop)}`,
        );
      default:
        return [];
    }
  });
  const last = parts.at(-1);
  if (last === undefined) return "nothing that counts";
  return parts.length === 1 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}

const number = (value: number, shop: Shop) =>
  new Intl.NumberFormat(shop.locale, { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : 1 }).format(value);

/** How sure a guess is, in words. `sure` is 0..1. */
export function guessWords(sure: number): string {
  if (sure >= 0.85) return "quite sure";
  if (sure >= 0.6) return "likely";
  return sure >= 0.35 ? "perhaps" : "a long shot";
}

/**
 * A device id for a topic that names none: the level that looks most like a name of one thing, made safe; two topics of
 * the same name are told apart by a number.
 */
export function idOfTopic(topic: string, taken: (id: string) => boolean): string {
  const levels = topic
    .split("/")
    .map((level) => level.replace(/[^A-Za-z0-9_.:-]+/g, "-").replace(/^[^A-Za-z0-9]+/, ""));
  const named = levels.filter((level) => level !== "");
  const numbered = named.filter((level) => /\d/.test(level) && /[A-Za-z]/.test(level));
  const base = (numbered.at(-1) ?? named.slice(-3).join("-")).slice(0, 56) || "device";
  if (!taken(base)) return base;
  for (let nth = 2; ; nth++) if (!taken(`${base}-${nth}`)) return `${base}-${nth}`;
}

/** One value of a sample as it can be touched. */
export type Leaf = { path: string; text: string; numeric: boolean };
export type Node =
  | { kind: "leaf"; key: string; leaf: Leaf }
  | { kind: "group"; key: string; list: boolean; children: Node[] };

const mostNodes = 300;
const deepest = 12;
const numberText = /^\s*[+-]?\d{1,20}([.,]\d{1,20})?([eE][+-]?\d{1,3})?\s*\S{0,12}\s*$/;

/** The payload as a tree of values; undefined when its bytes are no text. Large ones are cut. */
export function treeOf({ text }: InboxTopic["samples"][number]): Node | undefined {
  if (text === undefined) return undefined;
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    // Text that is no JSON is one value.
  }
  let left = mostNodes;
  const visit = (key: string, path: string, found: unknown, depth: number): Node => {
    left -= 1;
    if (typeof found === "object" && found !== null && depth < deepest) {
      const children: Node[] = [];
      for (const [name, child] of Object.entries(found)) {
        if (left <= 0) break;
        children.push(visit(name, path === "" ? name : `${path}.${name}`, child, depth + 1));
      }
      return { kind: "group", key, list: Array.isArray(found), children };
    }
    const numeric = typeof found === "number" || (typeof found === "string" && numberText.test(found));
    return { kind: "leaf", key, leaf: { path, text: shown(found), numeric } };
  };
  return visit("", "", value, 0);
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
