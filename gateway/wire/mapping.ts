import type { Decoded, DecodeResult, PlateReading, Reading } from "./decoded.ts";
import { formatSpeakingFor } from "./formats.ts";
import { textOf } from "./json.ts";
import { maxPathLength, valueAtPath } from "./json-path.ts";
import { bounds } from "./readings.ts";
import { createTopicTrie } from "./topic-trie.ts";
import { isDeviceId, maxPayloadBytes, maxTopicBytes, maxTopicLevels } from "./topics.ts";
import { converted, type Unit, unitNames, unitOf } from "./units.ts";
import type { DeviceMapping, MappedField } from "./views.ts";

/**
 * How a payload is read that no format speaks for: as data, written by an engineer. The payload is JSON, or a bare number
 * as text ("" is its path). Dedupe key: none. Every value is absolute, so one that comes twice is the same value; and
 * nothing in such a payload can be trusted to number its messages.
 */

const format = "mapped";
export const maxMappings = 500;
const maxFields = 64;

type Result<Value> = DecodeResult<Value>;
const refused = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });

/** Can this mapping be used at all? Whether its zones and plates exist is for whoever knows the shop. */
export function checkMapping(storeId: string, mapping: DeviceMapping): Result<DeviceMapping> {
  const topic = checkFilter(storeId, mapping.topic);
  if (!topic.ok) return topic;
  if (mapping.fields.length === 0) return refused("The mapping reads nothing yet. Name at least one field.");
  if (mapping.fields.length > maxFields) return refused(`A mapping has ${maxFields} fields at most.`);
  const taken = new Set<string>();
  for (const field of mapping.fields) {
    const problem = fieldProblem(field);
    if (problem !== undefined) return refused(problem);
    const name = meaningOf(field);
    if (taken.has(name)) return refused(`Two fields say ${name}. One of them must mean something else.`);
    taken.add(name);
  }
  return { ok: true, value: mapping };
}

/** What a field gives, in words that are the same for the same thing. */
function meaningOf({ yields }: MappedField): string {
  switch (yields.reading) {
    case "weight":
      return `the weight on plate ${yields.plate}`;
    case "people":
      return `the people in ${yields.zone}`;
    case "battery":
      return "the battery";
    case "telemetry":
      return `"${yields.name}"`;
  }
}

function checkFilter(storeId: string, filter: string): Result<string> {
  const levels = filter.split("/");
  if (filter === "" || filter.length > maxTopicBytes) return refused(`A topic has 1 to ${maxTopicBytes} characters.`);
  if (levels.length > maxTopicLevels) return refused(`A topic has ${maxTopicLevels} levels at most.`);
  if (filter.includes("#") || filter.includes("\0"))
    return refused("A mapping names its topic level by level, without #.");
  if (levels.some((level) => level.includes("+") && level !== "+")) return refused("+ stands for a whole level.");
  if (levels[0] === "+") return refused("The first level of the topic must be a name, or every device would be meant.");
  if (levels[1] === "+" && levels.slice(2).every((level) => level === "+"))
    return refused("After + some level must be a name, or every device would be meant.");
  if (filter.startsWith("$")) return refused("Topics that begin with $ belong to the broker.");
  if (levels[0] === "store") return refused("Topics below store/ are the gateway's own. They need no mapping.");
  const speaker = formatSpeakingFor(storeId, filter);
  if (speaker !== undefined) return refused(`${speaker} speaks for this topic already. It needs no mapping.`);
  return { ok: true, value: filter };
}

function fieldProblem({ path, yields, unit: unitText }: MappedField): string | undefined {
  const where = shown(path);
  if (path.length > maxPathLength) return `The path ${where} is longer than ${maxPathLength} characters.`;
  if (path.split(".").includes("__proto__")) return `The path ${where} cannot be read.`;
  const found = unitOf(unitText);
  if (!found) return `Nobody knows the unit "${unitText.slice(0, 20)}" of ${where}. Where there is none it is 1.`;
  const { measures } = found.unit;
  switch (yields.reading) {
    case "weight": {
      if (measures !== "mass") return `A weight is not in ${found.name}: ${where} must be in ${unitNames("mass")}.`;
      const { plate } = yields;
      const fits = Number.isInteger(plate) && plate >= 1 && plate <= bounds.maxPlate;
      return fits ? undefined : `Plates are numbered from 1 to ${bounds.maxPlate}.`;
    }
    case "people":
      if (measures !== "number") return `People are counted, not measured in ${found.name}: the unit of ${where} is 1.`;
      return /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/.test(yields.zone) ? undefined : "The zone is not named as zones are.";
    case "battery":
      if (measures === "ratio" || measures === "voltage" || measures === "number") return undefined;
      return `A battery is in %, V, mV or 1 (0 to 1), not in ${found.name}.`;
    case "telemetry":
      return /^[^\p{C}]{1,40}$/u.test(yields.name) && yields.name !== "__proto__"
        ? undefined
        : "The name of a value has 1 to 40 characters.";
  }
}

