import type { DevicesState } from "./devices.ts";
import { type DevicesPlan, placeExists } from "./seats.ts";

/** Its place went with the configuration: it waits for a new one. */
export function settlePlace(state: DevicesState, deviceId: string, plan: DevicesPlan) {
  const device = state.devices.get(deviceId);
  if (!device?.place || device.state === "retired") return;
  const isThere = placeExists(plan, device.place);
  if (isThere && device.state === "pending") {
    device.state = "unseen";
    delete device.note;
  }
  if (isThere) return void state.pending.delete(deviceId);
  device.state = "pending";
  device.note = `The ${device.place.at} ${device.place.id} is no longer in the configuration.`;
  state.pending.add(deviceId);
}
