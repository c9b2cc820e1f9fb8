import type { Heard } from "../radio.ts";
import { bareAddress, type Maker, type VoiceOptions } from "./maker.ts";

/** Minew G1, G2 and MG3: the same radio, as JSON-LONG and as BINARY-LONG (layout as reelyactive/barnowl-minew reads it). */
const topicOf = ({ address }: VoiceOptions) => `minew/${bareAddress(address)}/status`;

export const minewJson: Maker<"ear"> = {
  role: "ear",
  everyMs: 1_000,
  voice(options) {
    return {
      say(heard, { nowMs }) {
        const gateway = {
          timestamp: new Date(nowMs).toISOString(),
          type: "Gateway",
          mac: bareAddress(options.address),
          gatewayFree: 89,
          gatewayLoad: 0.03,
        };
        return [{ topic: topicOf(options), payload: JSON.stringify([gateway, ...heard.map(entry)]), qos: 1 }];
      },
    };
  },
};

function entry({ frame, mac, rssi, data, at }: Heard): object {
  const common = { timestamp: new Date(at).toISOString(), mac: bareAddress(mac), rssi };
  if (frame?.is !== "ibeacon") return { ...common, type: "Unknown", bleName: "", rawData: data.toUpperCase() };
  const { uuid, major: ibeaconMajor, minor: ibeaconMinor, powerDbm: ibeaconTxPower } = frame;
  const ibeaconUuid = uuid.replaceAll("-", "").toUpperCase();
  return {
    ...common,
    type: "iBeacon",
    bleName: "",
    ibeaconUuid,
    ibeaconMajor,
    ibeaconMinor,
    ibeaconTxPower,
    battery: 0,
  };
}

export const minewBinary: Maker<"ear"> = {
  role: "ear",
  everyMs: 1_000,
  voice: (options) => ({
    say: (heard) => [{ topic: topicOf(options), payload: encodeMinewLong(options.address, heard), qos: 1 }],
  }),
};

/** `BB 01 | total length 4 | gateway 6 | devices 2 | { address 6 | packets 2 | { length 1 | AD… | response 1 | rssi }… }… | DD`, big-endian. */
export function encodeMinewLong(gateway: string, heard: readonly Heard[]): Buffer {
  const senders = Map.groupBy(heard, ({ mac }) => mac);
  const devices = [...senders].map(([mac, packets]) =>
    Buffer.concat([
      Buffer.from(bareAddress(mac), "hex"),
      short(packets.length),
      ...packets.map(({ data, rssi, random }) => {
        const advert = Buffer.from(data, "hex");
        return Buffer.concat([Buffer.from([advert.length]), advert, Buffer.from([random ? 0x02 : 0x00, rssi & 0xff])]);
      }),
    ]),
  );
  const body = Buffer.concat([Buffer.from(bareAddress(gateway), "hex"), short(devices.length), ...devices]);
  const total = Buffer.alloc(4);
  total.writeUInt32BE(2 + 4 + body.length + 1);
  return Buffer.concat([Buffer.from([0xbb, 0x01]), total, body, Buffer.from([0xdd])]);
}

function short(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
