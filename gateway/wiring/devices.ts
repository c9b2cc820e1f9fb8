import type { Bus } from "../bus.ts";
import type { DeviceHistory } from "../device-history.ts";
import type { DevicesState } from "../devices/devices.ts";
import type { Live } from "../live.ts";
import type { LoudDevices } from "../loud-devices.ts";

const turnMs = 1_000;
/** Each device is looked at once in so many turns: a page hears of its health every five seconds at most. */
const turns = 5;

/**
 * Tells pages how devices do, by turns and only where something was heard since: not once a reading. What happens to a
 * device comes at once, as an event. Returns how to stop.
 */
export function wireDevices({
  bus,
  live,
  history,
  pipeline,
  broker,
  loud,
}: {
  bus: Bus;
  live: Live;
  history: DeviceHistory;
  pipeline: { decidedState(): { devices: DevicesState } };
  /** The shop's own broker is asked for the topics of devices that no format knows. */
  broker: { listenTo(filters: string[]): void };
  loud: Pick<LoudDevices, "takeTurned">;
}): () => void {
  /** device -> its last word that was told. No longer than the registry: gone devices leave it. */
  const told = new Map<string, number>();
  let turn = 0;

  const timer = setInterval(() => {
    turn = (turn + 1) % turns;
    for (const id of loud.takeTurned()) live.touched("device", id);
    let index = 0;
    for (const [id, { lastSeenAt }] of pipeline.decidedState().devices.devices) {
      if (index++ % turns !== turn || lastSeenAt === undefined || told.get(id) === lastSeenAt) continue;
      told.set(id, lastSeenAt);
      live.touched("device", id);
    }
  }, turnMs);

  function forget({ deviceId }: { deviceId: string }) {
    told.delete(deviceId);
    history.forget(deviceId);
  }
  broker.listenTo(pipeline.decidedState().devices.seats.mappings.map(({ mapping }) => mapping.topic));
  /** A line of the configuration that gave way, or that has its place again, is listed or not because of another device. */
  function tellLines() {
    for (const [id, { configured, state }] of pipeline.decidedState().devices.devices)
      if (configured && state === "unseen") live.touched("device", id);
  }
  const stops = [
    bus.on("device-adopted", tellLines),
    bus.on("device-retired", tellLines),
    bus.on("device-replaced", tellLines),
    bus.on("device-dismissed", forget),
    bus.on("device-forgotten", forget),
    bus.on("device-adopted", ({ mapping }) => mapping && broker.listenTo([mapping.topic])),
    bus.on("device-replaced", ({ mapping }) => mapping && broker.listenTo([mapping.topic])),
  ];
  return () => {
    clearInterval(timer);
    for (const stop of stops) stop();
  };
}
