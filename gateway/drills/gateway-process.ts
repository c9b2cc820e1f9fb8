import { pagesFolder } from "../commands/setting.ts";
import { createGateway } from "../gateway.ts";
import { createLog } from "../log.ts";
import { shopConfigForDrill } from "./drill-config.ts";

// A gateway in a process of its own, to be killed or stopped: node gateway/drills/gateway-process.ts DATA_FOLDER
const [dataFolder = ""] = process.argv.slice(2);
const gateway = await createGateway({
  loaded: shopConfigForDrill(),
  dataFolder,
  pagesFolder,
  log: createLog("warn"),
  demo: true,
  host: "127.0.0.1",
});
process.on("SIGTERM", async () => {
  await gateway.close();
  process.exit();
});
const { url, mqttPort } = await gateway.start();
console.log(JSON.stringify({ url, mqttPort }));
