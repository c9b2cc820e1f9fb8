import type { Rollout } from "#wire/views.ts";
import { kinds } from "./naming.ts";

type Mark = "stop" | "wait" | "fine" | "unseen";
type DeviceState = Rollout["devices"][number]["state"];

const manyOf = (kind: Rollout["kind"]) => kinds.find((one) => one.kind === kind)?.many.toLowerCase() ?? kind;

/** "1.5.0 for scales". */
export const rolloutTitle = ({ version, kind }: Pick<Rollout, "version" | "kind">) => `${version} for ${manyOf(kind)}`;

export const rolloutMark: Record<Rollout["state"], Mark> = {
  running: "wait",
  halted: "stop",
  "rolling-back": "stop",
  "rolled-back": "unseen",
  done: "fine",
};

/** How a roll-out stands, in one to three sentences. */
export function rolloutWords(rollout: Rollout): string {
  const { state, stages, stage, why, devices } = rollout;
  const all = devices.length;
  const healthy = devices.filter((one) => one.state === "healthy").length;
  const because = why ? `${why.trim().replace(/[.!?]$/, "")}. ` : "";
  const have = `${healthy} of ${all} run it and are well.`;
  switch (state) {
    case "running":
      return `Stage ${stage + 1} of ${stages.length}, up to ${stages[stage] ?? 100} % of them. ${have}`;
    case "halted":
      return `Halted. ${because}No other device is asked, and ${healthy === 1 ? "one keeps it" : `${healthy} keep it`}.`;
    case "rolling-back":
      return `Halted, and going back. ${because}Those that have it are asked for their old one.`;
    case "rolled-back":
      return `Halted and gone back. ${because}They run what they ran before.`;
    case "done":
      return `Done. ${have}`;
  }
}

export const deviceMark: Record<DeviceState, Mark> = {
  waiting: "unseen",
  asked: "wait",
  updated: "wait",
  healthy: "fine",
  failed: "stop",
  "rolled-back": "unseen",
};
export const deviceWords: Record<DeviceState, string> = {
  waiting: "not asked yet",
  asked: "asked, and busy with it",
  updated: "runs it, being watched",
  healthy: "runs it and is well",
  failed: "could not",
  "rolled-back": "runs the old one again",
};

/** Those that need a look first. */
export function byTrouble(a: Rollout["devices"][number], b: Rollout["devices"][number]): number {
  const order: DeviceState[] = ["failed", "asked", "updated", "rolled-back", "waiting", "healthy"];
  return order.indexOf(a.state) - order.indexOf(b.state) || a.id.localeCompare(b.id, undefined, { numeric: true });
}
