import { createHash, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { encodeBundle, type Manifest, maxImageBytes, openManifest, signManifest } from "#wire/firmware.ts";
import { deviceKinds } from "#wire/topics.ts";
import type { FirmwareImage, Rollout } from "#wire/views.ts";
import { createFirmware } from "../firmware/images.ts";
import { noteDeed } from "./note-deed.ts";
import { askGateway } from "./own-gateway.ts";
import { codeOf, dataFolderOf, isLocked, plain } from "./setting.ts";

const usage = `vitrine firmware keygen NAME                 a key pair: NAME.private.pem and NAME.public.txt
vitrine firmware trust NAME FILE             take firmware signed by this public key
vitrine firmware distrust NAME               no longer
vitrine firmware keys                        whose firmware is taken
vitrine firmware sign IMAGE --version V --kind KIND --key PRIVATE.pem [--model M] [--min-version V] [--out FILE]
vitrine firmware add FILE [--force]          keep a signed image; --force: although a newer one is here
vitrine firmware list
vitrine firmware rollout V --kind KIND [--stages 5,25,100] [--soak SECONDS] [--force]
vitrine firmware halt ID [--roll-back]
vitrine firmware status
The last three ask the running gateway: of another machine with --url URL, and --token TOKEN or VITRINE_TOKEN.`;

const options = {
  data: { type: "string" },
  version: { type: "string" },
  kind: { type: "string" },
  key: { type: "string" },
  model: { type: "string" },
  "min-version": { type: "string" },
  out: { type: "string" },
  stages: { type: "string" },
  soak: { type: "string" },
  url: { type: "string" },
  token: { type: "string" },
  force: { type: "boolean" },
  "roll-back": { type: "boolean" },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

export async function run(args: string[]) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  const [action, first, second] = positionals;
  if (action === "keygen" && first) return keygen(first);
  if (action === "sign" && first) return sign(first, values);
  if (action === "rollout" && first) return startRollout(first, values);
  if (action === "halt" && first) return halt(first, values);
  if (action === "status") return status(values);
  const dataFolder = dataFolderOf(values.data);
  // a running gateway may need any of them for a roll-out: nothing leaves behind its back
  const firmware = createFirmware({ dataFolder, now: Date.now, isUsed: () => isLocked(dataFolder) });
  if (action === "trust" && first && second) return trust(dataFolder, first, second);
  if (action === "distrust" && first) {
    const known = await firmware.keys.distrust(first);
    if (known) await noteDeed(dataFolder, "firmware.distrust", first);
    console.log(known ? `${first} is no longer trusted, nor are images signed by it.` : `No key is called ${first}.`);
  } else if (action === "keys") {
    const keys = await firmware.keys.list();
    console.log(
      keys.length === 0 ? "Nobody's firmware is taken yet." : keys.map((k) => `${k.name}  ${k.publicKey}`).join("\n"),
    );
  } else if (action === "add" && first) {
    const { kind, version } = await add(firmware, first, values.force ?? false);
    await noteDeed(dataFolder, "firmware", `${version} for ${kind} devices`);
  } else if (action === "list") {
    const images = await firmware.list();
    console.log(images.length === 0 ? "No image is here yet." : images.map(lineOf).join("\n"));
  } else throw plain(usage);
}

async function keygen(name: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  await writeNew(`${name}.private.pem`, pem.toString(), 0o600);
  await writeNew(`${name}.public.txt`, `${publicKey.export({ format: "jwk" }).x}\n`, 0o644);
  console.log(`${name}.private.pem signs firmware: keep it away from the gateway and from anybody else.`);
  console.log(`${name}.public.txt goes to every gateway: vitrine firmware trust ${basename(name)} ${name}.public.txt`);
}

/** Never over another key: what it signed could not be made again. */
async function writeNew(path: string, text: string, mode: number) {
  await writeFile(path, text, { mode, flag: "wx" }).catch((error: unknown) => {
    throw codeOf(error) === "EEXIST" ? plain(`${path} is there already. Nothing was changed.`) : error;
  });
}

async function trust(dataFolder: string, name: string, file: string) {
  const publicKey = (await readOrSay(file)).toString("utf8").trim();
  const wrong = await createFirmware({ dataFolder, now: Date.now }).keys.trust(name, publicKey);
  if (wrong !== undefined) throw plain(`${file}: ${wrong}.`);
  await noteDeed(dataFolder, "firmware.trust", name);
  console.log(`Firmware signed by ${name} is taken from now on.`);
}

async function sign(file: string, values: Values) {
  const { version, model } = values;
  const kind = deviceKinds.find((known) => known === values.kind);
  if (!version || !kind || !values.key)
    throw plain(`--version, --kind (${deviceKinds.join(", ")}) and --key are needed.`);
  const image = await readOrSay(file);
  if (image.byteLength > maxImageBytes) throw plain(`${file} is larger than ${maxImageBytes} bytes.`);
  const minVersion = values["min-version"];
  const manifest: Manifest = {
    ...{ version, kind, sizeBytes: image.byteLength, createdAt: Date.now() },
    sha256: createHash("sha256").update(image).digest("hex"),
    ...(model === undefined ? {} : { model }),
    ...(minVersion === undefined ? {} : { minVersion }),
  };
  const privateKey = createPrivateKey(await readOrSay(values.key));
  if (privateKey.asymmetricKeyType !== "ed25519") throw plain(`${values.key} is no Ed25519 key.`);
  const signed = signManifest(manifest, privateKey);
  // a version or model that no gateway would read is better found here
  const opened = openManifest(signed, [privateKey.export({ format: "jwk" }).x ?? ""]);
  if (!opened.ok) throw plain(`This cannot be signed: ${opened.reason}.`);
  const out = values.out ?? `${file}.firmware`;
  await writeFile(out, encodeBundle(signed, image));
  console.log(`${out}: ${version} for ${kind} devices, ${image.byteLength} bytes, signed.`);
}

async function add(firmware: ReturnType<typeof createFirmware>, file: string, force: boolean) {
  await firmware.start();
  const result = await firmware.add(await readOrSay(file), { force });
  if (!result.ok) throw plain([result.problem.title, result.problem.detail].filter(Boolean).join(" "));
  console.log(`${result.isNew ? "Kept" : "Was here already"}: ${lineOf(result.value)}`);
  return result.value;
}

async function startRollout(version: string, values: Values) {
  const body = {
    ...{ version, kind: values.kind },
    ...(values.stages === undefined ? {} : { stages: values.stages.split(",").map(Number) }),
    ...(values.soak === undefined ? {} : { soakMs: Number(values.soak) * 1_000 }),
    ...(values.force ? { force: true } : {}),
  };
  const rollout = await ask<Rollout>("POST", "/api/v1/rollouts", values, body);
  console.log(
    `Roll-out ${rollout.id} of ${version} has begun: ${rollout.devices.length} devices, stages ${rollout.stages.join(", ")} %.`,
  );
}

async function halt(id: string, values: Values) {
  const body = { rollBack: values["roll-back"] ?? false };
  const rollout = await ask<Rollout>("POST", `/api/v1/rollouts/${encodeURIComponent(id)}/halt`, values, body);
  console.log(`Roll-out ${rollout.id} is ${rollout.state}. Nobody else is asked.`);
}

async function status(values: Values) {
  const rollouts = await ask<Rollout[]>("GET", "/api/v1/rollouts", values);
  if (rollouts.length === 0) console.log("There was no roll-out yet.");
  for (const { id, version, kind, state, stage, stages, why, devices } of rollouts) {
    console.log(
      `${id}  ${version} for ${kind}  ${state}, stage ${stage + 1} of ${stages.length}${why ? `: ${why}` : ""}`,
    );
    for (const device of devices)
      console.log(`  ${device.id}  ${device.state}${device.detail ? `  ${device.detail}` : ""}`);
  }
}

/** The running gateway, as an engineer. */
async function ask<T>(method: string, path: string, way: Values, body?: object): Promise<T> {
  const init = {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  };
  const response = await askGateway(path, init, way);
  const answer = await response.json();
  if (response.ok) return answer;
  throw plain([answer.title, answer.detail].filter(Boolean).join(" ") || `The gateway refused (${response.status}).`);
}

async function readOrSay(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw plain(`${file} cannot be read (${codeOf(error)}).`);
  });
}

function lineOf({ version, kind, model, sizeBytes, addedAt }: FirmwareImage): string {
  const since = new Date(addedAt).toISOString().slice(0, 10);
  return `${version}  ${kind}${model === undefined ? "" : ` (${model})`}  ${sizeBytes} bytes  since ${since}`;
}
