import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MediaStatus } from "#wire/views.ts";
import { createLog } from "../log.ts";
import { ensureDebianTools, gstreamerTools } from "./debian-packages.ts";
import { prepareMediaWorker } from "./media-worker.ts";

// What the tests need beside `npm install`: a browser, a second broker, clients that are not ours for MQTT and for video, a TURN relay,
// and the video worker, which takes about five minutes the first time on a small machine and is kept.
if (!existsSync(fileURLToPath(new URL("../../mirror-ui/dist/staff/index.html", import.meta.url)))) {
  console.error("The pages are not built. Run npm install first.");
  process.exit(1);
}
try {
  console.log("Preparing the tests: Chromium, Mosquitto, Paho's MQTT client, GStreamer, coturn and the video worker");
  await ensureDebianTools([
    "chromium",
    "mosquitto",
    "mosquitto-clients",
    "python3-paho-mqtt",
    ...gstreamerTools,
    "coturn",
  ]);
  let said = "";
  const onStatus = ({ step, progress }: MediaStatus) => {
    // one line a tenth, so that a log stays readable
    const line = `  ${step.replace(/, \d+ of \d+$/, "")}, ${Math.floor(progress * 10) * 10} %`;
    if (line !== said) console.log(line);
    said = line;
  };
  const { bin } = await prepareMediaWorker({ log: createLog("warn"), onStatus });
  console.log(`  video worker: ${bin}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
