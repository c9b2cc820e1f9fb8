import { parseArgs } from "node:util";
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
  const { gateway, mqttUrl } = await runGateway({
    loaded,
    lan,
    demo: false,
    video: !values["no-video"],
    dataFolder: dataFolderOf(values.data),
  });
  console.log(`Vitrine runs for ${loaded.config.store.name}, ${loaded.config.store.address}.`);
  const devices = { label: "Devices (MQTT)", href: mqttUrl };
  for (const { label, href } of [...gateway.links(), devices]) console.log(`  ${label.padEnd(20)} ${href}`);
  if (!lan) console.log("Listening on this computer only. With --lan the shop's network can reach it.");
  else console.log(lanNotes);
}

const lanNotes = `
Devices and people need credentials here: vitrine device add ID, vitrine staff add ID.
Without a trusted certificate the pages are served over http: joining, offers and watching work. A mirror's camera needs
https or a browser on this machine itself (http://127.0.0.1).`;
