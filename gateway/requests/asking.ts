import type { DeviceReply } from "#wire/requests.ts";
import { isInterim, whyNotSettings } from "#wire/requests.ts";
import { versionOf } from "#wire/versions.ts";
import type { DomainEvent, RequestBody } from "../events.ts";
import type { Context, Decision, Problem } from "../room.ts";
import { answerWithinMs, openRequest, type RequestsState } from "./requests.ts";

/** What this room must know of a device; the house looks it up. */
export type AskedDevice = {
  kind: string;
  state: "online" | "offline" | "unseen" | "pending" | "retired";
  /** The power-on it speaks from, where it says so. */
  boot?: number;
  firmware?: string;
  /** "native": it answers. "maker": its maker's own way, which has no answer. "none": it takes no such request. */
  way: "native" | "maker" | "none";
  /** A plate of this scale on which goods stand, by our count. */
  loadedPlate?: number;
};

export type Asked = {
  deviceId: string;
  request: RequestBody;
  by: string;
  /** It is said again when the device is heard. */
  evenOffline?: boolean;
  /** Left out: as long as such a request usually takes. */
  withinMs?: number;
};

/** At once, over all devices: more would be a mistake of whoever asks. */
const openAtOnce = 1_000;
/** A device that asks to be told again for ever is not. */
const repeatsAtMost = 20;

/** A request to a device. Offline, busy and foreign devices refuse at once, in words; nothing is kept for later. */
export function decideRequest(
  state: RequestsState,
  asked: Asked,
  device: AskedDevice | undefined,
  context: Context,
): Decision<{ requestId: string }> {
  const { deviceId, request, by } = asked;
  const problem = device ? whyNot(state, asked, device) : noDevice;
  if (!device || problem) return { ok: false, problem: problem ?? noDevice };
  const { now } = context;
  const requestId = context.derive(`request ${deviceId} ${state.asked} ${now}`).slice(0, 20);
  const expiresAt = now + (asked.withinMs ?? answerWithinMs[request.command]);
  const { boot, firmware } = device;
  const events: DomainEvent[] = [
    {
      ...{ type: "device-requested", at: now, requestId, deviceId, request, by, expiresAt },
      ...(boot === undefined ? {} : { boot }),
      ...(firmware === undefined ? {} : { firmware }),
    },
  ];
  if (device.way === "maker") {
    const detail = "Sent in its maker's own way; such devices do not answer.";
    events.push({ type: "device-answered", at: now, requestId, deviceId, state: "done", detail });
  }
  return { ok: true, events, value: { requestId } };
}

function whyNot(
  state: RequestsState,
  { deviceId, request, evenOffline }: Asked,
  device: AskedDevice,
): Problem | undefined {
  if (device.state === "pending" || device.state === "retired") return refuse("not-adopted", notAdopted[device.state]);
  if (device.way === "none") return refuse("foreign-device", "This maker's device takes no such request from Vitrine.");
  if (request.command === "tare") {
    if (device.kind !== "shelf") return refuse("no-scale", "Only a scale can be set to zero.");
    if (device.loadedPlate !== undefined && !request.empty) {
      return {
        ...refuse("goods-on-plate", `There are goods on plate ${device.loadedPlate}.`),
        detail:
          "Setting it to zero now would count them as taken. Take them off first, or say that the scale is empty.",
      };
    }
  }
  if (request.command === "configure") {
    const detail = whyNotSettings(request.settings);
    if (detail !== undefined) return { status: 400, type: "bad-settings", title: "These settings do not fit.", detail };
  }
  if (device.state !== "online" && !evenOffline) {
    return refuse(
      "device-offline",
      `${deviceId} is ${device.state === "unseen" ? "not there yet" : "offline"}: it would not hear this.`,
    );
  }
  if (openRequest(state, deviceId)) {
    return refuse("device-busy", `${deviceId} has not answered the last request yet.`);
  }
  if (state.open.size >= openAtOnce) return { status: 503, type: "busy", title: "Too many requests are under way." };
  return undefined;
}

/** A device's own answer. One that nobody asked for, or whose request has ended, changes nothing. */
export function decideAnswer(state: RequestsState, deviceId: string, reply: DeviceReply, now: number): DomainEvent[] {
  const entry = openRequest(state, deviceId);
  // the id alone is no proof: it must be this very device that was asked
  if (entry?.requestId !== reply.id) return [];
  const { requestId } = entry;
  const { progress } = reply;
  const detail = reply.detail ?? progressInWords(reply);
  const more = detail === undefined || detail === "" ? {} : { detail };
  if (isInterim(reply)) {
    // ten steps are enough to draw a bar; every byte would fill the journal
    if (progress === undefined || progress < (entry.progress ?? -1) + 0.1) return [];
    return [{ type: "device-answered", at: now, requestId, deviceId, state: "sent", ...more, progress }];
  }
  return [{ type: "device-answered", at: now, requestId, deviceId, state: reply.ok ? "done" : "refused", ...more }];
}

/** An update is watched while it lasts: "downloading, 40 %". */
function progressInWords({ state, progress, ok }: DeviceReply): string | undefined {
  if (!ok || state === undefined || progress === undefined || progress >= 1) return undefined;
  return `${state}, ${Math.round(progress * 100)} %`;
}

/**
 * A device says that it is there. A new power-on is the answer to "start again", and the version we sent is the answer to
 * an update. Anything else it may not have heard: it is said again, and known by its id.
 */
export function decideHello(
  state: RequestsState,
  hello: { deviceId: string; boot?: number; firmware?: string },
  now: number,
): DomainEvent[] {
  const { deviceId, boot, firmware } = hello;
  const entry = openRequest(state, deviceId);
  if (!entry) return [];
  const { requestId, request } = entry;
  const isNew = boot !== undefined && entry.boot !== undefined && boot !== entry.boot;
  const done: DomainEvent = { type: "device-answered", at: now, requestId, deviceId, state: "done" };
  if (isNew && request.command === "reboot") return [done];
  if (firmware !== undefined) {
    if (request.command === "update" && versionOf(firmware) === request.version) return [done];
    // a new power-on alone does not tell: who crashes over and over has many
    if (request.command === "rollback" && entry.firmware !== undefined && entry.firmware !== firmware) return [done];
  }
  // asked in another power-on, a scale must not be set to zero again: goods may stand on it by now
  if (request.command === "tare" && (boot === undefined || boot !== entry.boot)) return [];
  if (isNew && request.command === "identify") return [];
  if (entry.repeats >= repeatsAtMost) return [];
  return [{ type: "device-request-repeated", at: now, requestId, deviceId, ...(boot === undefined ? {} : { boot }) }];
}

/** The gateway fell over an open request, and nobody knows whether it was heard. It ends; a person asks again. */
export function decideLost(
  state: RequestsState,
  { deviceId, requestId }: { deviceId: string; requestId: string },
  now: number,
): DomainEvent[] {
  if (openRequest(state, deviceId)?.requestId !== requestId) return [];
  const detail = "The gateway restarted meanwhile. Ask again.";
  return [{ type: "device-answered", at: now, requestId, deviceId, state: "unanswered", detail }];
}

function refuse(type: string, title: string): Problem {
  return { status: 409, type, title };
}

const noDevice: Problem = { status: 404, type: "unknown-device", title: "There is no such device." };
const notAdopted = {
  pending: "Nobody has said yet where this device belongs.",
  retired: "This device is retired.",
} as const;
