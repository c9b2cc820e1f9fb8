import { makersRequest } from "#wire/makers-requests.ts";
import { type DeviceRequest, encodeDeviceRequest } from "#wire/requests.ts";
import { deviceTopic, type TopicKind } from "#wire/topics.ts";
import type { Access } from "../access/access.ts";
import type { Bus } from "../bus.ts";
import type { Clock } from "../clock.ts";
import type { Firmware } from "../firmware/images.ts";
import { createFirmware } from "../firmware/images.ts";
import type { Log } from "../log.ts";
import type { Pipeline } from "../pipeline.ts";
import { type DeviceRequest as Kept, unansweredRequests } from "../requests/requests.ts";
import { isLive } from "../rollouts/rollouts.ts";
import type { Broker } from "./broker.ts";

type Parts = {
  storeId: string;
  dataFolder: string;
  bus: Bus;
  pipeline: Pipeline;
  access: Access;
  broker: Pick<Broker, "publish">;
  log: Log;
  clock: Clock;
  publicUrl(): string;
};

/** Longer than an update may take, with what a power cut in the middle costs. */
const imageGrantMs = 30 * 60_000;

/** Requests to devices go out, an update with its manifest and an address that is good for this device only. */
export function wireAsking(parts: Parts) {
  const { storeId, bus, pipeline, publicUrl } = parts;
  const { now } = parts.clock;
  const { publish } = parts.broker;
  const { tokens, audit } = parts.access;
  const log = parts.log.child("firmware");
  const firmware = createFirmware({
    dataFolder: parts.dataFolder,
    now,
    isUsed: ({ kind, version }) =>
      [...pipeline.state().rollouts.rollouts.values()].some(
        (rollout) => rollout.kind === kind && rollout.version === version && isLive(rollout),
      ),
  });

  const fromBefore = new Set([...pipeline.state().requests.open.values()].map(({ requestId }) => requestId));

  function send({ deviceId, requestId, request }: Pick<Kept, "deviceId" | "requestId" | "request">) {
    const device = pipeline.state().devices.devices.get(deviceId);
    if (!device) return;
    const { kind, format } = device;
    const foreign = format === "native" ? undefined : makersRequest(format, deviceId, request.command);
    if (foreign) return publish(foreign.topic, foreign.payload, { qos: 1 });
    const say = (body: DeviceRequest) =>
      publish(deviceTopic(storeId, { kind, deviceId, channel: "command" }), encodeDeviceRequest(body), { qos: 1 });
    switch (request.command) {
      case "tare": {
        const { command, plates } = request;
        return say({ id: requestId, command, ...(plates === undefined ? {} : { plates }) });
      }
      case "update":
        return void sendUpdate({ id: requestId, deviceId, kind, version: request.version }, say);
      default:
        return say({ id: requestId, ...request });
    }
  }

  /** The image is looked up each time: manifest and address are no part of the journal. */
  async function sendUpdate(
    { id, deviceId, kind, version }: { id: string; deviceId: string; kind: TopicKind; version: string },
    say: (body: DeviceRequest) => void,
  ) {
    // said again once every port is open, when it is known where the image can be fetched
    if (publicUrl() === "") return;
    const image = await findImage(firmware, kind, version, log);
    if (!image)
      return log.error({ deviceId, kind, version }, "the image of an update is gone; its device is not asked");
    const token = tokens.signImage({ deviceId, kind, version }, now() + imageGrantMs);
    const url = `${publicUrl()}/api/v1/firmware/${encodeURIComponent(version)}/image?kind=${kind}&token=${token}`;
    say({ id, command: "update", version, ...image.signed, url });
  }

  bus.on("device-requested", send);
  const ended = { done: 0, refused: 0, unanswered: 0 };
  bus.on("device-answered", ({ state }) => {
    if (state !== "sent") ended[state]++;
  });
  bus.on("device-request-repeated", ({ deviceId, requestId }) => {
    const open = pipeline.state().requests.open.get(deviceId);
    if (open?.requestId === requestId) send(open);
  });

  // what the gateway decides by itself is on record as well as what people do
  bus.on("rollout-changed", ({ rolloutId, state, why, by }) => {
    if (by !== undefined || state === "running") return;
    const detail = why === undefined ? {} : { detail: why };
    audit.note({ by: "gateway", action: `rollouts.${state}`, subject: rolloutId, ok: state === "done", ...detail });
    if (state === "rolling-back") log.warn({ rolloutId, why }, "a firmware roll-out halted by itself and goes back");
  });

  function counters() {
    const { requests, rollouts } = pipeline.state();
    const states = { running: 0, halted: 0, "rolling-back": 0, "rolled-back": 0, done: 0 };
    for (const { state } of rollouts.rollouts.values()) states[state]++;
    const byState = (name: string, help: string, values: Record<string, number>) =>
      Object.entries(values).map(([state, value]) => ({ name, help, value, labels: { state } }));
    return [
      ...byState("vitrine_device_requests_total", "requests to devices that came to an end, by how", ended),
      { name: "vitrine_device_requests_open", help: "requests that wait for an answer", value: requests.open.size },
      ...byState("vitrine_firmware_rollouts", "roll-outs the gateway remembers, by state", states),
      { name: "vitrine_firmware_images", help: "firmware images kept", value: firmware.kept() },
    ];
  }

  return {
    firmware,
    counters,
    /** For the image routes: whether this token is good for this image. */
    mayFetch(token: string, image: { kind: string; version: string }): boolean {
      const grant = tokens.verifyImage(token);
      return grant?.kind === image.kind && grant.version === image.version;
    },
    /**
     * What a crash may have cut off. Whoever has heard it knows it by its id, unless it was switched off since: then goods
     * may stand on a scale that would be set to zero, and a device has started again already.
     */
    async start() {
      await firmware.start();
      for (const request of unansweredRequests(pipeline.state().requests, now())) {
        const { deviceId, requestId } = request;
        if (fromBefore.has(requestId) && request.request.command === "tare") {
          await pipeline.run({ command: "device.request-lost", deviceId, requestId });
        }
        // a device that is to start again says from which power-on it speaks; then it is known whether it has
        else if (request.request.command !== "reboot") send(request);
      }
    },
  };
}

/** A folder that cannot be read is somebody's to mend, and no reason for the gateway to stop. */
async function findImage(firmware: Firmware, kind: string, version: string, log: Log) {
  try {
    return await firmware.find(kind, version);
  } catch (error) {
    log.error({ error }, "the firmware folder cannot be read");
    return undefined;
  }
}
