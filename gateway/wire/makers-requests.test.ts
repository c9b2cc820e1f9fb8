import { expect, test } from "vitest";
import { makersRequest } from "./makers-requests.ts";

test("a maker's device is asked to start again in its maker's own way", () => {
  expect(makersRequest("tasmota", "tasmota-scale_A1", "reboot")).toEqual({
    topic: "cmnd/scale_A1/Restart",
    payload: "1",
  });
  expect(makersRequest("shelly", "shellyplus1-aabbccddeeff", "reboot")?.topic).toBe("shellyplus1-aabbccddeeff/rpc");
  expect(makersRequest("espresense", "espresense-entrance", "reboot")?.topic).toBe(
    "espresense/rooms/entrance/restart/set",
  );
  expect(makersRequest("openmqttgateway", "openmqttgateway-OMG_1", "reboot")).toEqual({
    topic: "home/OMG_1/commands/MQTTtoSYS/config",
    payload: '{"cmd":"restart"}',
  });
});

test("a device whose own name is not known for certain is not asked, and no maker is asked what it does not document", () => {
  expect(makersRequest("espresense", "espresense-fitting-room", "reboot")).toBeUndefined();
  expect(makersRequest("tasmota", "tasmota-a--b", "reboot")).toBeUndefined();
  expect(makersRequest("tasmota", "tasmota-scale_A1", "tare")).toBeUndefined();
  expect(makersRequest("zigbee2mqtt", "zigbee2mqtt-x", "reboot")).toBeUndefined();
  expect(makersRequest("constructor", "x", "reboot")).toBeUndefined();
});
