import type { StoreConfig } from "#wire/store-config.ts";
import { stockTopic, zoneTopic } from "#wire/topics.ts";
import type { Device } from "#wire/views.ts";

/**
 * Home Assistant's MQTT discovery (home-assistant.io/integrations/mqtt, "single component discovery payload"): a retained
 * description of each thing worth seeing there, on `<prefix>/<component>/vitrine_<store>/<object>/config`; an empty one
 * takes it back. The values themselves stand on the gateway's own retained topics.
 */

type Publish = (topic: string, payload: string, options: { qos: 1; retain: true }) => void;
type Entity = { component: "sensor" | "binary_sensor"; key: string; device: object; config: Record<string, unknown> };

export type HomeAssistantOptions = {
  config: Pick<StoreConfig, "store" | "zones">;
  discoveryPrefix: string;
  publish: Publish;
  /** Where a person looks at the shop. */
  publicUrl(): string;
  stock(): { sku: string; name: string; size?: string }[];
  devices(): Device[];
  openAlerts(): number;
};

const retained = { qos: 1, retain: true } as const;

/** Topics that exist for Home Assistant's sake; others may read them too. */
export const gatewayStateTopic = (storeId: string) => `store/${storeId}/state/gateway`;
export const alertCountTopic = (storeId: string) => `store/${storeId}/state/alerts`;
export const deviceStateTopic = (storeId: string, deviceId: string) => `store/${storeId}/state/device/${deviceId}`;
/** All descriptions of one shop, for clearing away what a former run left at a broker. */
export const discoveryFilter = (prefix: string, storeId: string) => `${prefix}/+/vitrine_${storeId}/+/config`;

export function createHomeAssistant(options: HomeAssistantOptions) {
  const { discoveryPrefix, publish } = options;
  const { id: storeId, name: shopName } = options.config.store;
  const node = `vitrine_${storeId}`;
  /** topic -> what was said on it last: news only. Bounded by the shop's plan and the registry of devices. */
  const said = new Map<string, string>();

  function say(topic: string, payload: string) {
    if (said.get(topic) === payload) return;
    if (payload === "") said.delete(topic);
    else said.set(topic, payload);
    publish(topic, payload, retained);
  }

  const topicOf = (component: Entity["component"], key: string) =>
    `${discoveryPrefix}/${component}/${node}/${objectId(key)}/config`;

  function describe({ component, key, device, config }: Entity) {
    const body = {
      unique_id: `${node}_${key}`,
      ...config,
      availability_topic: gatewayStateTopic(storeId),
      payload_available: "online",
      payload_not_available: "offline",
      device,
      origin: { name: "Vitrine" },
    };
    say(topicOf(component, key), JSON.stringify(body));
  }

  const shop = () => ({
    identifiers: [node],
    name: `Vitrine ${shopName}`,
    manufacturer: "Vitrine",
    model: "Store gateway",
    configuration_url: `${options.publicUrl()}/staff`,
  });

  function describeShop() {
    for (const { id, name } of options.config.zones) {
      const config = {
        name: `People, ${name}`,
        state_topic: zoneTopic(storeId, id),
        value_template: "{{ value_json.occupancy }}",
        state_class: "measurement",
        unit_of_measurement: "people",
        icon: "mdi:account-group",
      };
      describe({ component: "sensor", key: `zone_${id}`, device: shop(), config });
    }
    for (const { sku, name, size } of options.stock()) {
      const config = {
        name: `On the shelf, ${name}${size === undefined ? "" : ` ${size}`}`,
        state_topic: stockTopic(storeId, sku),
        value_template: "{{ value_json.onShelf }}",
        json_attributes_topic: stockTopic(storeId, sku),
        state_class: "measurement",
        unit_of_measurement: "pcs",
        icon: "mdi:package-variant",
      };
      describe({ component: "sensor", key: `stock_${sku}`, device: shop(), config });
    }
    const alerts = {
      name: "Open alerts",
      state_topic: alertCountTopic(storeId),
      value_template: "{{ value_json.open }}",
      state_class: "measurement",
      unit_of_measurement: "alerts",
      icon: "mdi:bell",
    };
    describe({ component: "sensor", key: "alerts", device: shop(), config: alerts });
  }

  function describeDevice({ id, kind, format, name, firmware, health }: Device) {
    const device = {
      identifiers: [`${node}_${id}`],
      name: name ?? id,
      model: format === "native" ? kind : `${kind}, ${format}`,
      via_device: node,
      ...(firmware === undefined ? {} : { sw_version: firmware }),
    };
    const state_topic = deviceStateTopic(storeId, id);
    const online = {
      name: "Online",
      state_topic,
      value_template: "{{ 'ON' if value_json.state == 'online' else 'OFF' }}",
      device_class: "connectivity",
      entity_category: "diagnostic",
    };
    describe({ component: "binary_sensor", key: `device_${id}_online`, device, config: online });
    if (health?.batteryPercent === undefined) return;
    const battery = {
      name: "Battery",
      state_topic,
      value_template: "{{ value_json.batteryPercent }}",
      device_class: "battery",
      state_class: "measurement",
      unit_of_measurement: "%",
      entity_category: "diagnostic",
    };
    describe({ component: "sensor", key: `device_${id}_battery`, device, config: battery });
  }

  function forgetDevice(id: string) {
    for (const topic of [
      topicOf("binary_sensor", `device_${id}_online`),
      topicOf("sensor", `device_${id}_battery`),
      deviceStateTopic(storeId, id),
    ]) {
      if (said.has(topic)) say(topic, "");
    }
  }

  function deviceChanged(device: Device) {
    // whoever has no place yet, or none any more, is nothing to show
    if (device.state === "pending" || device.state === "retired") return forgetDevice(device.id);
    describeDevice(device);
    const { state, health } = device;
    const { batteryPercent } = health ?? {};
    const payload = { state, ...(batteryPercent === undefined ? {} : { batteryPercent }) };
    say(deviceStateTopic(storeId, device.id), JSON.stringify(payload));
  }

  function alertsChanged() {
    say(alertCountTopic(storeId), JSON.stringify({ open: options.openAlerts() }));
  }

  return {
    deviceChanged,
    alertsChanged,
    /** After every start, and whenever Home Assistant might have lost it. */
    sayAll() {
      said.clear();
      describeShop();
      alertsChanged();
      for (const device of options.devices()) deviceChanged(device);
      say(gatewayStateTopic(storeId), "online");
    },
    close: () => say(gatewayStateTopic(storeId), "offline"),
  };
}

/** Letters, digits, _ and - are all that a discovery topic takes; what is respelt keeps a mark of what it was. */
function objectId(key: string): string {
  const plain = key.replace(/[^A-Za-z0-9_-]/g, "_");
  if (plain === key) return key;
  let mark = 0;
  for (const letter of key) mark = (Math.imul(mark, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return `${plain}_${mark.toString(16)}`;
}
