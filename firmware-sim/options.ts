import { parseArgs } from "node:util";
import { tagMakers } from "./air-tags.ts";
import { type Fault, readFault } from "./faults.ts";
import { type ForeignPlan, readForeignPlan } from "./foreign-plan.ts";
import { makers } from "./makers/makers.ts";
import type { Scenario } from "./scenario.ts";
import { demo } from "./scenarios/demo.ts";
import { mixed } from "./scenarios/mixed.ts";
import { quiet } from "./scenarios/quiet.ts";
import { saturday } from "./scenarios/saturday.ts";

export const usage = `node firmware-sim/main.ts --world <file.json> [--broker mqtt://127.0.0.1:1883] [--username demo] [--password demo]
  --scenario demo|quiet|saturday|mixed   what kind of day (demo)
  --device [+]maker:name@place     a device of another maker instead of ours, or + beside it; as often as you like
  --fault device=kind[:amount]     what goes wrong; as often as you like (README.md lists makers, places and kinds)
  --seed <text>      same seed, same day (1)
  --speed <n>|max    times real time; max or 0: as fast as the broker acknowledges (1)
  --minutes <n>      of simulated time (until stopped)
  --start <time>     when the simulated clock starts, ISO or epoch ms (now)
  --trust <key>      whose firmware the devices take: an Ed25519 public key, base64url; as often as you like (nobody's)
  --truth <file>     write what truly happened, JSON Lines
  --record <file>    write every message, as "vitrine replay" reads it; without --broker nothing is published
  --http <url>       the gateway, for the simulated mirror's video and the opening count of plates that products share
  --no-video         no video`;

export type SimOptions = {
  world: string;
  broker?: string;
  username: string;
  password: string;
  scenario: Scenario;
  seed: string;
  speed: number;
  minutes: number;
  startMs: number;
  truth?: string;
  record?: string;
  http?: string;
  video: boolean;
  /** Ed25519 public keys, base64url. */
  trustedKeys: string[];
  foreign: ForeignPlan[];
  faults: Fault[];
};

const scenarios: readonly Scenario[] = [demo, quiet, saturday, mixed];

/** The command line as options; the reason when it makes no sense. */
export function readOptions(
  args: string[],
  nowMs: number,
): { ok: true; value: SimOptions } | { ok: false; reason: string } {
  const text = { type: "string" } as const;
  const several = { type: "string", multiple: true } as const;
  let values: { [name: string]: string | boolean | (string | boolean)[] | undefined };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        ...{ world: text, broker: text, username: text, password: text, scenario: text, seed: text, speed: text },
        ...{ minutes: text, start: text, truth: text, record: text, http: text },
        ...{ device: several, fault: several, trust: several },
        "no-video": { type: "boolean" },
      },
    }));
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
  const said = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
  const each = (name: string) => [values[name] ?? []].flat().map(String);
  const foreign = allOf(each("device"), readForeignPlan);
  if (!foreign.ok) return foreign;
  const stranger = foreign.value.find(({ maker }) => !isMaker(maker));
  if (stranger)
    return { ok: false, reason: `no maker is called ${stranger.maker}; there are ${makerNames().join(", ")}` };
  const faults = allOf(each("fault"), readFault);
  if (!faults.ok) return faults;
  const world = said("world");
  const name = said("scenario") ?? "demo";
  const scenario = scenarios.find((candidate) => candidate.name === name);
  const speed = said("speed") === "max" ? 0 : Number(said("speed") ?? 1);
  const minutes = Number(said("minutes") ?? Number.POSITIVE_INFINITY);
  const startMs = readTime(said("start"), nowMs);
  if (!world) return { ok: false, reason: "--world is missing" };
  if (!scenario) return { ok: false, reason: `no scenario is called ${name}` };
  if (!(speed >= 0 && speed <= 1_000)) return { ok: false, reason: "--speed is 0..1000 or max" };
  if (!(minutes > 0)) return { ok: false, reason: "--minutes is a number above 0" };
  if (startMs === undefined) return { ok: false, reason: "--start is an ISO time or epoch ms" };

  const record = said("record");
  const broker = said("broker") ?? (record ? undefined : "mqtt://127.0.0.1:1883");
  const truth = said("truth");
  const http = said("http");
  return {
    ok: true,
    value: {
      world,
      username: said("username") ?? "demo",
      password: said("password") ?? "demo",
      scenario,
      seed: said("seed") ?? "1",
      speed,
      minutes,
      startMs,
      foreign: foreign.value,
      faults: faults.value,
      trustedKeys: each("trust"),
      ...(broker ? { broker } : {}),
      ...(truth ? { truth } : {}),
      ...(record ? { record } : {}),
      video: values["no-video"] !== true,
      ...(http ? { http } : {}),
    },
  };
}

function allOf<T>(
  texts: string[],
  read: (text: string) => { ok: true; value: T } | { ok: false; reason: string },
): { ok: true; value: T[] } | { ok: false; reason: string } {
  const value: T[] = [];
  for (const text of texts) {
    const one = read(text);
    if (!one.ok) return one;
    value.push(one.value);
  }
  return { ok: true, value };
}

function makerNames(): string[] {
  return [...Object.values(makers).flatMap((byName) => Object.keys(byName)), ...Object.keys(tagMakers)];
}
const isMaker = (name: string) => makerNames().includes(name);

function readTime(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return nowMs;
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
