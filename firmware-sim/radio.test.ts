import { expect, test } from "vitest";
import { encodeIBeacon } from "./beacons/ibeacon.ts";
import { createEar, distanceToReceiverM, medianRssiDbm } from "./radio.ts";
import { encodeSgtin96 } from "./sgtin96.ts";

const { data } = encodeIBeacon("5f3e2c1a-8d4b-4a6f-9c07-1e2d3b4a5c6d", 14, 3);

/** Medians over many receivers, so that no single room's shadows decide. */
function heardAt(metres: number, turnedAway = false): number {
  const flat = Math.sqrt(metres ** 2 - 1);
  const heard: number[] = [];
  for (let receiver = 0; receiver < 150; receiver++) {
    const hear = createEar({ seed: "7", receiverId: `r${receiver}`, at: [10, 10] });
    const from = [10 + flat, 10] as const;
    const headingRad = turnedAway ? 0 : Math.PI;
    for (let n = 0; n < 40; n++) {
      const rssi = hear({ sender: "b", mac: "b", random: true, data, at: n * 60_000, from, offsetDb: 0, headingRad });
      if (rssi !== undefined) heard.push(rssi);
    }
  }
  return heard.sort((a, b) => a - b)[Math.floor(heard.length / 2)] ?? 0;
}

test("a basket is heard as loud as the path loss says: -59 dBm at 1 m, about 83 at 8 m", () => {
  expect(distanceToReceiverM([3, 4], [3, 4])).toBe(1);
  expect(medianRssiDbm(1)).toBe(-59);
  expect(medianRssiDbm(8)).toBeCloseTo(-83.4, 1);
  expect(Math.abs(heardAt(1) - -59)).toBeLessThanOrEqual(1);
  expect(Math.abs(heardAt(8) - -83.4)).toBeLessThanOrEqual(1.5);
});

test("a body in the way costs some 9 dB, less when the receiver is overhead", () => {
  const loss = heardAt(3) - heardAt(3, true);
  expect(loss).toBeGreaterThan(7);
  expect(loss).toBeLessThan(11);
  expect(heardAt(1) - heardAt(1, true)).toBeLessThanOrEqual(1);
});

test("a basket's advert has the bytes of a true iBeacon", () => {
  // The frame of AprilBrother's gateway guide: minor CF64, power C5, after the flags every beacon sends.
  expect(encodeIBeacon("b5b182c7-eab1-4988-aa99-b5c1517008d9", 1, 0xcf64).data).toBe(
    "0201061aff4c000215b5b182c7eab14988aa99b5c1517008d90001cf64c5",
  );
});

test("a tag carries GTIN and serial as the GS1 tag data standard packs them", () => {
  // GS1's own example item: company 0614141, item 812345, serial 6789; filter 1 instead of its 3 changes one digit.
  expect(encodeSgtin96("80614141123458", 6789)).toBe("3034257bf7194e4000001a85");
});
