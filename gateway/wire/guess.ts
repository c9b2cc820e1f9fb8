import { createDecoder, formatSpeakingFor } from "./formats.ts";
import { recognise } from "./guess-formats.ts";
import { type FoundNumber, findNumbers } from "./guess-numbers.ts";
import { wordsOf } from "./guess-words.ts";
import { maxPayloadBytes, type TopicKind } from "./topics.ts";
import type { DeviceMapping, MappedField, MappingGuess } from "./views.ts";

const maxGuesses = 5;
const maxFields = 16;
const maxPlates = 64;

export type GuessQuestion = {
  storeId: string;
  topic: string;
  bytes: Uint8Array;
  /** The zones of the shop: people are counted in one of them. */
  zones?: readonly string[];
};

/**
 * What a payload that no format speaks for may be, most likely first, five at most. A guess whose mapping has no field is
 * advice: the device must be set, and no mapping would help. Bounded work whatever arrives; never throws.
 */
export function guessMappings({ storeId, topic, bytes, zones = [] }: GuessQuestion): MappingGuess[] {
  if (bytes.byteLength === 0 || bytes.byteLength > maxPayloadBytes) return [];
  // a format speaks here and was not understood: a mapping could not take its place
  if (topic.startsWith("store/") || formatSpeakingFor(storeId, topic) !== undefined) {
    return topic.startsWith("store/") && !topic.startsWith(`store/${storeId}/`) ? [otherStore(storeId, topic)] : [];
  }
  const text = textIn(bytes);
  const advice = recognise({ storeId, bytes, text }, createDecoder(storeId));
  const guesses: MappingGuess[] = advice ? [{ ...advice, mapping: { topic, kind: kindOf(topic), fields: [] } }] : [];
  if (text !== undefined) guesses.push(...guessNumbers(text, { topic, zones }));
  return guesses.sort((a, b) => b.sure - a.sure).slice(0, maxGuesses);
}

function otherStore(storeId: string, topic: string): MappingGuess {
  return {
    about: `The topic names another store. This one is called "${storeId}".`,
    sure: 0.9,
    mapping: { topic, kind: kindOf(topic), fields: [] },
  };
}

