import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { canonicalMac } from "#wire/formats/ble-address.ts";
import { createBleKeys, maxBleKeys } from "../access/ble-keys.ts";
import { systemClock } from "../clock.ts";
import { noteDeed } from "./note-deed.ts";
import { dataFolderOf, plain } from "./setting.ts";

const usage = [
  "vitrine device key ADDRESS asks for the 32 hex digits that the sensor's app shows, or reads them from a pipe;",
  "vitrine device key ADDRESS --remove takes them away, vitrine device key lists.",
  "A KEY after the ADDRESS is taken too, but the shell remembers it and everybody on this machine can see it.",
].join(" ");

/** Keys of sealed Bluetooth sensors. A gateway that runs on the same data folder follows within a second or two. */
export async function run(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { data: { type: "string" }, remove: { type: "boolean" } },
  });
  const [address, typed] = positionals;
  const dataFolder = dataFolderOf(values.data);
  const keys = createBleKeys(dataFolder);
  if (address === undefined) {
    const macs = await keys.macs();
    console.log(macs.length === 0 ? "No sensor has a key yet." : macs.join("\n"));
    return;
  }
  const mac = canonicalMac(address);
  if (mac === undefined) throw plain(`"${address}" is no Bluetooth address, such as 54:48:e6:8f:80:a5. ${usage}`);
  if (values.remove) {
    const removed = await keys.remove(mac);
    if (removed) await noteDeed(dataFolder, "device.key.remove", mac);
    console.log(removed ? `${mac} has no key any more.` : `${mac} had no key.`);
    return;
  }
  const key = typed === undefined || typed === "-" ? await readKey() : typed;
  if (!/^[0-9a-f]{32}$/i.test(key)) throw plain(`A key has 32 hex digits. ${usage}`);
  if ((await keys.set(mac, key, systemClock.now())) === "full")
    throw plain(`No more than ${maxBleKeys} sensors can have keys.`);
  await noteDeed(dataFolder, "device.key", mac);
  console.log(`${mac} is read with this key now. Its count begins anew.`);
}

/** The first line of stdin: what stands in the arguments, `ps` and the shell's history show. */
async function readKey(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write("Key: ");
  const input = createInterface({ input: process.stdin });
  try {
    for await (const line of input) return line.trim();
    return "";
  } finally {
    input.close();
    process.stdin.unref?.();
  }
}
