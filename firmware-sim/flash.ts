import type { DeviceReply, Settings, UpdateRequest } from "#wire/requests.ts";
import type { ScaleMemory } from "./scale.ts";

/** What the simulator's images do; an image that is not of this form does not start. */
export type Behaviour = "good" | "crash-after-ms" | "never-boots" | "reports-old";
export type Slot = { version: string; behaviour: Behaviour; crashAfterMs: number };
export type SlotNumber = 0 | 1;

/** The part of a device that survives a power cut. Everything else is RAM. */
export type Flash = {
  slots: [Slot | undefined, Slot | undefined];
  active: SlotNumber;
  /** The active slot is new and has yet to prove itself: how often it was started. */
  trial?: { starts: number; requestId: string };
  /** An update under way: what of the image is here. */
  update?: { request: UpdateRequest; received: Uint8Array };
  settings: Settings;
  scale: ScaleMemory;
  /** Last answers by request id, oldest first. */
  answered: Map<string, DeviceReply>;
};

const answersKept = 64;
const defaultCrashAfterMs = 3_000;

export function createFlash(version: string): Flash {
  return {
    slots: [{ version, behaviour: "good", crashAfterMs: defaultCrashAfterMs }, undefined],
    active: 0,
    settings: {},
    scale: { tareGrams: new Map(), rawGrams: new Map() },
    answered: new Map(),
  };
}

export const otherSlot = (slot: SlotNumber): SlotNumber => (slot === 0 ? 1 : 0);

/** The oldest answers leave: a broker repeats a request soon or never. */
export function keepAnswer(flash: Flash, answer: DeviceReply) {
  flash.answered.delete(answer.id);
  flash.answered.set(answer.id, answer);
  if (flash.answered.size > answersKept) flash.answered.delete(flash.answered.keys().next().value ?? "");
}

/** The bytes of an image -> what it will do: JSON of `version`, `behaviour` and perhaps `crashAfterMs`. */
export function slotOf(image: Uint8Array, version: string): Slot {
  const never: Slot = { version, behaviour: "never-boots", crashAfterMs: defaultCrashAfterMs };
  let said: { version?: unknown; behaviour?: unknown; crashAfterMs?: unknown };
  try {
    said = JSON.parse(Buffer.from(image).toString("utf8")) ?? {};
  } catch {
    return never;
  }
  const behaviour = (["good", "crash-after-ms", "never-boots", "reports-old"] as const).find(
    (known) => known === said.behaviour,
  );
  if (!behaviour) return never;
  const crashAfterMs = typeof said.crashAfterMs === "number" ? said.crashAfterMs : defaultCrashAfterMs;
  return { version: typeof said.version === "string" ? said.version : version, behaviour, crashAfterMs };
}
