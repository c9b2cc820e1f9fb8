import type { Device, DeviceDetail, DeviceRequestView } from "#wire/views.ts";
import type { DeviceState, DevicesState } from "./devices/devices.ts";
import { healthView } from "./devices/health.ts";
import { isActive } from "./devices/seats.ts";

/**
 * Devices as people read them. What happened comes from `committed`, what is only memory (last word, values, health) from
 * `memory`. Whoever leaves the list (dismissed, forgotten, or a line of the configuration that gave way) is told once more, as
 * retired and without a name, so that pages let go of it.
 */
export function createDeviceViews({
  committed,
  memory,
  requestOf,
  history,
  isLoud,
  standIns,
}: {
  committed(): DevicesState;
  memory(): DevicesState;
  /** The newest request to it. */
  requestOf(id: string): DeviceRequestView | undefined;
  /** Its last hour. */
  history(id: string): Omit<DeviceDetail, "device">;
  /** It was slowed down just now. */
  isLoud(id: string): boolean;
  standIns: ReadonlySet<string>;
}) {
  /** Nobody waits for it: another device has its place, or it only stands in for one. */
  function isIdle(id: string, { state, configured, kind, adoptedAt }: DeviceState): boolean {
    if (state !== "unseen" || !configured || adoptedAt !== undefined) return false;
    const { scales, mirrors } = committed().seats;
    return standIns.has(id) || (kind === "shelf" && !scales.has(id)) || (kind === "mirror" && !mirrors.has(id));
  }

  function isListed(id: string): boolean {
    const found = committed().devices.get(id);
    return found !== undefined && !isIdle(id, found);
  }

  function device(id: string): Device | undefined {
    const found = committed().devices.get(id);
    if (!found) {
      const gone = committed().gone.get(id);
      return gone && { id, kind: gone.kind, format: gone.format, state: "retired" };
    }
    if (isIdle(id, found)) return { id, kind: found.kind, format: found.format, state: "retired" };
    const { kind, format, state, name, place, plates, mapping, topic, note } = found;
    const { lastSeenAt, telemetry, health, firmware } = memory().devices.get(id) ?? found;
    const isPlaced = isActive(found);
    const request = requestOf(id);
    const loud = isLoud(id);
    return {
      id,
      kind,
      format,
      state,
      ...(name === undefined ? {} : { name }),
      ...(isPlaced && place ? { place } : {}),
      ...(isPlaced && plates ? { plates } : {}),
      ...(mapping === undefined ? {} : { mapping }),
      ...(topic === undefined ? {} : { topic }),
      ...(note === undefined ? {} : { note }),
      ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
      ...(firmware === undefined ? {} : { firmware }),
      // a copy: memory goes on changing while a message waits to be written
      ...(telemetry === undefined ? {} : { telemetry: { ...telemetry } }),
      ...(request === undefined ? {} : { request }),
      ...(health.received === 0 && !loud ? {} : { health: { ...healthView(health), ...(loud ? { loud } : {}) } }),
    };
  }

  return {
    device,
    /** One device with its last hour; undefined for one that no list names. */
    deviceDetail(id: string): DeviceDetail | undefined {
      const found = isListed(id) ? device(id) : undefined;
      return found && { device: found, ...history(id) };
    },
    devices: (): Device[] => [...committed().devices.keys()].filter(isListed).flatMap((id) => device(id) ?? []),
  };
}
