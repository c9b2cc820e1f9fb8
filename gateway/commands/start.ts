import { parseArgs } from "node:util";
import type { StoreConfig } from "#wire/store-config.ts";
import { runGateway } from "./run-gateway.ts";
import { dataFolderOf, loadOrExit } from "./setting.ts";

export async function run(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: "string" },
      data: { type: "string" },
      lan: { type: "boolean" },
      "no-video": { type: "boolean" },
    },
  });
  const loaded = loadOrExit(values.config);
  const lan = values.lan ?? false;
  const dataFolder = dataFolderOf(values.data);
  const { gateway, mqttUrl } = await runGateway({
    loaded,
    lan,
    demo: false,
    video: !values["no-video"],
    dataFolder,
  });
  console.log(`Vitrine runs for ${loaded.config.store.name}, ${loaded.config.store.address}.`);
  const devices = { label: "Devices (MQTT)", href: mqttUrl };
  for (const { label, href } of [...gateway.links(), devices]) console.log(`  ${label.padEnd(20)} ${href}`);
  if (!lan) console.log("Listening on this computer only. With --lan the shop's network can reach it.");
  else if (loaded.config.tls === undefined) console.log(lanNotes);
  else {
    const { caFingerprint } = await import("../tls/own-ca.ts");
    console.log(tlsNotes(loaded.config, caFingerprint(dataFolder)));
  }
}

function tlsNotes({ tls, http }: StoreConfig, fingerprint = ""): string {
  const isOwn = tls === "own" || tls?.cert === undefined;
  const plain = http.plainPort === undefined ? "" : ` (or plain, on port ${http.plainPort})`;
  const trust = "Phones, mirrors and devices trust its certificates once they have /ca.crt from here";
  return [
    "",
    "Devices and people need credentials here: vitrine device add ID, vitrine staff invite ID.",
    ...(isOwn
      ? [`The gateway is its own certificate authority. ${trust}${plain}.`, `Its SHA-256: ${fingerprint}`]
      : []),
  ].join("\n");
}

const lanNotes = `
Devices and people need credentials here: vitrine device add ID, vitrine staff add ID.
The pages are served over http: joining, offers and watching work. A mirror's camera and passkeys need https ("tls: own"
in the configuration) or a browser on this machine itself (http://localhost).`;
