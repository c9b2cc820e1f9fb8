import type { DeviceRequestView } from "#wire/views.ts";
import type { DomainEvent, EventOf, RequestBody } from "../events.ts";
import type { Room } from "../room.ts";

/** One request to one device, from the asking to its end. */
export type DeviceRequest = {
  requestId: string;
  deviceId: string;
  request: RequestBody;
  /** Who asked: a person's id, or `rollout:<id>`. */
  by: string;
  state: "sent" | "done" | "refused" | "unanswered";
  detail?: string;
  /** When it was asked, and when it last changed. */
  askedAt: number;
  at: number;
  expiresAt: number;
  /** The power-on and version in which it was asked, where they are known. */
  boot?: number;
  firmware?: string;
  /** 0..1, of an update. */
  progress?: number;
  /** How often it was said again. */
  repeats: number;
};

export type RequestsState = {
  /** Newest last; `keptPerDevice` of each, and of `devicesKept` devices at the most. */
  devices: Map<string, DeviceRequest[]>;
  /** Device -> its open request; never more than one. */
  open: Map<string, DeviceRequest>;
  asked: number;
  /** Memory, not journaled: since when the gateway has been listening without a break. Silence counts from here. */
  awakeSince: number;
  tickedAt: number | undefined;
};

const keptPerDevice = 10;
const devicesKept = 5_000;

/** How long a device may take to answer. An update downloads and writes its flash. */
export const answerWithinMs: Record<RequestBody["command"], number> = {
  identify: 10_000,
  tare: 15_000,
  reboot: 60_000,
  configure: 15_000,
  update: 600_000,
  rollback: 60_000,
};

export const requests: Room<RequestsState> = {
  name: "requests",
  initial: () => ({ devices: new Map(), open: new Map(), asked: 0, awakeSince: 0, tickedAt: undefined }),
  evolve: {
    "device-requested": (state, event) => {
      const { at, requestId, deviceId, request, by, expiresAt, boot, firmware } = event;
      state.asked++;
      const entry: DeviceRequest = {
        ...{ requestId, deviceId, request, by, state: "sent", askedAt: at, at, expiresAt, repeats: 0 },
        ...(boot === undefined ? {} : { boot }),
        ...(firmware === undefined ? {} : { firmware }),
      };
      const list = state.devices.get(deviceId) ?? [];
      list.push(entry);
      if (list.length > keptPerDevice) list.shift();
      state.devices.delete(deviceId);
      state.devices.set(deviceId, list);
      state.open.set(deviceId, entry);
      forgetOldest(state);
    },
    "device-request-repeated": (state, { deviceId, requestId, boot }) => {
      const entry = openRequest(state, deviceId);
      if (entry?.requestId !== requestId) return;
      entry.repeats++;
      if (boot !== undefined) entry.boot = boot;
    },
    "device-answered": (state, event) => {
      const entry = openRequest(state, event.deviceId);
      if (entry?.requestId !== event.requestId) return;
      entry.at = event.at;
      entry.state = event.state;
      if (event.detail === undefined) delete entry.detail;
      else entry.detail = event.detail;
      if (event.progress !== undefined) entry.progress = event.progress;
      if (event.state !== "sent") state.open.delete(event.deviceId);
    },
  },
};

/** What the device has been asked and has not answered yet. */
export function openRequest(state: RequestsState, deviceId: string): DeviceRequest | undefined {
  return state.open.get(deviceId);
}

/** The newest request to a device, as people read it. */
export function requestView(state: RequestsState, deviceId: string): DeviceRequestView | undefined {
  const newest = state.devices.get(deviceId)?.at(-1);
  if (!newest) return undefined;
  const { requestId, request, state: answer, at, detail } = newest;
  return { requestId, command: request.command, state: answer, at, ...(detail === undefined ? {} : { detail }) };
}

export function requestById(state: RequestsState, deviceId: string, requestId: string): DeviceRequest | undefined {
  return state.devices.get(deviceId)?.find((entry) => entry.requestId === requestId);
}

/** Scales that are being set to zero: what they show meanwhile is neither the old nor the new weight. */
export function isTaring(state: RequestsState, deviceId: string): boolean {
  return state.open.get(deviceId)?.request.command === "tare";
}

/** Requests that no answer ended, nobody said again too often, and that may still be heard: what is sent after a crash. */
export function unansweredRequests(state: RequestsState, now: number): DeviceRequest[] {
  return [...state.open.values()].filter(({ expiresAt }) => expiresAt > now);
}

/** After a sleep or a restart nobody is blamed for what they said while we did not listen. */
function wakeUp(state: RequestsState, now: number) {
  const gapMs = now - (state.tickedAt ?? Number.NEGATIVE_INFINITY);
  if (gapMs < 0 || gapMs > longestNapMs) state.awakeSince = now;
  state.tickedAt = now;
}
const longestNapMs = 10_000;

export function decideRequestsTick(state: RequestsState, now: number): DomainEvent[] {
  wakeUp(state, now);
  const events: EventOf<"device-answered">[] = [];
  for (const { requestId, deviceId, expiresAt, request } of state.open.values()) {
    const isFirmware = request.command === "update" || request.command === "rollback";
    const patience = isFirmware ? state.awakeSince + answerWithinMs.reboot : 0;
    if (now < Math.max(expiresAt, patience)) continue;
    events.push({ type: "device-answered", at: now, requestId, deviceId, state: "unanswered", detail: silence });
  }
  return events;
}

const silence = "It did not answer in time.";

/** A device that was asked something long ago leaves first; one that is still being waited for stays. */
function forgetOldest(state: RequestsState) {
  if (state.devices.size <= devicesKept) return;
  for (const deviceId of state.devices.keys()) {
    if (state.open.has(deviceId)) continue;
    state.devices.delete(deviceId);
    return;
  }
}
