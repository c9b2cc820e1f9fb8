import { fstatSync } from "node:fs";
import { bindKeyOf } from "./air-tags.ts";
import type { Device } from "./device.ts";
import { createDeviceLink, type DeviceLink } from "./device-link.ts";
import { foreignId } from "./foreign-plan.ts";
import { createLineFile } from "./line-file.ts";
import { countSharedPlates } from "./opening-count.ts";
import { readOptions, type SimOptions, usage } from "./options.ts";
import { recordLine } from "./record-line.ts";
import { linkKey, runSimulation } from "./run.ts";
import { createSimulation } from "./simulation.ts";
import { startVideoMirror } from "./video-process.ts";
import { readWorld } from "./world.ts";

/** Once the scales have spoken. */
const openingCountAfterMs = 4_000;

const read = readOptions(process.argv.slice(2), Date.now());
if (!read.ok) {
  console.error(`${read.reason}\n${usage}`);
  process.exit(2);
}
await simulate(read.value);

async function simulate(options: SimOptions) {
  const { seed, speed, minutes, scenario, startMs, broker } = options;
  const world = await readWorld(options.world).catch((error: Error) => {
    console.error(`cannot use the world file: ${error.message}`);
    process.exit(1);
  });
  const truth = options.truth ? createLineFile(options.truth) : undefined;
  const record = options.record ? createLineFile(options.record) : undefined;
  const simulation = createSimulation({
    ...{ world, scenario, seed, startMs, tell: (fact) => truth?.write(fact) },
    trustedKeys: options.trustedKeys,
    show: (text) => console.error(text),
    foreign: options.foreign,
    faults: options.faults,
  });
  const known = new Set([
    ...simulation.devices.map(({ deviceId }) => deviceId),
    ...simulation.tags.map(({ id }) => id),
  ]);
  const lost = options.foreign.find((plan) => !known.has(foreignId(plan)));
  if (lost) {
    console.error(`this shop has no place ${lost.place} for ${foreignId(lost)}`);
    process.exit(1);
  }
  for (const { id, mac } of simulation.tags.filter((tag) => tag.id.startsWith("bthome-scale-encrypted"))) {
    console.error(`${id}: address ${mac}, bind key ${bindKeyOf(seed, id)}`);
  }
  const links = new Map<string, DeviceLink>();
  if (broker) openLinks(simulation.devices, { ...options, broker }, links);

  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  stopWithReader(() => stop.abort());
  const mirror = world.config.mirrors[0]?.id;
  const { http } = options;
  const video = http && options.video && mirror ? startVideoMirror(http, mirror) : undefined;
  if (http && speed > 0) setTimeout(count, openingCountAfterMs / speed, http).unref();
  async function count(url: string) {
    const problem = await countSharedPlates(simulation.shop, url);
    if (problem) console.error(`warning: ${problem}`);
  }
  const pace = speed === 0 ? "as fast as it goes" : `${speed} x real time`;
  console.error(`simulated shop "${scenario.name}": ${simulation.devices.length} devices, seed ${seed}, ${pace}`);

  await runSimulation({
    simulation,
    links,
    speed,
    minutes,
    signal: stop.signal,
    ...(record && {
      record: (message) => record.write(recordLine(message)),
    }),
  });
  video?.close();
  await Promise.all([...links.values()].map((link) => link.close()));
  await Promise.all([truth?.close(), record?.close()]);
}

/** Started by a program that reads our lines (`vitrine demo`): when it is gone, however it went, nobody else would stop us. */
function stopWithReader(stop: () => void) {
  const stdout = fstatSync(1);
  if (!stdout.isSocket() && !stdout.isFIFO()) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 1_000).unref();
}

function openLinks(
  devices: readonly Device[],
  options: SimOptions & { broker: string },
  links: Map<string, DeviceLink>,
) {
  const { broker: url, username, password } = options;
  const warn = createWarner();
  for (const device of devices) {
    links.set(linkKey(device), createDeviceLink(device, { url, username, password, warn }));
  }
}

/** When the broker goes away, every device says so: one line for all of them is enough. */
function createWarner(): (text: string) => void {
  let held = 0;
  let quiet: NodeJS.Timeout | undefined;
  return (text) => {
    if (quiet) {
      held += 1;
      return;
    }
    console.error(`warning: ${text}`);
    quiet = setTimeout(() => {
      if (held > 0) console.error(`warning: and ${held} more like it`);
      held = 0;
      quiet = undefined;
    }, 5_000).unref();
  };
}
