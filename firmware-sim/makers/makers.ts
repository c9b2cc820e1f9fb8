import { aprilbrother } from "./aprilbrother.ts";
import { cassia } from "./cassia.ts";
import { esphome } from "./esphome.ts";
import { espresense } from "./espresense.ts";
import { frigate } from "./frigate.ts";
import { impinj } from "./impinj.ts";
import { jsonScale } from "./json-scale.ts";
import type { Maker, Role } from "./maker.ts";
import { minewBinary, minewJson } from "./minew.ts";
import { openmqttgateway } from "./openmqttgateway.ts";
import { ruuviGateway } from "./ruuvi-gateway.ts";
import { shelly } from "./shelly.ts";
import { sparkplug } from "./sparkplug.ts";
import { tasmota, tasmotaDistance } from "./tasmota.ts";
import { zebraBle, zebraFixed, zebraHandheld } from "./zebra.ts";
import { zigbee2mqtt } from "./zigbee2mqtt.ts";

/** Everything with a connection of its own that a shop may own besides our devices, by role and name. */
export const makers: { readonly [R in Role]: Readonly<Record<string, Maker<R>>> } = {
  scale: { tasmota, "tasmota-distance": tasmotaDistance, esphome, sparkplug, "json-scale": jsonScale },
  ear: {
    espresense,
    openmqttgateway,
    shelly,
    "minew-json": minewJson,
    "minew-binary": minewBinary,
    aprilbrother,
    "ruuvi-gateway": ruuviGateway,
    cassia,
    "zebra-ble": zebraBle,
  },
  reader: { impinj, "zebra-fixed": zebraFixed, "zebra-handheld": zebraHandheld },
  camera: { frigate },
  room: { zigbee2mqtt },
};
