import type { Scenario } from "../scenario.ts";
import { quiet } from "./quiet.ts";

/** An ordinary afternoon in the shipped shop, whose devices come from ten makers and more. */
export const mixed: Scenario = {
  ...quiet,
  name: "mixed",
  arrivals: [{ afterMinutes: 0, perMinute: 2 }],
  mostShoppers: 8,
  startInside: 4,
  picks: [1, 3],
  dwellMs: [2_000, 12_000],
  tour: { dwellMs: 7_000 },
  devices: [
    // shelves
    "tasmota:scale9@F1/1",
    "tasmota:scale10@F1/2",
    "esphome:shelf-c1@C1",
    "sparkplug:edge-b1@B1",
    "+tasmota-distance:row-e1@E1",
    "+json-scale:warehouse/scale/7@E1/3",
    "+bthome-scale:scarves@D4/1",
    "+bthome-scale-encrypted:gloves@D3/1",
    // ears
    "espresense:glasses@ble-glasses",
    "openmqttgateway:knitwear@ble-knitwear",
    "minew-json:beauty@ble-beauty",
    "+shelly:@ble-fitting",
    "+ruuvi-gateway:till@till",
    "+aprilbrother:door@entrance",
    // readers and cameras
    "+impinj:rails@rfid-1",
    "+zebra-fixed:fitting@fitting",
    "+zebra-handheld:RFD40-7@entrance",
    "frigate:front_door@entrance",
    // rooms and tags in the air
    "+zigbee2mqtt:fitting@fitting",
    "ruuvi-tag:fridge@beauty",
    "altbeacon:trolley@knitwear",
    "eddystone-uid:stand@glasses",
  ],
  faults: ["zigbee2mqtt-fitting=battery:20"],
};