/** Payload -> readings. Absent are battery and other telemetry allowed to be, as long as something else is there. */
export function readMapped(mapping: DeviceMapping, bytes: Uint8Array): Result<Reading[]> {
  const payload = payloadOf(mapping, bytes);
  if (!payload.ok) return payload;
  const plates = new Map<number, PlateReading>();
  const readings: Reading[] = [];
  const values: Record<string, number> = {};
  let absent: string | undefined;
  for (const field of mapping.fields.slice(0, maxFields)) {
    const found = valueAtPath(payload.value, field.path);
    const { yields } = field;
    if (found === undefined || found === null) {
      absent ??= `${shown(field.path)} is ${found === null ? "empty" : "missing"} in this payload`;
      if (yields.reading === "weight" || yields.reading === "people") return refused(absent);
      continue;
    }
    const value = readField(field, found);
    if (!value.ok) return value;
    if (yields.reading === "weight") plates.set(yields.plate, { plate: yields.plate, grams: value.value });
    else if (yields.reading === "people") readings.push({ kind: "people", zone: yields.zone, people: value.value });
    else values[nameOf(field)] = value.value;
  }
  if (plates.size > 0) readings.unshift({ kind: "plates", plates: [...plates.values()] });
  if (Object.keys(values).length > 0) readings.push({ kind: "telemetry", values });
  return readings.length > 0 ? { ok: true, value: readings } : refused(absent ?? "the mapping reads nothing");
}

/** "battery" in percent; a battery in volts is its voltage. */
function nameOf({ yields, unit }: MappedField): string {
  if (yields.reading === "telemetry") return yields.name;
  return unitOf(unit)?.unit.measures === "voltage" ? "voltage" : "battery";
}

/** JSON, or text where the whole payload is the value. */
function payloadOf(mapping: DeviceMapping, bytes: Uint8Array): Result<unknown> {
  if (bytes.byteLength > maxPayloadBytes) return refused(`the payload is larger than ${maxPayloadBytes} bytes`);
  if (bytes.byteLength === 0) return refused("the payload is empty");
  const text = textOf(bytes);
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    const isWhole = mapping.fields.every(({ path }) => path === "");
    return isWhole ? { ok: true, value: text } : refused("the payload is not JSON, so there is no path in it");
  }
}

const written = /^\s*([+-]?[0-9]{1,20}(?:[.,][0-9]{1,20})?(?:[eE][+-]?[0-9]{1,3})?)\s*(\S{0,12})\s*$/u;

/** A number as JSON or as text; a unit behind it must be the one that the mapping says. */
function numberIn(field: MappedField, found: unknown): Result<number> {
  const where = shown(field.path);
  if (typeof found === "number" || typeof found === "boolean") {
    const value = Number(found);
    return Number.isFinite(value) ? { ok: true, value } : refused(`${where} is not a number that can be weighed`);
  }
  if (typeof found !== "string")
    return refused(`${where} is ${Array.isArray(found) ? "a list" : "an object"}, not a number`);
  const match = written.exec(found);
  if (!match) return refused(`${where} says "${found.slice(0, 40)}", which is not a number`);
  const [said, meant] = [match[2] === "" ? undefined : unitOf(match[2]!)?.name, unitOf(field.unit)?.name];
  if (match[2] !== "" && said !== meant)
    return refused(`${where} is in ${match[2]}, and the mapping says ${field.unit}`);
  const value = Number(match[1]!.replace(",", "."));
  return Number.isFinite(value) ? { ok: true, value } : refused(`${where} is too large to be true`);
}

/** In grams, people, percent or the unit that telemetry is kept in; an absurd value is refused. */
function readField(field: MappedField, found: unknown): Result<number> {
  const known = unitOf(field.unit);
  if (!known) return refused(`nobody knows the unit "${field.unit.slice(0, 20)}"`);
  const number = numberIn(field, found);
  if (!number.ok) return number;
  const value = converted(number.value, scaleOf(field, known.unit));
  const [min, max] = rangeOf(field);
  const as = known.unit.as === "" ? "" : ` ${known.unit.as}`;
  if (!(value >= min && value <= max)) {
    return refused(`${shown(field.path)} is ${number.value} ${field.unit}; between ${min} and ${max}${as} can be true`);
  }
  if (field.yields.reading === "people" && !Number.isInteger(value)) {
    return refused(`${shown(field.path)} is ${value}, and people come in whole numbers`);
  }
  return { ok: true, value };
}

/** A battery that says 0 to 1 is told in percent, as all the others. */
function scaleOf({ yields }: MappedField, unit: Unit): Unit {
  return yields.reading === "battery" && unit.measures === "number" ? { ...unit, factor: 100 } : unit;
}

function rangeOf({ yields }: MappedField): [number, number] {
  switch (yields.reading) {
    case "weight":
      return [bounds.minGrams, bounds.maxGrams];
    case "people":
      return [0, bounds.maxPeople];
    case "battery":
      return [0, 100];
    case "telemetry":
      return [-bounds.maxTelemetryMagnitude, bounds.maxTelemetryMagnitude];
  }
}

function shown(path: string): string {
  return path === "" ? "the payload" : `"${path.length > 60 ? `${path.slice(0, 60)}…` : path}"`;
}

/** The message of an adopted device that no format speaks for. */
export function decodeMapped(deviceId: string, mapping: DeviceMapping, bytes: Uint8Array): Result<Decoded> {
  const readings = readMapped(mapping, bytes);
  return readings.ok
    ? { ok: true, value: { deviceId, kind: mapping.kind, format, readings: readings.value } }
    : readings;
}

export type MappedDevice = { deviceId: string; mapping: DeviceMapping };

/**
 * Finds the device that a topic belongs to. At two that match, the more specific one: its first literal level decides;
 * at the same filter twice, the id that comes first. More than 500 are not taken.
 */
export function createMappings(devices: Iterable<MappedDevice>): (topic: string) => MappedDevice | undefined {
  const trie = createTopicTrie<MappedDevice>();
  const sorted = [...devices]
    .filter(({ deviceId }) => isDeviceId(deviceId))
    .sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1))
    .slice(0, maxMappings);
  for (const device of sorted) trie.add(device.mapping.topic, device);
  return (topic) => (topic.length > maxTopicBytes ? undefined : trie.find(topic));
}
