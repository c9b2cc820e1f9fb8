import type { Decoded, DecodeResult, MqttFormat, Reading } from "../decoded.ts";
import { parseJson, textOf } from "../json.ts";
import { bounds } from "../readings.ts";
import { numberOfText, numberWithin } from "./quantity.ts";

/**
 * Frigate (docs.frigate.video, integrations/mqtt) is one device, `frigate`, that watches all its cameras and zones; a
 * zone of the shop that it counts has `camera: frigate` and the same name there and here. Only the count of a zone
 * yields people: an event tells of one person, and nobody knows how many others there are.
 * Dedupe key: none; a count said twice is the same count.
 *
 * Frigate also knows faces, names and number plates. None of it is decoded, asked for or quoted in a reason, and
 * `stripFrigate` takes it out of the bytes before they are kept anywhere.
 */

const name = "frigate";
const nameForm = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

export const frigateFormats: MqttFormat[] = [
  { name, topic: "frigate/available", decode: decodeAvailable },
  { name, topic: "frigate/+/person", decode: decodeCount },
  { name, topic: "frigate/events", decode: decodeEvent, unasked: true },
  { name, topic: "frigate/reviews", decode: forget, unasked: true },
  { name, topic: "frigate/tracked_object_update", decode: forget, unasked: true },
  { name, topic: "frigate/+/+/snapshot", decode: forget, unasked: true },
];

/** Of these nothing at all is of use to a shop. */
const emptied = /^frigate\/(?:reviews|tracked_object_update|.+\/snapshot)$/;

/**
 * The bytes of a Frigate message without pictures, names, faces and number plates; other messages as they are.
 * What is kept of an event is listed, so that what Frigate learns to recognise tomorrow is left out too.
 */
export function stripFrigate(topic: string, bytes: Uint8Array): Uint8Array {
  if (!topic.startsWith("frigate/")) return bytes;
  if (emptied.test(topic)) return nothing;
  if (topic !== "frigate/events") return bytes;
  const event = readEvent(bytes);
  return event.ok ? Buffer.from(JSON.stringify(event.value)) : nothing;
}

const nothing = new Uint8Array();

function decodeAvailable(_levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const text = textOf(bytes.subarray(0, 16));
  if (text === "online") return decoded([{ kind: "status", state: "online" }]);
  if (text === "offline" || text === "stopped") return decoded([{ kind: "status", state: "offline" }]);
  return { ok: false, reason: "available must be online, stopped or offline" };
}

function decodeCount(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const zone = levels[1]!;
  if (!nameForm.test(zone)) return { ok: false, reason: "the name of the zone cannot be one of the shop's" };
  const said = numberOfText(textOf(bytes.subarray(0, 32)).trim());
  const people = numberWithin("person", said ?? Number.NaN, [0, bounds.maxPeople]);
  if (!people.ok) return people;
  if (!Number.isInteger(people.value)) return { ok: false, reason: "person must be a whole number" };
  return decoded([{ kind: "people", zone, people: people.value }]);
}

/** Says that Frigate is alive, and nothing about anybody. */
function decodeEvent(_levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const event = readEvent(bytes);
  return event.ok ? decoded([]) : event;
}

function forget(): DecodeResult<Decoded> {
  return decoded([]);
}

type StrippedEvent = { type: string; after: Record<string, string | boolean | string[]> };

function readEvent(bytes: Uint8Array): DecodeResult<StrippedEvent> {
  const payload = parseJson(bytes);
  if (!payload.ok) return payload;
  const { type, after } = fieldsOf(payload.value);
  if (type !== "new" && type !== "update" && type !== "end") {
    return { ok: false, reason: "type must be new, update or end" };
  }
  const { camera, label, current_zones: zones, stationary } = fieldsOf(after);
  if (!isName(camera)) return { ok: false, reason: "after.camera must be the name of a camera" };
  const kept: StrippedEvent["after"] = { camera };
  if (isName(label)) kept.label = label;
  if (Array.isArray(zones)) kept.current_zones = zones.slice(0, 64).filter(isName);
  if (typeof stationary === "boolean") kept.stationary = stationary;
  return { ok: true, value: { type, after: kept } };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function isName(value: unknown): value is string {
  return typeof value === "string" && nameForm.test(value);
}

function decoded(readings: Reading[]): DecodeResult<Decoded> {
  return { ok: true, value: { deviceId: name, kind: "camera", format: name, readings } };
}
