import { parseArgs } from "node:util";
import type { Scenario } from "./scenario.ts";
import { demo } from "./scenarios/demo.ts";
import { quiet } from "./scenarios/quiet.ts";
import { saturday } from "./scenarios/saturday.ts";

export const usage = `node firmware-sim/main.ts --world <file.json> [--broker mqtt://127.0.0.1:1883] [--username demo] [--password demo]
  --scenario demo|quiet|saturday   what kind of day (demo)
  --seed <text>      same seed, same day (1)
  --speed <n>|max    times real time; max or 0: as fast as the broker acknowledges (1)
  --minutes <n>      of simulated time (until stopped)
  --start <time>     when the simulated clock starts, ISO or epoch ms (now)
  --trust <key>      whose firmware the devices take: an Ed25519 public key, base64url (nobody's)
  --truth <file>     write what truly happened, JSON Lines
  --record <file>    write every message, as "vitrine replay" reads it; without --broker nothing is published
  --http <url>       the gateway, for the simulated mirror's video
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
  trust?: string;
};

const scenarios: readonly Scenario[] = [demo, quiet, saturday];

/** The command line as options; the reason when it makes no sense. */
export function readOptions(
  args: string[],
  nowMs: number,
): { ok: true; value: SimOptions } | { ok: false; reason: string } {
  const text = { type: "string" } as const;
  let values: { [name: string]: string | boolean | undefined };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        ...{ world: text, broker: text, username: text, password: text, scenario: text, seed: text, speed: text },
        ...{ minutes: text, start: text, truth: text, record: text, http: text, trust: text },
        "no-video": { type: "boolean" },
      },
    }));
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
  const said = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
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
  const trust = said("trust");
  const http = values["no-video"] === true ? undefined : said("http");
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
      ...(broker ? { broker } : {}),
      ...(truth ? { truth } : {}),
      ...(record ? { record } : {}),
      ...(http ? { http } : {}),
      ...(trust ? { trust } : {}),
    },
  };
}

function readTime(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return nowMs;
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
