import { foreignDeviceId } from "./formats/device-id.ts";
import type { RequestCommand } from "./requests.ts";
import { espresenseDeviceId } from "./topics.ts";

/**
 * How other makers' devices are asked, where they document a way and it is one message. None of them answers, so that a
 * request ends when it is sent. A new maker is a line here.
 *
 * tasmota: https://tasmota.github.io/docs/Commands/#control (Restart 1) ·
 * shelly: Gen2 RPC over MQTT, `<prefix>/rpc`, Shelly.Reboot ·
 * espresense: `restart/set` of a room ·
 * openmqttgateway: https://docs.openmqttgateway.com/use/gateway.html (restart the ESP)
 */
type Way = { nameOf(deviceId: string): string | undefined; topic(name: string): string; payload: string };
const makers: Record<string, Partial<Record<RequestCommand, Way>>> = {
  tasmota: {
    reboot: { nameOf: named("tasmota"), topic: (name) => `cmnd/${name}/Restart`, payload: "1" },
  },
  shelly: {
    reboot: {
      nameOf: (deviceId) => (/^shelly[a-z0-9]{1,24}-[0-9a-f]{6,12}$/.test(deviceId) ? deviceId : undefined),
      topic: (name) => `${name}/rpc`,
      payload: JSON.stringify({ id: 1, src: "vitrine", method: "Shelly.Reboot" }),
    },
  },
  espresense: {
    reboot: {
      nameOf: espresenseRoom,
      topic: (room) => `espresense/rooms/${room}/restart/set`,
      payload: "PRESS",
    },
  },
  openmqttgateway: {
    reboot: {
      nameOf: named("openmqttgateway"),
      topic: (name) => `home/${name}/commands/MQTTtoSYS/config`,
      payload: JSON.stringify({ cmd: "restart" }),
    },
  },
};

/** undefined: this maker's device takes no such request, or its own name cannot be told from its id. */
export function makersRequest(
  format: string,
  deviceId: string,
  command: RequestCommand,
): { topic: string; payload: string } | undefined {
  const way = Object.hasOwn(makers, format) ? makers[format]?.[command] : undefined;
  const name = way?.nameOf(deviceId);
  return way && name !== undefined ? { topic: way.topic(name), payload: way.payload } : undefined;
}

/** An id that was respelt carries a mark, and says no longer how its device is really called. */
function named(maker: string) {
  return (deviceId: string): string | undefined => {
    if (!deviceId.startsWith(`${maker}-`)) return undefined;
    const name = deviceId.slice(maker.length + 1);
    const again = foreignDeviceId(maker, [name]);
    return again.ok && again.value === deviceId ? name : undefined;
  };
}

/** Rooms are free text, and hyphens in the id may stand for anything. */
function espresenseRoom(deviceId: string): string | undefined {
  const room = deviceId.replace(/^espresense-/, "");
  return /^[A-Za-z0-9_]{1,39}$/.test(room) && espresenseDeviceId(room) === deviceId ? room : undefined;
}
