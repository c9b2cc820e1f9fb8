import type { Command } from "#wire/commands.ts";
import { compareVersions, versionOf } from "#wire/versions.ts";
import type { EventOf, RolloutPace } from "../events.ts";
import type { Context, Decision, Problem } from "../room.ts";
import { isLive, type Rollout, type RolloutsState } from "./rollouts.ts";

type Start = Extract<Command, { command: "rollout.start" }>;
type Halt = Extract<Command, { command: "rollout.halt" }>;
type Candidate = { id: string; firmware?: string };
type Planned = EventOf<"rollout-started">["devices"][number];

export const usualStages = [5, 25, 100];
export const usualPace: RolloutPace = { soakMs: 300_000, backMs: 120_000, patienceMs: 600_000, atOnce: 10 };

/** `candidates`: adopted devices of this kind that understand updates. */
export function decideRolloutStart(
  state: RolloutsState,
  command: Start,
  candidates: readonly Candidate[],
  context: Context,
): Decision<{ rolloutId: string }> {
  const { version, kind, by } = command;
  const stages = command.stages ?? usualStages;
  const problem = whyNotStages(stages) ?? whyNotNow(state, command);
  if (problem) return { ok: false, problem };
  const { now } = context;
  const rolloutId = context.derive(`rollout ${state.started} ${kind} ${version} ${now}`).slice(0, 16);
  const devices = planned(command, { rolloutId, stages, candidates }, context);
  if (!devices.some(({ detail }) => detail === undefined)) {
    const detail = devices.length > 0 ? "Those there are cannot take it in one step." : undefined;
    return { ok: false, problem: detail === undefined ? nobody : { ...nobody, detail } };
  }
  const pace = { ...usualPace, ...command.pace };
  return {
    ok: true,
    events: [{ ...{ type: "rollout-started", at: now, rolloutId, version, kind }, stages, devices, pace, by }],
    value: { rolloutId },
  };
}

/** Whoever has this version, or a newer one, is left alone. The order depends on the roll-out only, and looks like chance. */
function planned(
  { version, minVersion, force }: Start,
  about: { rolloutId: string; stages: number[]; candidates: readonly Candidate[] },
  context: Context,
): Planned[] {
  const rank = (id: string) => context.derive(`rollout ${about.rolloutId} ${id}`);
  const order = about.candidates
    .filter(({ firmware }) => firmware === undefined || versionOf(firmware) !== version)
    .filter(({ firmware }) => force || firmware === undefined || compareVersions(firmware, version) <= 0)
    .map((candidate) => ({ ...candidate, rank: rank(candidate.id) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const isTooOld = (firmware: string | undefined) =>
    minVersion !== undefined && firmware !== undefined && compareVersions(firmware, minVersion) < 0;
  const able = order.filter(({ firmware }) => !isTooOld(firmware)).length;
  let index = 0;
  return order.map(({ id, firmware }) => {
    const from = firmware === undefined ? {} : { from: firmware };
    if (isTooOld(firmware)) return { id, stage: 0, ...from, detail: `It needs ${minVersion} first.` };
    return { id, stage: stageOf(index++, able, about.stages), ...from };
  });
}

/** At least one device is in the first stage; the last takes all that are left. */
function stageOf(index: number, count: number, stages: number[]): number {
  const stage = stages.findIndex((percent) => index < Math.max(1, Math.ceil((count * percent) / 100)));
  return stage < 0 ? stages.length - 1 : stage;
}

/** By hand. Whoever is in the middle of it finishes; nobody else is asked. */
export function decideRolloutHalt(state: RolloutsState, command: Halt, now: number): Decision {
  const rollout = state.rollouts.get(command.rolloutId);
  if (!rollout)
    return { ok: false, problem: { status: 404, type: "unknown-rollout", title: "There is no such roll-out." } };
  const mayHalt = rollout.state === "running" || (command.rollBack && ["halted", "done"].includes(rollout.state));
  if (!mayHalt) return { ok: false, problem: over(rollout) };
  const { rollBack, by } = command;
  const why = rollout.why ?? "It was halted by hand.";
  return {
    ok: true,
    events: [
      {
        ...{ type: "rollout-changed", at: now, rolloutId: rollout.id, state: rollBack ? "rolling-back" : "halted" },
        ...{ stage: rollout.stage, why, by },
      },
    ],
    value: {},
  };
}

function whyNotStages(stages: number[]): Problem | undefined {
  const rising = stages.every((percent, i) => percent > (stages[i - 1] ?? 0) && percent <= 100);
  if (rising && stages.at(-1) === 100) return undefined;
  return {
    ...{ status: 400, type: "bad-stages", title: "The stages do not fit." },
    detail: "Percents rise from stage to stage, and the last one is 100.",
  };
}

function whyNotNow(state: RolloutsState, { kind }: Start): Problem | undefined {
  for (const rollout of state.rollouts.values()) {
    if (rollout.kind !== kind || !isLive(rollout)) continue;
    const detail = `${rollout.version} is ${rollout.state === "running" ? "on its way" : "being taken back"}. Wait, or halt it.`;
    return {
      status: 409,
      type: "rollout-running",
      title: "Another roll-out to these devices is not over yet.",
      detail,
    };
  }
  return undefined;
}

const over = ({ state }: Rollout): Problem => ({
  ...{ status: 409, type: "rollout-over", title: "This roll-out is over already." },
  detail: `It is ${state}.`,
});
const nobody: Problem = { status: 409, type: "nobody-to-update", title: "No device is waiting for this version." };
