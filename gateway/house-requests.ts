import type { Command } from "#wire/commands.ts";
import { makersRequest } from "#wire/makers-requests.ts";
import type { DeviceReply } from "#wire/requests.ts";
import type { DevicesState } from "./devices/devices.ts";
import type { DomainEvent, EventOf, RequestBody } from "./events.ts";
import { type AskedDevice, decideAnswer, decideHello, decideLost, decideRequest } from "./requests/asking.ts";
import { decideRequestsTick, openRequest, type RequestsState, requestById } from "./requests/requests.ts";
import type { RolloutsState } from "./rollouts/rollouts.ts";
import { decideRolloutHalt, decideRolloutStart } from "./rollouts/starting.ts";
import { type DeviceNow, decideRolloutAnswer, decideRolloutHello, decideRolloutsTick } from "./rollouts/steps.ts";
import type { Context, Decision } from "./room.ts";
import { decideTared } from "./shelves/counting.ts";
import { holdsGoods } from "./shelves/levels.ts";
import type { PlateState } from "./shelves/planogram.ts";
import type { ShelvesState } from "./shelves/shelves-state.ts";

/** How requests, roll-outs, the registry and the scales meet. Part of the house; pure. */
type State = { requests: RequestsState; rollouts: RolloutsState; devices: DevicesState; shelves: ShelvesState };
type Asking = Extract<
  Command,
  { command: "device.request" | "device.request-lost" | "rollout.start" | "rollout.halt" }
>;

const rolloutPrefix = "rollout:";

export function decideAsking(state: State, command: Asking, context: Context): Decision<Record<string, unknown>> {
  switch (command.command) {
    case "device.request": {
      const { deviceId, request } = command;
      return decideRequest(state.requests, command, askedDevice(state, deviceId, request), context);
    }
    case "device.request-lost":
      return { ok: true, events: decideLost(state.requests, command, context.now), value: {} };
    case "rollout.start": {
      const candidates = [...state.devices.devices].flatMap(([id, { kind, format, state: presence, firmware }]) => {
        const takesPart = kind === command.kind && format === "native" && ["online", "offline"].includes(presence);
        return takesPart ? [{ id, ...(firmware === undefined ? {} : { firmware }) }] : [];
      });
      return decideRolloutStart(state.rollouts, command, candidates, context);
    }
    case "rollout.halt":
      return decideRolloutHalt(state.rollouts, command, context.now);
  }
}

export function decideReply(state: State, deviceId: string, reply: DeviceReply, now: number): DomainEvent[] {
  return decideAnswer(state.requests, deviceId, reply, now);
}

/** A device says that it is there: the roll-out first, so that it does not wait for what has happened already. */
export function decideGreeting(
  state: State,
  hello: { deviceId: string; boot?: number; firmware?: string },
  now: number,
): DomainEvent[] {
  return [...decideRolloutHello(state.rollouts, hello, now), ...decideHello(state.requests, hello, now)];
}

export function decideAskingTick(state: State, now: number): DomainEvent[] {
  const unanswered = decideRequestsTick(state.requests, now);
  const { awakeSince } = state.requests;
  return [...unanswered, ...decideRolloutsTick(state.rollouts, { now, awakeSince }, devicesNow(state))];
}

export function reactToAsking(
  state: State,
  event: EventOf<"device-answered"> | EventOf<"rollout-device-changed">,
  context: Context,
): DomainEvent[] {
  return event.type === "device-answered"
    ? whatAnswerMeans(state, event, context.now)
    : askForRollout(state, event, context);
}

function whatAnswerMeans(state: State, event: EventOf<"device-answered">, now: number): DomainEvent[] {
  const entry = requestById(state.requests, event.deviceId, event.requestId);
  if (!entry || event.state === "sent") return [];
  const { deviceId, request, by } = entry;
  if (by.startsWith(rolloutPrefix)) {
    const rolloutId = by.slice(rolloutPrefix.length);
    const detail = event.detail === undefined ? {} : { detail: event.detail };
    return decideRolloutAnswer(state.rollouts, { rolloutId, deviceId, state: event.state, ...detail }, now);
  }
  if (request.command !== "tare" || event.state !== "done") return [];
  const seat = state.devices.seats.scales.get(deviceId);
  if (!seat) return [];
  const plates = platesOf(state, deviceId, request.plates).map(({ plate }) => plate);
  return decideTared(state.shelves, { deviceId: seat.deviceId, plates, empty: request.empty ?? false, by }, now);
}

function askForRollout(state: State, event: EventOf<"rollout-device-changed">, context: Context): DomainEvent[] {
  const { rolloutId, deviceId, phase } = event;
  const rollout = state.rollouts.rollouts.get(rolloutId);
  if (!rollout || (phase !== "asked" && phase !== "reverting")) return [];
  const by = rolloutPrefix + rolloutId;
  const asked =
    phase === "asked"
      ? { deviceId, by, request: { command: "update", version: rollout.version } as const }
      : {
          ...{ deviceId, by, request: { command: "rollback" } as const },
          ...{ evenOffline: true, withinMs: rollout.pace.backMs },
        };
  const decision = decideRequest(state.requests, asked, askedDevice(state, deviceId, asked.request), context);
  if (decision.ok) return decision.events;
  const { title: detail } = decision.problem;
  return [
    {
      ...{ type: "rollout-device-changed", at: context.now, rolloutId, deviceId },
      ...{ phase: "failed", detail, blamed: false },
    },
  ];
}

function devicesNow(state: State): DeviceNow {
  return {
    isOnline: (deviceId) => state.devices.devices.get(deviceId)?.state === "online",
    isFree: (deviceId) => openRequest(state.requests, deviceId) === undefined,
    bootOf: (deviceId) => bootOf(state, deviceId),
  };
}

function askedDevice(state: State, deviceId: string, request: RequestBody): AskedDevice | undefined {
  const device = state.devices.devices.get(deviceId);
  if (!device) return undefined;
  const { kind, state: presence, format, firmware } = device;
  const boot = bootOf(state, deviceId);
  const way = format === "native" ? "native" : makersRequest(format, deviceId, request.command) ? "maker" : "none";
  const loaded = request.command === "tare" ? platesOf(state, deviceId, request.plates).find(holdsGoods) : undefined;
  return {
    ...{ kind, state: presence, way },
    ...(boot === undefined ? {} : { boot }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(loaded ? { loadedPlate: loaded.plate } : {}),
  };
}

/** Memory first; after a restart of the gateway the one in the journal. */
function bootOf(state: State, deviceId: string): number | undefined {
  const device = state.devices.devices.get(deviceId);
  return device?.boot ?? device?.notedBoot;
}

/** The planogram's plates behind a scale's own numbers; all of them when none is named. */
function platesOf(state: State, deviceId: string, own: readonly number[] | undefined): PlateState[] {
  const seat = state.devices.seats.scales.get(deviceId);
  const plates = seat ? state.shelves.devices.get(seat.deviceId) : undefined;
  if (!seat || !plates) return [];
  const numbers = own
    ? own.map((number) => (seat.plates ? seat.plates.get(number) : number))
    : [...(seat.plates?.values() ?? plates.keys())];
  return numbers.flatMap((number) => (number === undefined ? [] : (plates.get(number) ?? [])));
}
