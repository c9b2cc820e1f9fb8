import { type Maker, retainedText, willText } from "./maker.ts";

/** ESPHome with its default topics (esphome.io, MQTT client component): a plain number a sensor, retained. */
export const esphome: Maker<"scale"> = {
  role: "scale",
  everyMs: 500,
  heartbeatMs: 10_000,
  voice({ name }) {
    return {
      will: () => willText(`${name}/status`, "offline"),
      greet: () => [retainedText(`${name}/status`, "online")],
      say: (plates) =>
        plates.map(({ plate, grams }) =>
          retainedText(`${name}/sensor/weight_${plate}/state`, (Math.round(grams * 10) / 10).toFixed(1)),
        ),
    };
  },
};
