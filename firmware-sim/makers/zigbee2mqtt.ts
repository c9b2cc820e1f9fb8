import { type Maker, retainedText, willText } from "./maker.ts";

/**
 * A Zigbee room sensor behind Zigbee2MQTT (zigbee2mqtt.io, MQTT topics and messages): movement and climate, cached and
 * merged, its availability retained as version 2 writes it. The bridge would say the will; here the sensor does.
 */
export const zigbee2mqtt: Maker<"room"> = {
  role: "room",
  everyMs: 5_000,
  heartbeatMs: 60_000,
  voice({ name, random }) {
    const topic = `zigbee2mqtt/${name}`;
    const availability = (state: string) => JSON.stringify({ state });
    return {
      will: () => willText(`${topic}/availability`, availability("offline"), 1),
      greet: () => [retainedText(`${topic}/availability`, availability("online"))],
      say({ people, tempC, humidity }, { battery }) {
        const body = {
          battery: Math.round(battery),
          humidity,
          linkquality: random.integer(80, 160),
          occupancy: people > 0,
          temperature: tempC,
        };
        return [{ topic, payload: JSON.stringify(body) }];
      },
    };
  },
};
