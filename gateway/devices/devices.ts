import type { DeviceKind, DomainEvent } from "../events.ts";
import type { Room } from "../room.ts";
import { type ClockMemory, unknownClock } from "./event-time.ts";

export type DeviceState = {
  kind: DeviceKind;
  format: string;
  state: "online" | "offline" | "unseen";
  firmware?: string;
  /** Memory, not journaled: when it last spoke, epoch ms of arrival. */
  lastSeenAt?: number;
  telemetry?: Record<string, number>;
  boot?: number;
  /** Power-ons that a newer one has replaced, newest last: what they say is late. */
  oldBoots: number[];
  /** The last sequence numbers of this power-on, newest last. */
  recentSeqs: number[];
  clock: ClockMemory;
};
export type DevicesState = { devices: Map<string, DeviceState> };
export type KnownDevice = { id: string; kind: DeviceKind };

const seqsKept = 64;
const bootsKept = 16;

/** Only configured devices have a place here, so the map cannot grow from outside. */
export function createDevicesRoom(known: readonly KnownDevice[]): Room<DevicesState> {
  return {
    name: "devices",
    initial: () => ({
      devices: new Map(
        known.map(({ id, kind }): [string, DeviceState] => [
          id,
          { kind, format: "native", state: "unseen", oldBoots: [], recentSeqs: [], clock: unknownClock() },
        ]),
      ),
    }),
    evolve: {
      "device-seen": (state, { deviceId, format, at }) => {
        const device = state.devices.get(deviceId);
        if (!device) return;
        device.format = format;
        device.state = "online";
        device.lastSeenAt = Math.max(device.lastSeenAt ?? 0, at);
      },
      "device-status-changed": (state, { deviceId, state: next, firmware }) => {
        const device = state.devices.get(deviceId);
        if (!device) return;
        device.state = next;
        if (firmware !== undefined) device.firmware = firmware;
      },
    },
  };
}

/** The first word of a device, ever or since it was said to be offline. */
export function decideSeen(
  state: DevicesState,
  { deviceId, format }: { deviceId: string; format: string },
  now: number,
): DomainEvent[] {
  const device = state.devices.get(deviceId);
  if (!device || device.state === "online") return [];
  if (device.state === "unseen") return [{ type: "device-seen", at: now, deviceId, kind: device.kind, format }];
  return [{ type: "device-status-changed", at: now, deviceId, state: "online" }];
}

export function decideStatus(
  state: DevicesState,
  { deviceId, status, firmware }: { deviceId: string; status: "online" | "offline"; firmware?: string },
  now: number,
): DomainEvent[] {
  const device = state.devices.get(deviceId);
  if (!device || (device.state === status && (firmware === undefined || firmware === device.firmware))) return [];
  return [
    {
      type: "device-status-changed",
      at: now,
      deviceId,
      state: status,
      ...(firmware === undefined ? {} : { firmware }),
    },
  ];
}

/**
 * True when this message was heard before: same power-on, and a `seq` among the last ones or older than all of them; or a
 * power-on that a newer one has replaced.
 */
export function isRepeat(device: DeviceState, boot: number | undefined, seq: number | undefined): boolean {
  if (boot === undefined || seq === undefined) return false;
  if (device.boot !== boot) return device.oldBoots.includes(boot);
  const oldest = device.recentSeqs[0];
  if (oldest !== undefined && device.recentSeqs.length >= seqsKept && seq < oldest) return true;
  return device.recentSeqs.includes(seq);
}

/** Memory of what was heard, for `isRepeat` and the health page. */
export function remember(
  device: DeviceState,
  heard: { boot: number | undefined; seq: number | undefined; now: number },
) {
  device.lastSeenAt = heard.now;
  if (heard.boot === undefined || heard.seq === undefined) return;
  if (device.boot !== heard.boot) {
    if (device.boot !== undefined) device.oldBoots.push(device.boot);
    if (device.oldBoots.length > bootsKept) device.oldBoots.shift();
    device.boot = heard.boot;
    device.recentSeqs.length = 0;
  }
  device.recentSeqs.push(heard.seq);
  if (device.recentSeqs.length > seqsKept) device.recentSeqs.shift();
}
