import { blankDevice, type DevicesState } from "./devices.ts";
import { lastingHealth } from "./health.ts";
import { type DevicesPlan, seatsOf, withNewPlates } from "./seats.ts";
import { settlePlace } from "./settling.ts";

/** The registry under today's configuration; what was saved of it wins. */
export function adoptDevices(state: DevicesState, saved: Partial<DevicesState>, plan: DevicesPlan) {
  // the planogram says, and it is restored before
  const { devices, newPlates: _, ...rest } = saved;
  Object.assign(state, rest);
  state.pending = new Set();
  for (const [id, before] of devices ?? []) {
    const today = state.devices.get(id);
    const isOnlyConfigured = before.adoptedAt === undefined && before.state !== "pending" && !before.replacedBy;
    // not in the configuration any more, and nobody ever said more of it
    if (!today && isOnlyConfigured && before.configured !== false) continue;
    const { name, place, ...known } = before;
    const own = isOnlyConfigured && today ? {} : { ...(name ? { name } : {}), ...(place ? { place } : {}) };
    const kind = today?.kind ?? before.kind;
    state.devices.set(id, {
      ...(today ?? blankDevice(id, kind)),
      ...known,
      ...own,
      kind,
      configured: today !== undefined,
    });
    if (before.state === "pending") state.pending.add(id);
    settlePlace(state, id, plan);
  }
  state.seats = seatsOf(state.devices, withNewPlates(state, plan));
}

/** What happened, with what is remembered of how devices do; nothing of what makes a repetition recognisable. */
export function withHealth(happened: DevicesState, remembered: DevicesState): DevicesState {
  const devices = new Map(happened.devices);
  for (const [id, device] of devices) {
    const memory = remembered.devices.get(id);
    if (!memory) continue;
    const { lastSeenAt, telemetry, tellsItsEnd, health } = memory;
    devices.set(id, {
      ...device,
      ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
      ...(telemetry === undefined ? {} : { telemetry }),
      ...(tellsItsEnd === undefined ? {} : { tellsItsEnd }),
      health: lastingHealth(health),
    });
  }
  // pages were told of it; after a restart nobody asks for a neighbour's sensor any more
  const gone = new Map([...happened.gone].filter(([, { stranger, dismissed }]) => !stranger || dismissed));
  return { ...happened, devices, gone };
}
