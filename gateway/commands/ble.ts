import { parseArgs } from "node:util";
import { runBleReceiver } from "../ble/run-ble-receiver.ts";
import { createLog } from "../log.ts";
import { loadOrExit, onStop, plain } from "./setting.ts";

export async function run(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: "string" },
      store: { type: "string" },
      device: { type: "string" },
      broker: { type: "string" },
      username: { type: "string" },
      adapter: { type: "string" },
    },
  });
  const { device } = values;
  if (!device) throw plain("vitrine ble needs --device, the id of a receiver in the configuration");
  const password = process.env.VITRINE_MQTT_PASSWORD;
  const receiver = await runBleReceiver({
    brokerUrl: values.broker ?? "mqtt://127.0.0.1:1883",
    username: values.username ?? device,
    ...(password === undefined ? {} : { password }),
    storeId: values.store ?? loadOrExit(values.config).config.store.id,
    deviceId: device,
    ...(values.adapter === undefined ? {} : { adapter: Number(values.adapter) }),
    log: createLog().child("ble"),
  });
  onStop(receiver.close);
  process.exit(await receiver.finished);
}
