import { expect, test } from "vitest";
import { encodeMinewLong } from "../makers/minew.ts";
import { encodeMsgpack } from "../makers/msgpack.ts";
import { encodeSparkplug } from "../makers/sparkplug-payload.ts";
import { encodeAltBeacon } from "./altbeacon.ts";
import { encodeBthome, sealBthome } from "./bthome.ts";
import { encodeEid, encodeTlm, encodeUid, encodeUrl } from "./eddystone.ts";
import { encodeRuuvi } from "./ruuvi-tag.ts";

// Bytes that the makers print or that their own encoders wrote; never ours.

test("a RuuviTag sends the bytes of Ruuvi's own test vector", () => {
  const told = { tempC: 24.3, humidity: 53.49, pressureHpa: 1_000.44, volts: 2.977, movements: 66, sequence: 205 };
  expect(encodeRuuvi(told, "cb:b8:33:4c:88:4f").data).toBe(
    "0201061bff99040512fc5394c37c0004fffc040cac364200cdcbb8334c884f",
  );
});

test("a BTHome scale says its mass and its count as bthome.io writes them", () => {
  // "40 06 5E1F" is 80.3 kg, "40 09 60" is 96, "40 40 0C00" is 12 mm; packet id and battery come first.
  const { data } = encodeBthome({ packet: 9, battery: 97, massKg: 80.3, count: 96, distanceMm: 12 });
  expect(data).toBe("0201061016d2fc4000090161065e1f0960400c00");
});

test("a sealed BTHome frame is the example that bthome.io publishes", () => {
  const secret = {
    key: Buffer.from("231d39c1d7cc1ab1aee224cd096db932", "hex"),
    address: "54:48:e6:8f:80:a5",
    counter: 0x33221100,
  };
  const objects = Buffer.from("02ca0903bf13", "hex");
  expect(sealBthome(objects, secret).toString("hex")).toBe("d2fc41a47266c95f730011223378237214");
});

test("Eddystone frames have the bytes of Google's specification", () => {
  expect(encodeUid("00010203040506070809", "aabbccddeeff", -59).data).toBe(
    "0201060303aafe1716aafe00ee00010203040506070809aabbccddeeff0000",
  );
  // https://www.example.com/ ends in one byte, 0x00
  expect(encodeUrl("https://www.example.com/", -59).data).toBe("0201060303aafe0e16aafe10ee016578616d706c6500");
  expect(encodeTlm({ millivolts: 3_300, tempC: -5, adverts: 27_432, uptimeMs: 91_838_100 }).data).toBe(
    "0201060303aafe1116aafe20000ce4fb0000006b28000e036d",
  );
});

test("an Eddystone-EID is another one only when its time has come", () => {
  const key = Buffer.alloc(16, 7);
  const at = (seconds: number) => encodeEid(key, seconds, -59).data;
  expect(at(1_024)).toBe(at(2_047));
  expect(at(1_024)).not.toBe(at(2_048));
  expect(at(1_024)).toMatch(/^0201060303aafe0d16aafe30ee[0-9a-f]{16}$/);
});

test("an AltBeacon has the layout of its specification", () => {
  expect(encodeAltBeacon("2f234454cf6d4a0fadf2f4911ba9ffa600010002", -59).data).toBe(
    "0201061bff1801beac2f234454cf6d4a0fadf2f4911ba9ffa600010002c500",
  );
});

test("a Minew gateway's binary frame is the one that barnowl-minew was tested on", () => {
  const heard = {
    ...{ mac: "fe:e1:50:ba:da:55", random: false, rssi: -72, at: 0 },
    data: "0201060303e1ff1216e1ffa1034affe7004500fa55daba50e1fe",
  };
  expect(encodeMinewLong("ac:23:3f:ff:ff:ff", [heard]).toString("hex")).toBe(
    "bb0100000034ac233fffffff0001fee150bada5500011a0201060303e1ff1216e1ffa1034affe7004500fa55daba50e1fe00b8dd",
  );
});

test("MessagePack has the bytes of its specification", () => {
  expect(encodeMsgpack({ compact: 1, schema: 0 }).toString("hex")).toBe("82a7636f6d7061637401a6736368656d6100");
  expect(encodeMsgpack([-1, -51, 300, Buffer.from("ab")]).toString("hex")).toBe("94ffd2ffffffcdce0000012cc4026162");
});

test("a Sparkplug death is the one that Eclipse's own encoder writes, but for its time", () => {
  const metrics = [{ name: "bdSeq", datatype: 8, value: 3 }];
  expect(encodeSparkplug({ metrics }).toString("hex")).toBe("120b0a05626453657120085803");
  expect(encodeSparkplug({ timestampMs: 1_486_144_502_122, seq: 0, metrics }).toString("hex")).toBe(
    "08eaf2f5a8a02b120b0a056264536571200858031800",
  );
});
