import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { renderUnicodeCompact } from "uqr";
import { createTrustedKeys } from "../firmware/trusted-keys.ts";
import { openNow } from "./open-now.ts";
import { runGateway } from "./run-gateway.ts";
import { dataFolderOf, loadOrExit, root } from "./setting.ts";

/** What `npm start` runs: the gateway, and a simulated shop around it that speaks real MQTT. Loopback only. */
export async function run(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: "string" },
      data: { type: "string" },
      seed: { type: "string" },
      scenario: { type: "string" },
      "no-video": { type: "boolean" },
    },
  });
  const read = loadOrExit(values.config);
  const loaded = openNow(read, Date.now());
  const dataFolder = dataFolderOf(values.data, "data/demo");
  const video = !values["no-video"];
  let simulator: ChildProcess | undefined;
  let closing = false;

  const { gateway, log, url, mqttUrl } = await runGateway(
    { loaded, dataFolder, demo: true, lan: false, video },
    async () => {
      closing = true;
      simulator?.kill("SIGTERM");
    },
  );

  const world = join(dataFolder, "world.json");
  writeFileSync(world, JSON.stringify(loaded), { mode: 0o600 });
  const { username = "demo", password = "demo" } = loaded.config.broker ?? {};
  const simArgs = ["--world", world, "--broker", mqttUrl, "--username", username, "--password", password];
  simArgs.push(
    "--seed",
    values.seed ?? "1",
    "--scenario",
    values.scenario ?? "demo",
    "--http",
    url,
    ...(video ? [] : ["--no-video"]),
  );

  // the simulated devices take the firmware that this shop takes
  const trusted = await createTrustedKeys(dataFolder).list();
  for (const { publicKey } of trusted) simArgs.push("--trust", publicKey);

  function startSimulator() {
    // told to stop before the shop was there, or in the pause before its next try: nobody would end it
    if (closing) return;
    simulator = spawn(process.execPath, [join(root, "firmware-sim", "main.ts"), ...simArgs], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (simulator.stdout) createInterface({ input: simulator.stdout }).on("line", showShare);
    simulator.once("exit", (code) => {
      // what was asked for makes no sense, and it has said why
      if (closing || code === 2) return;
      log.warn({ code }, "the simulated shop stopped; it is started again");
      setTimeout(startSimulator, 2_000);
    });
  }

  function showShare(line: string) {
    const share = readShare(line);
    if (share) console.log(`\nThe simulated mirror is on. A friend would open:\n  ${share}\n`);
  }

  console.log(
    `\nVitrine demo: ${loaded.config.store.name}, ${loaded.config.store.address}. A simulated shop, on this computer only.\n`,
  );
  if (loaded !== read) console.log("At this hour it would be closed; the demo keeps it open until midnight.\n");
  const links = gateway.links();
  for (const { label, href } of links) console.log(`  ${label.padEnd(20)} ${href}`);
  const account = loaded.config.broker ? "" : "  account demo, password demo";
  console.log(`  ${"Devices (MQTT)".padEnd(20)} ${mqttUrl}${account}\n`);
  const phone = links.find(({ href }) => href.includes("/phone"));
  if (phone)
    console.log(
      `Join as the shopper with basket 1, who walks through the shop:\n${renderUnicodeCompact(phone.href)}\n`,
    );
  startSimulator();
}

function readShare(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("share" in value)) return undefined;
    return typeof value.share === "string" ? value.share : undefined;
  } catch {
    return undefined;
  }
}
