import type { Message } from "./device.ts";

/** A message as `vitrine replay` reads it: bytes that are no text travel as base64. */
export function recordLine({ at, topic, payload, deviceId, retain, qos }: Message): object {
  const body =
    typeof payload === "string"
      ? { payload }
      : { payload: Buffer.from(payload).toString("base64"), encoding: "base64" };
  return { at, topic, ...body, client: `sim-${deviceId}`, qos: qos ?? 1, ...(retain ? { retain } : {}) };
}
