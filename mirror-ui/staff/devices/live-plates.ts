import { useEffect, useRef, useState } from "preact/hooks";
import { valueAtPath } from "#wire/json-path.ts";
import type { DeviceDetail, DeviceMapping, InboxTopic } from "#wire/views.ts";
import { devicePath, usePolled } from "./asking.ts";

export type LivePlate = { plate: number; grams: number };

const everyMs = 1_000;
/** A hand on a scale is more than this; a draught is less. */
const movedGrams = 12;

/** What a scale feels now, plate by plate, and the plate whose weight changed last; asked every second. */
export function useLivePlates(id: string, mapping: DeviceMapping | undefined, isKnown: boolean) {
  const detail = usePolled<DeviceDetail>(isKnown ? devicePath(id) : undefined, everyMs);
  const inbox = usePolled<InboxTopic[]>(isKnown || !mapping ? undefined : "/api/v1/inbox", everyMs);
  const plates = isKnown || !mapping ? platesOfDetail(detail.value) : platesOfInbox(inbox.value, mapping);
  return { plates, moved: useMoved(plates) };
}

/** Values in grams named after a plate, "plate 2" for example. */
export function platesOfDetail(detail: DeviceDetail | undefined): LivePlate[] {
  const plates = (detail?.values ?? []).flatMap(({ name, unit, points }): LivePlate[] => {
    const plate = /^plate\D{0,2}(\d+)$/i.exec(name)?.[1];
    const last = points.at(-1);
    return plate !== undefined && unit === "g" && last ? [{ plate: Number(plate), grams: last[1] }] : [];
  });
  return (plates.length > 0 ? plates : platesOfTelemetry(detail)).sort((a, b) => a.plate - b.plate);
}

/** What a new scale has said so far, where its last hour is not known. */
function platesOfTelemetry(detail: DeviceDetail | undefined): LivePlate[] {
  return Object.entries(detail?.device.telemetry ?? {}).flatMap(([name, grams]): LivePlate[] => {
    const plate = /^plate (\d+), g$/.exec(name)?.[1];
    return plate === undefined ? [] : [{ plate: Number(plate), grams }];
  });
}

const gramsOf: Record<string, number> = { mg: 0.001, g: 1, kg: 1_000, oz: 28.349523125, lb: 453.59237 };

/** The newest message of a mapping's topic, read as the mapping says. A payload it cannot read gives nothing. */
function platesOfInbox(inbox: InboxTopic[] | undefined, mapping: DeviceMapping): LivePlate[] {
  const text = inbox?.find(({ topic }) => topic === mapping.topic)?.samples[0]?.text;
  if (text === undefined) return [];
  let payload: unknown = text;
  try {
    payload = JSON.parse(text);
  } catch {
    // A bare number as text.
  }
  return mapping.fields.flatMap(({ path, yields, unit }): LivePlate[] => {
    if (yields.reading !== "weight") return [];
    const value = Number.parseFloat(String(valueAtPath(payload, path)).replace(",", "."));
    return Number.isFinite(value) ? [{ plate: yields.plate, grams: value * (gramsOf[unit] ?? 1) }] : [];
  });
}

/** The plate that was touched last. What lay there when somebody began to look is no change. */
function useMoved(plates: LivePlate[]): number | undefined {
  const before = useRef(new Map<number, number>());
  const [moved, setMoved] = useState<number | undefined>(undefined);
  useEffect(() => {
    for (const { plate, grams } of plates) {
      const was = before.current.get(plate);
      if (was !== undefined && Math.abs(grams - was) >= movedGrams) setMoved(plate);
      if (was === undefined || Math.abs(grams - was) >= movedGrams) before.current.set(plate, grams);
    }
  });
  return moved;
}
