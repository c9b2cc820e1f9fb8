import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const gateway = "CC:1B:E0:E2:8F:2C";
const say = (message: object, topic = "scan") => decode(`up/${gateway}/${topic}`, Buffer.from(JSON.stringify(message)));
const envelope = { id: "35656", action: "data.scan", timestamp: 1_678_698_297_028, gateway };
/** The record of the REST interface's documentation, around an iBeacon. */
const record = {
  name: "(unknown)",
  evtType: 0,
  rssi: -67,
  adData: "0201061AFF4C000215FDA50693A4E24FB1AFCFC6EB0764782527114CB9C5",
  bdaddrs: [{ bdaddr: "CC:1B:E0:E8:11:6A", bdaddrType: "public" }],
};
const heard = {
  beacon: "ibeacon:fda50693-a4e2-4fb1-afcf-c6eb07647825:10001:19641",
  rssiDbm: -67,
  measuredPowerDbm: -59,
  at: 1_678_698_297_028,
};

describe("a Cassia gateway", () => {
  test("hears a beacon, told as one record or in a list", () => {
    for (const data of [record, [record]]) {
      expect(say({ ...envelope, data })).toEqual({
        ok: true,
        value: {
          deviceId: "cassia-cc1be0e28f2c",
          kind: "ble",
          format: "cassia",
          at: 1_678_698_297_028,
          readings: [{ kind: "sightings", sightings: [heard] }],
        },
      });
    }
  });

  test("of older firmware calls the advert by its old name", () => {
    const { adData: scanData, ...rest } = record;
    expect(say({ ...envelope, data: { ...rest, scanData } })).toMatchObject({
      value: { readings: [{ sightings: [heard] }] },
    });
  });

  test("the documented record is of a device that nobody knows, and nothing of it is passed on", () => {
    const unknown = { ...record, adData: "0201060302E9FE08FFEC820418000363" };
    const result = say({ ...envelope, data: unknown });
    expect(result).toMatchObject({ ok: true, value: { readings: [{ kind: "sightings", sightings: [] }] } });
    expect(JSON.stringify(result)).not.toMatch(/e8:?11:?6a/i);
  });

  test("a sensor that makes its address up is forgotten, one with an address of its own is not", () => {
    const thermometer = (bdaddr: string, bdaddrType: string) =>
      say({
        ...envelope,
        data: { ...record, adData: "0201060A16D2FC4002C40903BF13", bdaddrs: [{ bdaddr, bdaddrType }] },
      });
    expect(thermometer("5A:1B:E0:E8:11:6A", "random")).toMatchObject({ value: { readings: [{ sightings: [] }] } });
    expect(thermometer("DA:1B:E0:E8:11:6A", "random")).toMatchObject({
      value: { readings: [{}, { kind: "sensor", mac: "da:1b:e0:e8:11:6a" }] },
    });
    expect(thermometer("5A:1B:E0:E8:11:6A", "public")).toMatchObject({ value: { readings: [{}, { kind: "sensor" }] } });
  });

  test("the published status gives its numbers", () => {
    const data = {
      model: "M2000",
      version: "7.7.161.2401041522",
      uptime: 8721,
      uplink: "wireless",
      private_ip: "192.168.3.134",
      RSSI: -21,
    };
    expect(say({ ...envelope, action: "gateway_status", data }, "gateway_status")).toMatchObject({
      value: { readings: [{ kind: "telemetry", values: { uptime: 8721, RSSI: -21 } }] },
    });
  });

  test("its heartbeat says that it is there", () => {
    expect(say({ ...envelope, action: "heartbeat", data: {} }, "heartbeat")).toMatchObject({
      ok: true,
      value: { deviceId: "cassia-cc1be0e28f2c", readings: [] },
    });
  });

  test.each([
    ["an absurd level", { data: { ...record, rssi: 99 } }, /data\[0\]\.rssi must be at most 40, not 99/],
    ["a record without an address", { data: { ...record, bdaddrs: [] } }, /bdaddrs must have at least 1/],
    ["half a byte", { data: { ...record, adData: "020" } }, /adData has a form nobody knows/],
    ["no data", {}, /data is missing|must be an object/],
    ["a time beyond 2100", { data: record, timestamp: 9e15 }, /timestamp must be at most/],
    ["another gateway's name", { data: record, gateway: "CC:1B:E0:E2:8F:2D" }, /another gateway than its topic/],
    ["an action nobody knows", { data: record, action: "data.dance" }, /action has a value nobody knows/],
    ["a thousand and one records", { data: Array.from({ length: 1_001 }, () => record) }, /more than 1000 entries/],
  ])("%s is refused with a reason", (_what, change, reason) => {
    expect(say({ ...envelope, ...change })).toEqual({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });
});