function textIn(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /[^\P{Cc}\t\r\n]/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

type Where = { topic: string; zones: readonly string[] };

function guessNumbers(text: string, where: Where): MappingGuess[] {
  const numbers = findNumbers(parsed(text), where.topic);
  const weights = numbers.filter(({ quantity }) => quantity === "weight");
  const people = numbers.filter(({ quantity }) => quantity === "people");
  const others = numbers.filter(
    ({ quantity }) => quantity !== undefined && quantity !== "weight" && quantity !== "people",
  );
  const told = fieldsBeside(others);
  const guesses = [
    ...guessWeights(weights, told, where.topic),
    ...people
      .toSorted(bySure)
      .slice(0, 2)
      .map((count) => guessPeople(count, told, where)),
  ];
  if (guesses.length === 0 && others.length > 0) guesses.push(guessTelemetry(others, told, where.topic));
  if (guesses.length === 0 && numbers.length > 0) guesses.push(...guessNameless(numbers, where.topic));
  return guesses;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}

const bySure = (a: FoundNumber, b: FoundNumber) => b.sure - a.sure;

/** Those that are numbered are plates of one scale; those that are not say the same in other ways (net, gross). */
function guessWeights(weights: FoundNumber[], told: MappedField[], topic: string): MappingGuess[] {
  const numbered = weights.filter(({ place }) => place !== undefined);
  const single = weights.filter(({ place }) => place === undefined).toSorted(bySure);
  const guesses: MappingGuess[] = [];
  if (numbered.length > 0) {
    const fields = platesOf(numbered);
    const shown = numbered
      .slice(0, 3)
      .map((one) => `${amount(one)} ${at(one)}`)
      .join(", ");
    const more = numbered.length > 3 ? ` and ${numbered.length - 3} more` : "";
    const about =
      numbered.length === 1
        ? `Looks like a weight, ${shown}.`
        : `Looks like ${numbered.length} weights: ${shown}${more}.`;
    guesses.push(guess(about, leastSure(numbered), { topic, kind: "shelf", fields: [...fields, ...told] }));
  }
  for (const weight of single.slice(0, 2)) {
    const fields = [weighs(weight, 1), ...told];
    guesses.push(
      guess(`Looks like a weight, ${amount(weight)} ${at(weight)}.`, weight.sure, { topic, kind: "shelf", fields }),
    );
  }
  return guesses;
}

const weighs = ({ path, unit }: FoundNumber, plate: number): MappedField => ({
  path,
  unit,
  yields: { reading: "weight", plate },
});

/** Numbered from 0 or from 1, or in their order where the numbers are not theirs alone. */
function platesOf(weights: FoundNumber[]): MappedField[] {
  const places = weights.map(({ place }) => place ?? 0);
  const first = Math.min(...places);
  const areDistinct = new Set(places).size === places.length && Math.max(...places) - first < maxPlates;
  return weights
    .slice(0, maxPlates - maxFields)
    .map((weight, index) => weighs(weight, areDistinct ? plateAt(places[index]!, first) : index + 1));
}

function plateAt(place: number, first: number): number {
  if (first === 0) return place + 1;
  return place <= maxPlates ? place : place - first + 1;
}

const leastSure = (numbers: FoundNumber[]) => numbers.reduce((least, { sure }) => Math.min(least, sure), 1);

function guessPeople(count: FoundNumber, told: MappedField[], { topic, zones }: Where): MappingGuess {
  const spoken = topic
    .toLowerCase()
    .split("/")
    .flatMap((level) => [level, ...wordsOf(level)]);
  const zone = zones.find((id) => spoken.includes(id.toLowerCase()));
  const fits = Number.isInteger(count.value) && count.value >= 0 && count.value < 10_000;
  const field: MappedField = {
    path: count.path,
    unit: "1",
    yields: { reading: "people", zone: zone ?? zones[0] ?? "zone" },
  };
  const sure = (fits ? count.sure : 0.1) * (zone === undefined ? 0.9 : 1);
  const noun = count.value === 1 ? "person" : "people";
  return guess(`Looks like a count of people, ${shownNumber(count.value)} ${noun} ${at(count)}.`, sure, {
    topic,
    kind: "camera",
    fields: [field, ...told],
  });
}

/** Battery, temperature and the like, read beside what the device is for. */
function fieldsBeside(others: FoundNumber[]): MappedField[] {
  const names = new Set<string>();
  const fields: MappedField[] = [];
  let hasBattery = false;
  for (const { quantity, path, unit } of others) {
    if (fields.length === maxFields - 1) break;
    if (quantity === "battery" && !hasBattery) {
      hasBattery = true;
      fields.push({ path, unit, yields: { reading: "battery" } });
      continue;
    }
    const name = names.has(quantity ?? "") || quantity === "battery" ? path.slice(-40) : (quantity ?? path.slice(-40));
    if (name === "" || name === "battery" || names.has(name)) continue;
    names.add(name);
    fields.push({ path, unit, yields: { reading: "telemetry", name } });
  }
  return fields;
}

function guessTelemetry(others: FoundNumber[], fields: MappedField[], topic: string): MappingGuess {
  const first = others.toSorted(bySure)[0]!;
  const more = others.length > 1 ? ` and ${others.length - 1} more` : "";
  const about = `Tells about itself: ${first.quantity} ${amount(first)} ${at(first)}${more}. Nothing that a shelf or a zone needs.`;
  return guess(about, first.sure * 0.6, { topic, kind: kindOf(topic), fields });
}

/** Numbers without a telling name: on a shelf they are weights more often than not. */
function guessNameless(numbers: FoundNumber[], topic: string): MappingGuess[] {
  const [first] = numbers;
  if (!first) return [];
  if (numbers.length === 1 && (first.path === "" || kindOf(topic) === "shelf")) {
    const weight = { ...first, unit: Number.isInteger(first.value) ? "g" : "kg" };
    const mapping: DeviceMapping = { topic, kind: "shelf", fields: [weighs(weight, 1)] };
    return [
      guess(
        `A number without a name, ${shownNumber(first.value)}. It may be a weight in ${weight.unit}.`,
        0.3,
        mapping,
      ),
    ];
  }
  const names = numbers
    .slice(0, 3)
    .map(({ path }) => shortPath(path))
    .join(", ");
  const fields = numbers.slice(0, maxFields).flatMap(({ path, unit }): MappedField[] => {
    const name = path.slice(-40);
    return name === "" ? [] : [{ path, unit, yields: { reading: "telemetry", name } }];
  });
  const about = `${numbers.length} numbers and no name that tells what they are: ${names}${numbers.length > 3 ? " and more" : ""}.`;
  return [guess(about, 0.15, { topic, kind: kindOf(topic), fields })];
}

function guess(about: string, sure: number, mapping: DeviceMapping): MappingGuess {
  return { about, sure: Math.round(sure * 100) / 100, mapping };
}

const kindWords: [TopicKind, RegExp][] = [
  ["camera", /cam|people|visitor|footfall|occupancy|counter/i],
  ["rfid", /rfid|epc|tag/i],
  ["ble", /ble|beacon|bluetooth/i],
  ["mirror", /mirror/i],
];

function kindOf(topic: string): TopicKind {
  return kindWords.find(([, word]) => word.test(topic))?.[0] ?? "shelf";
}

const shownNumber = (value: number): string => String(Number(value.toPrecision(6)));
const amount = ({ value, unit }: FoundNumber): string => `${shownNumber(value)}${unit === "1" ? "" : ` ${unit}`}`;
const at = ({ path }: FoundNumber): string => (path === "" ? "in the whole payload" : `at ${shortPath(path)}`);
const shortPath = (path: string): string => (path.length > 60 ? `${path.slice(0, 60)}…` : path);
