import type { Decoded } from "#wire/decoded.ts";
import type { DeviceDetail } from "#wire/views.ts";

/** The last hour of each device by the minute, for its page. Memory only, gone with the process. */

const minuteMs = 60_000;
const minutesKept = 60;
/** Registered devices and those that wait; of further ones nothing is kept. */
const devicesKept = 800;
const valuesKept = 16;

/** One number a minute in a ring: minute `m` lies at `m % 60`, and everything older than an hour is taken out as it turns. */
type Ring = { numbers: Float64Array; newest: number };
type Series = { messages: Ring; lost: Ring; lostBefore: number; grams: Map<number, Ring>; values: Map<string, Ring> };

const createRing = (minute: number, empty: number): Ring => ({
  numbers: new Float64Array(minutesKept).fill(empty),
  newest: minute,
});

/** Turns the ring on to this minute. False for a minute that has left it, after a clock that was set back. */
function turn(ring: Ring, minute: number, empty: number): boolean {
  if (minute <= ring.newest) return minute > ring.newest - minutesKept;
  if (minute - ring.newest >= minutesKept) ring.numbers.fill(empty);
  else for (let m = ring.newest + 1; m <= minute; m++) ring.numbers[m % minutesKept] = empty;
  ring.newest = minute;
  return true;
}

const add = (ring: Ring, minute: number, count: number) => {
  if (turn(ring, minute, 0)) ring.numbers[minute % minutesKept]! += count;
};
const put = (ring: Ring, minute: number, value: number) => {
  if (turn(ring, minute, Number.NaN)) ring.numbers[minute % minutesKept] = value;
};

export type DeviceHistory = ReturnType<typeof createDeviceHistory>;

export function createDeviceHistory() {
  const devices = new Map<string, Series>();

  function seriesOf(deviceId: string, minute: number): Series | undefined {
    const known = devices.get(deviceId);
    if (known || devices.size >= devicesKept) return known;
    const series: Series = {
      messages: createRing(minute, 0),
      lost: createRing(minute, 0),
      lostBefore: 0,
      grams: new Map(),
      values: new Map(),
    };
    devices.set(deviceId, series);
    return series;
  }

  function keep<Key>(rings: Map<Key, Ring>, key: Key, { minute, value }: { minute: number; value: number }) {
    let ring = rings.get(key);
    if (!ring) {
      if (rings.size >= valuesKept) return;
      ring = createRing(minute, Number.NaN);
      rings.set(key, ring);
    }
    put(ring, minute, value);
  }

  return {
    /** A message of a device that is known. `lost`: how many were lost so far, in all. `now`: epoch ms. */
    note({ deviceId, readings }: Decoded, lost: number, now: number) {
      const minute = Math.floor(now / minuteMs);
      const series = seriesOf(deviceId, minute);
      if (!series) return;
      add(series.messages, minute, 1);
      if (lost > series.lostBefore) add(series.lost, minute, lost - series.lostBefore);
      series.lostBefore = lost;
      for (const reading of readings) {
        if (reading.kind === "plates")
          for (const { plate, grams } of reading.plates) keep(series.grams, plate, { minute, value: grams });
        else if (reading.kind === "telemetry")
          for (const [name, value] of Object.entries(reading.values)) keep(series.values, name, { minute, value });
        else if (reading.kind === "sensor") noteSensor(reading, { deviceId, series, minute });
      }
    },

    /** A device that is no more. */
    forget: (deviceId: string) => void devices.delete(deviceId),

    /** Oldest first; minutes in which nothing was heard say 0. */
    of(deviceId: string, now: number): Omit<DeviceDetail, "device"> {
      const series = devices.get(deviceId);
      if (!series) return { minutes: [], values: [] };
      const last = Math.floor(now / minuteMs);
      const { messages, lost, grams, values } = series;
      turn(messages, last, 0);
      turn(lost, last, 0);
      const minutes = Array.from({ length: minutesKept }, (_, i) => last - minutesKept + 1 + i);
      return {
        minutes: minutes.map((minute) => ({
          at: minute * minuteMs,
          messages: messages.numbers[minute % minutesKept] ?? 0,
          lost: lost.numbers[minute % minutesKept] ?? 0,
        })),
        values: [
          ...[...grams].map(([plate, ring]) => ({
            name: `plate ${plate}`,
            unit: "g",
            points: pointsOf(ring, minutes),
          })),
          ...[...values].map(([name, ring]) => ({ name, points: pointsOf(ring, minutes) })),
        ],
      };
    },
  };

  /** Of the device itself, or of a sensor that it passes on and that has a page of its own. */
  function noteSensor(
    { mac, values }: Extract<Decoded["readings"][number], { kind: "sensor" }>,
    { deviceId, series, minute }: { deviceId: string; series: Series; minute: number },
  ) {
    const own = mac === deviceId ? series : devices.get(mac);
    if (!own) return;
    if (own !== series) add(own.messages, minute, 1);
    for (const { property, value } of values) keep(own.values, property, { minute, value });
  }
}

function pointsOf({ numbers, newest }: Ring, minutes: number[]): [number, number][] {
  return minutes.flatMap((minute): [number, number][] => {
    const value = numbers[minute % minutesKept];
    const isThere = minute <= newest && minute > newest - minutesKept && value !== undefined && !Number.isNaN(value);
    return isThere ? [[minute * minuteMs, value]] : [];
  });
}
