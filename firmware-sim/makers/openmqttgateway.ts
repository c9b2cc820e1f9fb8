import type { Heard } from "../radio.ts";
import { bareAddress, type Maker, retainedText, willText } from "./maker.ts";

/**
 * OpenMQTTGateway on an ESP32 (1technophile/OpenMQTTGateway docs/use/ble.md): what Theengs' decoder knows is sent decoded,
 * everything else as the parts of its advert.
 */
export const openmqttgateway: Maker<"ear"> = {
  role: "ear",
  everyMs: 1_000,
  voice({ name }) {
    return {
      will: () => willText(`home/${name}/LWT`, "offline"),
      greet: () => [retainedText(`home/${name}/LWT`, "online")],
      say: (heard) =>
        heard.map((advert) => ({
          topic: `home/${name}/BTtoMQTT/${bareAddress(advert.mac)}`,
          payload: JSON.stringify({
            id: advert.mac.toUpperCase(),
            mac_type: advert.random ? 1 : 0,
            rssi: advert.rssi,
            ...contents(advert),
          }),
        })),
    };
  },
};

function contents({ frame, data }: Heard): object {
  switch (frame?.is) {
    case "ibeacon": {
      const { uuid, major, minor, powerDbm: txpower } = frame;
      const kind = { brand: "GENERIC", model: "iBeacon", model_id: "IBEACON", mfid: "4c00" };
      return { ...kind, uuid: uuid.replaceAll("-", ""), major, minor, txpower };
    }
    case "ruuvi": {
      const { tempC: tempc, humidity: hum, pressureHpa: pres, volts: volt } = frame;
      const kind = { brand: "Ruuvi", model: "RuuviTag RAWv2", model_id: "RuuviTag_RAWv2" };
      return { ...kind, tempc, tempf: Math.round((tempc * 9) / 5 + 32), hum, pres, volt };
    }
    default:
      return parts(Buffer.from(data, "hex"));
  }
}

/** Manufacturer data, and service data without its 16 bit UUID, which has a field of its own. */
function parts(advert: Buffer): object {
  const found: { manufacturerdata?: string; servicedata?: string; servicedatauuid?: string } = {};
  for (let at = 0; at + 1 < advert.length; at += 1 + (advert[at] ?? 0)) {
    const body = advert.subarray(at + 2, at + 1 + (advert[at] ?? 0));
    if (advert[at + 1] === 0xff) found.manufacturerdata = body.toString("hex");
    if (advert[at + 1] !== 0x16) continue;
    found.servicedata = body.subarray(2).toString("hex");
    found.servicedatauuid = `0x${body.readUInt16LE().toString(16).padStart(4, "0")}`;
  }
  return found;
}
