import type { Maker } from "./maker.ts";

/** What somebody's cousin built: its name is its whole topic, and no format knows what it says. */
export const jsonScale: Maker<"scale"> = {
  role: "scale",
  everyMs: 500,
  heartbeatMs: 10_000,
  voice: ({ name }) => ({
    say: ([plate]) =>
      plate ? [{ topic: name, payload: JSON.stringify({ w_kg: Math.round(plate.grams) / 1_000, ok: true }) }] : [],
  }),
};
