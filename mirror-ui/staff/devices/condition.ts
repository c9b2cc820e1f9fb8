import type { Device, Shop } from "#wire/views.ts";
import { dayAndTime, lasting } from "../../look/time.ts";

/** How a device is, worst first; the order is the order of the list. */
export const conditions = [
  "offline",
  "pending",
  "loud",
  "battery",
  "clock",
  "losing",
  "unseen",
  "fine",
  "retired",
] as const;
export type Condition = (typeof conditions)[number];

/** The drawing of a condition: struck box, half box, plain box, dashed box. */
export const markOf: Record<Condition, "stop" | "wait" | "fine" | "unseen"> = {
  offline: "stop",
  pending: "wait",
  loud: "wait",
  battery: "wait",
  clock: "wait",
  losing: "wait",
  unseen: "unseen",
  fine: "fine",
  retired: "unseen",
};

/** In the legend of the plan and for screen readers. */
export const conditionName: Record<Condition, string> = {
  offline: "silent",
  pending: "new",
  loud: "too fast",
  battery: "battery low",
  clock: "clock off",
  losing: "losing messages",
  unseen: "not heard yet",
  fine: "answers",
  retired: "retired",
};

const lowPercent = 15;
/** A clock this wrong still sorts a shop's day; beyond it the engineer wants to know. */
const clockOffMs = 60_000;
/** Fewer lost messages than this are the weather. */
const lostLeast = 5;
const lostShare = 0.01;

/** What ails a device, worst first; `fine` alone when nothing does. */
export function ailments({ state, health }: Device): Condition[] {
  if (state === "retired") return ["retired"];
  const found: Condition[] = [];
  if (state === "offline" || state === "pending" || state === "unseen") found.push(state);
  if (health?.loud) found.push("loud");
  if (health?.batteryPercent !== undefined && health.batteryPercent <= lowPercent) found.push("battery");
  if (health?.clockOffsetMs !== undefined && Math.abs(health.clockOffsetMs) >= clockOffMs) found.push("clock");
  const heard = (health?.received ?? 0) + (health?.lost ?? 0);
  if (health && health.lost >= lostLeast && health.lost / heard >= lostShare) found.push("losing");
  if (found.length === 0) return ["fine"];
  return found.sort((a, b) => conditions.indexOf(a) - conditions.indexOf(b));
}

/** The worst of them: what its mark shows. */
export function conditionOf(device: Device): Condition {
  return ailments(device)[0] ?? "fine";
}

/** Who needs a hand first; among equals those silent for longest, then by name. */
export function byNeed(a: Device, b: Device): number {
  const [first, second] = [conditionOf(a), conditionOf(b)];
  const worse = conditions.indexOf(first) - conditions.indexOf(second);
  if (worse !== 0) return worse;
  if (first === "offline") return (a.lastSeenAt ?? 0) - (b.lastSeenAt ?? 0) || a.id.localeCompare(b.id);
  return a.id.localeCompare(b.id, undefined, { numeric: true });
}

export function needsAHand(device: Device): boolean {
  const condition = conditionOf(device);
  return condition !== "fine" && condition !== "unseen" && condition !== "retired";
}

type Told = { now: number; shop: Pick<Shop, "locale" | "timeZone"> };

/** Everything there is to say, in sentences, worst first. */
export function healthSentences(device: Device, told: Told): string[] {
  return ailments(device).map((condition) => sentence(condition, device, told));
}

/** The first of them, for a list. */
export function healthLine(device: Device, told: Told): string {
  return healthSentences(device, told)[0] ?? "";
}

function sentence(condition: Condition, device: Device, { now, shop }: Told): string {
  const { health, lastSeenAt } = device;
  const seen = lastSeenAt === undefined ? undefined : dayAndTime(lastSeenAt, now, shop);
  const rhythm = health?.intervalMs ? everyWords(health.intervalMs, shop.locale) : undefined;
  switch (condition) {
    case "offline": {
      const since = seen ? `Silent since ${seen}.` : "Silent.";
      return rhythm ? `${since} It used to speak ${rhythm}.` : since;
    }
    case "pending":
      if (device.note) return device.note;
      return seen ? `New. It spoke at ${seen}, and no one has said where it belongs.` : "New. It belongs nowhere yet.";
    case "loud":
      return "Speaks faster than it may; it is slowed down.";
    case "battery":
      return `Its battery is at ${Math.round(health?.batteryPercent ?? 0)} %. Change it soon.`;
    case "clock":
      return `Its clock is ${offsetWords(health?.clockOffsetMs ?? 0, shop.locale)}. The gateway’s own time is used.`;
    case "losing":
      return `${count(health?.lost ?? 0, shop)} of ${count((health?.lost ?? 0) + (health?.received ?? 0), shop)} messages never arrived. The radio or the cable is weak there.`;
    case "unseen":
      return "Not heard yet. Switch it on and it will answer here.";
    case "retired":
      return "Retired. What it says is no longer read.";
    case "fine":
      return rhythm ? `Answers. It speaks ${rhythm}.` : "Answers.";
  }
}

const count = (value: number, shop: Told["shop"]) => new Intl.NumberFormat(shop.locale).format(value);

/** "every 2 s", "every 5 min". `intervalMs` is learned, so it is told in round numbers. */
export function everyWords(intervalMs: number, locale: string): string {
  const seconds = intervalMs / 1000;
  if (seconds < 0.75) return "several times a second";
  if (seconds < 1.5) return "every second";
  if (seconds < 90) return `every ${Math.round(seconds)}\u00a0s`;
  if (seconds < 5_400) return `every ${Math.round(seconds / 60)}\u00a0min`;
  return `every ${new Intl.NumberFormat(locale).format(Math.round(seconds / 3_600))}\u00a0h`;
}

/** "4 min ahead", "20 s behind", "3 days behind". */
export function offsetWords(offsetMs: number, locale: string): string {
  const size = Math.abs(offsetMs);
  const long = size < 60_000 ? `${Math.round(size / 1000)}\u00a0s` : lasting(size, locale);
  return `${long} ${offsetMs < 0 ? "behind" : "ahead"}`;
}
