import { type Static, Type } from "typebox";
import type { DecodeResult } from "./decoded.ts";
import { createJsonReader } from "./json.ts";

/**
 * What the gateway asks of a device on `store/<store>/<kind>/<device>/command`, and what the device answers on `…/reply`;
 * QoS 1, never retained. A device remembers the ids it has handled: a request that arrives twice is answered twice and
 * done once. Both ends use these schemas, so that neither can drift.
 */
export const requestCommands = ["identify", "tare", "reboot", "configure", "update", "rollback"] as const;
export type RequestCommand = (typeof requestCommands)[number];

export const requestBounds = {
  maxIdentifySeconds: 600,
  maxSettings: 32,
  minReportMs: 50,
  maxReportMs: 3_600_000,
  maxDetailLength: 300,
} as const;

const RequestId = Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$" });
/** Words and numbers of a semantic version; anything a file name and a URL can carry. */
export const versionPattern = "^[0-9A-Za-z][0-9A-Za-z.+_-]{0,59}$";
const Version = Type.String({ pattern: versionPattern });
const Base64Url = (maxLength: number) => Type.String({ pattern: "^[A-Za-z0-9_-]+$", maxLength });
const SettingValue = Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 200 })]);
export const SettingsSchema = Type.Record(
  Type.String({ pattern: "^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]{0,39}$" }),
  SettingValue,
  { additionalProperties: false, minProperties: 1, maxProperties: requestBounds.maxSettings },
);
export type Settings = Record<string, number | boolean | string>;

const IdentifySchema = Type.Object({
  id: RequestId,
  command: Type.Literal("identify"),
  seconds: Type.Number({ minimum: 1, maximum: requestBounds.maxIdentifySeconds }),
});
const TareSchema = Type.Object({
  id: RequestId,
  command: Type.Literal("tare"),
  plates: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1, maximum: 64 }), { minItems: 1, maxItems: 64, description: "all of them" }),
  ),
});
const RebootSchema = Type.Object({ id: RequestId, command: Type.Literal("reboot") });
const ConfigureSchema = Type.Object({ id: RequestId, command: Type.Literal("configure"), settings: SettingsSchema });
const UpdateSchema = Type.Object({
  id: RequestId,
  command: Type.Literal("update"),
  version: Version,
  /** The very bytes that were signed; see wire/firmware.ts. */
  manifest: Base64Url(8_192),
  /** Ed25519 over those bytes. */
  signature: Base64Url(128),
  /** Where the image is; good for this device and a few minutes. It understands `Range: bytes=…`. */
  url: Type.String({ minLength: 1, maxLength: 2_048 }),
});
/** Start from the other slot. */
const RollbackSchema = Type.Object({ id: RequestId, command: Type.Literal("rollback") });

export const DeviceRequestSchema = Type.Union([
  IdentifySchema,
  TareSchema,
  RebootSchema,
  ConfigureSchema,
  UpdateSchema,
  RollbackSchema,
]);
export type DeviceRequest = Static<typeof DeviceRequestSchema>;
export type UpdateRequest = Static<typeof UpdateSchema>;

/**
 * One answer; an update gives several with the same id. It is the last one when `ok` is false, or when `progress` is left
 * out or 1.
 */
export const DeviceReplySchema = Type.Object({
  id: RequestId,
  ok: Type.Boolean(),
  detail: Type.Optional(Type.String({ maxLength: requestBounds.maxDetailLength, description: "for people" })),
  state: Type.Optional(Type.Enum(["downloading", "verifying", "installed", "failed"])),
  progress: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
});
export type DeviceReply = Static<typeof DeviceReplySchema>;

const readers = {
  identify: createJsonReader(IdentifySchema),
  tare: createJsonReader(TareSchema),
  reboot: createJsonReader(RebootSchema),
  configure: createJsonReader(ConfigureSchema),
  update: createJsonReader(UpdateSchema),
  rollback: createJsonReader(RollbackSchema),
} as const;
const asked = createJsonReader(Type.Object({ id: RequestId, command: Type.String({ maxLength: 40 }) }));
const reply = createJsonReader(DeviceReplySchema);

/** The device's side. An unknown command with a readable id is worth a reply with ok false: see `decodeRequestId`. */
export function decodeDeviceRequest(bytes: Uint8Array): DecodeResult<DeviceRequest> {
  const first = asked.read(bytes);
  if (!first.ok) return first;
  const command = requestCommands.find((known) => known === first.value.command);
  if (!command) return { ok: false, reason: `command has a value nobody knows: "${first.value.command}"` };
  const result = readers[command].check(first.value);
  if (!result.ok || result.value.command !== "configure") return result;
  const wrong = whyNotSettings(result.value.settings);
  return wrong === undefined ? result : { ok: false, reason: wrong };
}

/** The id of a request that could not be understood otherwise. */
export function decodeRequestId(bytes: Uint8Array): string | undefined {
  const first = asked.read(bytes);
  return first.ok ? first.value.id : undefined;
}

/** Settings that every device understands have bounds here, once. undefined: they are fine. */
export function whyNotSettings(settings: Settings): string | undefined {
  const secret = Object.keys(settings).find((name) => /pass|secret|token|psk|private/i.test(name));
  if (secret !== undefined)
    return `${secret} looks like a secret; settings are kept and shown, a secret has no place there`;
  const { reportMs } = settings;
  if (reportMs === undefined) return undefined;
  const { minReportMs, maxReportMs } = requestBounds;
  const fits = typeof reportMs === "number" && reportMs >= minReportMs && reportMs <= maxReportMs;
  return fits ? undefined : `reportMs must be a number from ${minReportMs} to ${maxReportMs}`;
}

export const encodeDeviceRequest = (request: DeviceRequest): string => JSON.stringify(request);
export const encodeDeviceReply = (answer: DeviceReply): string => JSON.stringify(answer);

/** The gateway's side. */
export function decodeDeviceReply(bytes: Uint8Array): DecodeResult<DeviceReply> {
  return reply.read(bytes);
}

/** More will follow with the same id. */
export function isInterim({ ok, progress }: DeviceReply): boolean {
  return ok && progress !== undefined && progress < 1;
}
