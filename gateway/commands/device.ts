import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { renderUnicodeCompact } from "uqr";
import { type AccountPlan, deviceUrl, formatOfId, planAccount, sayTopics } from "#wire/device-account.ts";
import type { StoreConfig } from "#wire/store-config.ts";
import { deviceKinds, type TopicKind } from "#wire/topics.ts";
import { createCredentials } from "../access/credentials.ts";
import { systemClock } from "../clock.ts";
import { housePlan } from "../house-plan.ts";
import { openOwnCa } from "../tls/own-ca.ts";
import { run as runKeys } from "./device-key.ts";
import { noteDeed } from "./note-deed.ts";
import { lanAddress } from "./run-gateway.ts";
import { dataFolderOf, loadOrExit, plain } from "./setting.ts";

const usage =
  "vitrine device add ID, device cert ID, device list, or device remove ID. Adding again gives a new password.";

/** What devices sign in with. A gateway that runs on the same data folder follows within a second. */
export async function run(args: string[]) {
  if (args[0] === "key") return runKeys(args.slice(1));
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      data: { type: "string" },
      config: { type: "string" },
      kind: { type: "string" },
      format: { type: "string" },
      name: { type: "string" },
      topic: { type: "string", multiple: true },
      listen: { type: "string", multiple: true },
      out: { type: "string" },
    },
  });
  const [action, id] = positionals;
  const dataFolder = dataFolderOf(values.data);
  const credentials = createCredentials(dataFolder);
  if (action === "list") return list(await credentials.devices());
  if (id === undefined) throw plain(usage);
  if (action === "add") {
    const loaded = loadOrExit(values.config);
    const plan = planOrExplain(id, values, loaded);
    const password = await credentials.addDevice(plan.deviceId, { grant: plan.grant, format: plan.format });
    await noteDeed(dataFolder, "device.add", plan.deviceId);
    show(plan, password, loaded.config);
  } else if (action === "cert") {
    const loaded = loadOrExit(values.config);
    const plan = planOrExplain(id, values, loaded);
    const ca = await openOwnCa(dataFolder, systemClock, loaded.config.store.name);
    const { cert, key, serial } = await ca.client(plan.deviceId);
    await credentials.addCertificate(plan.deviceId, serial, { grant: plan.grant, format: plan.format });
    await noteDeed(dataFolder, "device.cert", plan.deviceId);
    showCertificate(plan, { folder: resolve(values.out ?? "."), cert, key, caPem: ca.caPem });
  } else if (action === "remove") {
    const removed = await credentials.removeDevice(id);
    if (removed) await noteDeed(dataFolder, "device.remove", id);
    console.log(removed ? `${id} can no longer sign in.` : `${id} had no credentials.`);
  } else throw plain(usage);
}

type Wishes = { kind?: string; format?: string; name?: string; topic?: string[]; listen?: string[] };

export function planOrExplain(id: string, wishes: Wishes, loaded: ReturnType<typeof loadOrExit>): AccountPlan {
  const kind = kindOf(wishes.kind) ?? housePlan(loaded).devices.find((device) => device.id === id)?.kind;
  const format = wishes.format ?? (wishes.kind === undefined ? formatOfId(id) : "native");
  const planned = planAccount(loaded.config.store.id, {
    id,
    ...(kind === undefined ? {} : { kind }),
    ...(format === undefined ? {} : { format }),
    ...(wishes.name === undefined ? {} : { name: wishes.name }),
    says: wishes.topic ?? [],
    hears: wishes.listen ?? [],
  });
  if (planned.ok) return planned.value;
  throw plain(`${planned.reason}.\nSay what it is: --kind shelf, or --format tasmota --name NAME.`);
}

function kindOf(text: string | undefined): TopicKind | undefined {
  const kind = deviceKinds.find((candidate) => candidate === text);
  if (text !== undefined && kind === undefined) throw plain(`--kind is one of ${deviceKinds.join(", ")}.`);
  return kind;
}

function list(devices: Awaited<ReturnType<ReturnType<typeof createCredentials>["devices"]>>) {
  const entries = Object.entries(devices);
  if (entries.length === 0) console.log("No device has credentials yet.");
  for (const [id, { format = "native", hash, certificates = [], grant }] of entries) {
    const means = [...(hash ? ["password"] : []), ...(certificates.length > 0 ? ["certificate"] : [])];
    console.log(`${id}  ${format}, ${means.join(" and ")}`);
    if (grant) console.log(`  says   ${sayTopics(grant.publish)}\n  hears  ${sayTopics(grant.subscribe)}`);
  }
}

function showCertificate(plan: AccountPlan, made: { folder: string; cert: string; key: string; caPem: string }) {
  const { deviceId, grant, advice } = plan;
  mkdirSync(made.folder, { recursive: true });
  const files = { cert: `${deviceId}.crt`, key: `${deviceId}.key`, ca: "ca.crt" };
  const write = (name: string, text: string, mode: number) => {
    const path = join(made.folder, name);
    rmSync(path, { force: true });
    writeFileSync(path, text, { mode, flag: "wx" });
  };
  write(files.cert, made.cert, 0o644);
  write(files.key, made.key, 0o600);
  write(files.ca, made.caPem, 0o644);
  console.log(`In ${made.folder}: ${files.cert}, ${files.key} and ${files.ca}, for ${deviceId}.`);
  console.log(`Says   ${sayTopics(grant.publish)}\nHears  ${sayTopics(grant.subscribe)}`);
  if (advice !== undefined) console.log(advice);
  console.log("Move the key to the device and delete it here. vitrine device remove takes the certificate back.");
}

function show({ deviceId, grant, advice }: AccountPlan, password: string, config: StoreConfig) {
  const secure = config.tls !== undefined;
  const host = lanAddress() ?? "127.0.0.1";
  const port = secure ? config.mqtt.tlsPort : config.mqtt.port;
  const broker = config.broker?.url ?? `${secure ? "mqtts" : "mqtt"}://${host}:${port}`;
  console.log(`Username  ${deviceId}\nPassword  ${password}\nBroker    ${broker}`);
  console.log(`Says      ${sayTopics(grant.publish)}\nHears     ${sayTopics(grant.subscribe)}`);
  if (advice !== undefined) console.log(advice);
  if (config.broker) {
    console.log("Devices sign in at that broker, with its own accounts; this password opens pages and downloads here.");
    return console.log("It is shown once. The gateway keeps only a hash of it.");
  }
  console.log(`\nWith a phone, to copy from:\n${renderUnicodeCompact(deviceUrl(broker, deviceId, password))}`);
  console.log("It is shown once. The gateway keeps only a hash of it.");
}
