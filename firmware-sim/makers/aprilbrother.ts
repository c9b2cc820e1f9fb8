import { bareAddress, type Maker } from "./maker.ts";
import { encodeMsgpack } from "./msgpack.ts";

/** AB BLE Gateway V4: a map in MessagePack, each device `advert type | address 6 | rssi | AD…` (AprilBrother's user guide of the V4). */
export const aprilbrother: Maker<"ear"> = {
  role: "ear",
  everyMs: 1_000,
  voice({ address, random }) {
    const mac = bareAddress(address);
    const ip = `192.168.1.${random.integer(20, 240)}`;
    let mid = 0;
    return {
      say(heard, { uptimeMs }) {
        const devices = heard.map(({ mac: sender, rssi, data }) =>
          Buffer.concat([
            Buffer.from([0x00]),
            Buffer.from(bareAddress(sender), "hex"),
            Buffer.from([rssi & 0xff]),
            Buffer.from(data, "hex"),
          ]),
        );
        const time = Math.floor(uptimeMs / 1_000);
        const payload = encodeMsgpack({ v: "1.5.3", mid: mid++ % 0x10000, time, ip, mac, rssi: -51, devices });
        return [{ topic: `aprilbrother/${mac}/adverts`, payload }];
      },
    };
  },
};
