import type { Rollout as RolloutView } from "#wire/views.ts";
import type { EventOf, RolloutPace, RolloutPhase } from "../events.ts";
import type { Room } from "../room.ts";

export type RolloutDevice = {
  id: string;
  /** Index of the stage in which it is asked. */
  stage: number;
  phase: RolloutPhase;
  detail?: string;
  /** The version it came from. */
  from?: string;
  /** The version and power-on it was last heard with. */
  firmware?: string;
  boot?: number;
  /** Since the new version runs, without being asked. */
  restarts: number;
  /** A failure that tells against the new version. */
  blamed: boolean;
  /** It was asked to go back once; nobody is asked twice. */
  sentBack: boolean;
  /** When its phase, or its power-on, began. */
  since: number;
  /** Since when it is offline, as the devices room sees it. */
  awayAt?: number;
};

export type Rollout = {
  id: string;
  version: string;
  kind: RolloutView["kind"];
  state: RolloutView["state"];
  stages: number[];
  stage: number;
  why?: string;
  startedAt: number;
  /** When the stage, or the state, began. */
  at: number;
  pace: RolloutPace;
  by: string;
  /** In the order they are asked. */
  devices: Map<string, RolloutDevice>;
};

export type RolloutsState = { rollouts: Map<string, Rollout>; started: number };

const rolloutsKept = 20;

export const rollouts: Room<RolloutsState> = {
  name: "rollouts",
  initial: () => ({ rollouts: new Map(), started: 0 }),
  evolve: {
    "rollout-started": (state, event) => {
      state.started++;
      state.rollouts.set(event.rolloutId, begin(event));
      forgetOldest(state);
    },
    "rollout-device-changed": (state, event) => {
      const device = state.rollouts.get(event.rolloutId)?.devices.get(event.deviceId);
      if (device) change(device, event);
    },
    "rollout-changed": (state, { rolloutId, state: next, stage, why, at }) => {
      const rollout = state.rollouts.get(rolloutId);
      if (!rollout) return;
      rollout.state = next;
      rollout.stage = stage;
      rollout.at = at;
      if (why !== undefined) rollout.why = why;
    },
    "device-status-changed": (state, { deviceId, state: status, at }) => {
      for (const rollout of state.rollouts.values()) {
        const device = isLive(rollout) ? rollout.devices.get(deviceId) : undefined;
        if (!device) continue;
        if (status === "online") delete device.awayAt;
        else device.awayAt ??= at;
      }
    },
  },
};

function begin(event: EventOf<"rollout-started">): Rollout {
  const { rolloutId, version, kind, stages, at, pace, by } = event;
  const devices = event.devices.map(({ id, stage, from, detail }): [string, RolloutDevice] => [
    id,
    {
      ...{ id, stage, phase: detail === undefined ? "waiting" : "failed", restarts: 0, since: at },
      ...{ blamed: false, sentBack: false },
      ...(from === undefined ? {} : { from, firmware: from }),
      ...(detail === undefined ? {} : { detail }),
    },
  ]);
  return {
    ...{ id: rolloutId, version, kind, state: "running", stages, stage: 0, startedAt: at, at, pace, by },
    devices: new Map(devices),
  };
}

function change(device: RolloutDevice, event: EventOf<"rollout-device-changed">) {
  const { at, phase, detail, boot, firmware, restarts, blamed } = event;
  if (phase !== device.phase || boot !== undefined) device.since = at;
  device.phase = phase;
  if (detail === undefined) delete device.detail;
  else device.detail = detail;
  if (boot !== undefined) device.boot = boot;
  if (firmware !== undefined) device.firmware = firmware;
  if (restarts !== undefined) device.restarts = restarts;
  if (blamed !== undefined) device.blamed = blamed;
  if (phase === "reverting") device.sentBack = true;
  // it has just been heard
  if (boot !== undefined || firmware !== undefined) delete device.awayAt;
}

/** Neither untouched nor finished. */
const inHand: ReadonlySet<RolloutPhase> = new Set(["asked", "installed", "soaking", "reverting"]);

/** Somebody is still asked, watched or waited for. */
export function isLive(rollout: Rollout): boolean {
  if (rollout.state === "running" || rollout.state === "rolling-back") return true;
  return rollout.state === "halted" && [...rollout.devices.values()].some(({ phase }) => inHand.has(phase));
}

/** Roll-outs whose device this is and that still care. */
export function* liveWith(state: RolloutsState, deviceId: string): Generator<[Rollout, RolloutDevice]> {
  for (const rollout of state.rollouts.values()) {
    const device = rollout.devices.get(deviceId);
    if (device && isLive(rollout)) yield [rollout, device];
  }
}

const shown: Record<RolloutPhase, RolloutView["devices"][number]["state"]> = {
  waiting: "waiting",
  asked: "asked",
  installed: "asked",
  soaking: "updated",
  healthy: "healthy",
  failed: "failed",
  reverting: "updated",
  reverted: "rolled-back",
};

export function rolloutView({
  id,
  version,
  kind,
  state,
  stages,
  stage,
  why,
  startedAt,
  ...rest
}: Rollout): RolloutView {
  const devices = [...rest.devices.values()];
  const at = devices.reduce((newest, { since }) => Math.max(newest, since), rest.at);
  return {
    ...{ id, version, kind, state, stages, stage, startedAt, at },
    ...(why === undefined ? {} : { why }),
    devices: devices.map(({ id: deviceId, phase, detail }) => ({
      ...{ id: deviceId, state: shown[phase] },
      ...(detail === undefined ? {} : { detail }),
    })),
  };
}

function forgetOldest({ rollouts: all }: RolloutsState) {
  for (const [id, rollout] of all) {
    if (all.size <= rolloutsKept) return;
    if (!isLive(rollout)) all.delete(id);
  }
}
