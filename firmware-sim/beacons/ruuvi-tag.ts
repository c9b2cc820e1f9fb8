import type { Advert, Frame } from "./frame.ts";

/** RuuviTag RAWv2, manufacturer 0x0499, big-endian (ruuvi/docs data-format-5-rawv2.md). It lies flat: 1 g on Z. */
export function encodeRuuvi(values: Omit<Extract<Frame, { is: "ruuvi" }>, "is">, address: string): Advert {
  const body = Buffer.alloc(26);
  body.writeUInt16LE(0x0499, 0);
  body[2] = 5;
  body.writeInt16BE(Math.round(values.tempC / 0.005), 3);
  body.writeUInt16BE(Math.round(values.humidity / 0.0025), 5);
  body.writeUInt16BE(Math.round(values.pressureHpa * 100) - 50_000, 7);
  body.writeInt16BE(4, 9);
  body.writeInt16BE(-4, 11);
  body.writeInt16BE(1_036, 13);
  // 11 bits of millivolts above 1600, 5 bits of transmit power in steps of 2 dBm above −40
  body.writeUInt16BE((Math.round(values.volts * 1_000 - 1_600) << 5) | 22, 15);
  body[17] = values.movements;
  body.writeUInt16BE(values.sequence, 18);
  Buffer.from(address.replaceAll(":", ""), "hex").copy(body, 20);
  const data = Buffer.concat([Buffer.from([0x02, 0x01, 0x06, body.length + 1, 0xff]), body]);
  return { data: data.toString("hex"), frame: { is: "ruuvi", ...values } };
}
