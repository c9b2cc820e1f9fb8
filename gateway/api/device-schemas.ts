import { type Static, Type } from "typebox";
import { deviceKinds } from "#wire/topics.ts";
import type { Device, DeviceDetail, DeviceMapping, FirmwareImage, InboxTopic, Rollout } from "#wire/views.ts";

/** What the HTTP interface says about devices; the views in wire/views.ts, as schemas. */
const strict = { additionalProperties: false };
const Millis = Type.Integer({ minimum: 0, description: "epoch ms" });
const Kind = Type.Enum([...deviceKinds]);
const DeviceId = Type.String({ minLength: 1, maxLength: 64 });

export const DevicePlaceSchema = Type.Object(
  { at: Type.Enum(["shelf", "zone", "mirror"]), id: Type.String({ minLength: 1, maxLength: 64 }) },
  strict,
);
/** A scale's own plate number -> the plate of the planogram. */
export const PlatesSchema = Type.Record(
  Type.String({ pattern: "^[0-9]{1,4}$" }),
  Type.Integer({ minimum: 1, maximum: 64 }),
  { ...strict, maxProperties: 64 },
);
export const DeviceMappingSchema = Type.Object(
  {
    topic: Type.String({ minLength: 1, maxLength: 256, description: "MQTT filter with +; no #" }),
    kind: Kind,
    fields: Type.Array(
      Type.Object(
        {
          path: Type.String({ maxLength: 200, description: 'sensors.0.value; "" is the whole payload' }),
          yields: Type.Union([
            Type.Object({ reading: Type.Literal("weight"), plate: Type.Integer({ minimum: 1, maximum: 64 }) }, strict),
            Type.Object({ reading: Type.Literal("people"), zone: Type.String({ maxLength: 32 }) }, strict),
            Type.Object({ reading: Type.Literal("battery") }, strict),
            Type.Object(
              { reading: Type.Literal("telemetry"), name: Type.String({ minLength: 1, maxLength: 40 }) },
              strict,
            ),
          ]),
          unit: Type.String({ minLength: 1, maxLength: 12 }),
        },
        strict,
      ),
      { minItems: 1, maxItems: 64 },
    ),
  },
  strict,
);
/** Without fields it is advice: the device must be set, and no mapping would help. */
const GuessedMappingSchema = Type.Object({
  ...DeviceMappingSchema.properties,
  fields: Type.Array(DeviceMappingSchema.properties.fields.items),
});
const HealthSchema = Type.Object({
  intervalMs: Type.Optional(Type.Number()),
  batteryPercent: Type.Optional(Type.Number()),
  clockOffsetMs: Type.Optional(Type.Number()),
  received: Type.Integer({ minimum: 0 }),
  lost: Type.Integer({ minimum: 0, description: "gaps in seq" }),
  restarts: Type.Integer({ minimum: 0, description: "new values of boot" }),
  loud: Type.Optional(
    Type.Literal(true, { description: "in the last minute it published faster than it may, and was slowed down" }),
  ),
});
const RequestSchema = Type.Object({
  requestId: Type.String(),
  command: Type.Enum(["identify", "tare", "reboot", "configure", "update", "rollback"]),
  state: Type.Enum(["sent", "done", "refused", "unanswered"]),
  detail: Type.Optional(Type.String()),
  at: Millis,
});
export const DeviceSchema = Type.Object({
  id: DeviceId,
  kind: Kind,
  format: Type.String(),
  state: Type.Enum(["online", "offline", "unseen", "pending", "retired"]),
  name: Type.Optional(Type.String()),
  place: Type.Optional(DevicePlaceSchema),
  plates: Type.Optional(PlatesSchema),
  mapping: Type.Optional(DeviceMappingSchema),
  topic: Type.Optional(Type.String()),
  note: Type.Optional(Type.String()),
  lastSeenAt: Type.Optional(Millis),
  firmware: Type.Optional(Type.String()),
  telemetry: Type.Optional(Type.Record(Type.String(), Type.Number())),
  health: Type.Optional(HealthSchema),
  request: Type.Optional(RequestSchema),
});
export const DeviceDetailSchema = Type.Object({
  device: DeviceSchema,
  minutes: Type.Array(
    Type.Object({ at: Millis, messages: Type.Integer({ minimum: 0 }), lost: Type.Integer({ minimum: 0 }) }),
  ),
  values: Type.Array(
    Type.Object({
      name: Type.String(),
      unit: Type.Optional(Type.String()),
      points: Type.Array(Type.Tuple([Millis, Type.Number()])),
    }),
  ),
});
export const InboxTopicSchema = Type.Object({
  topic: Type.String(),
  client: Type.String(),
  reason: Type.String(),
  count: Type.Integer({ minimum: 1 }),
  firstAt: Millis,
  lastAt: Millis,
  samples: Type.Array(
    Type.Object({
      at: Millis,
      sizeBytes: Type.Integer({ minimum: 0 }),
      hex: Type.String({ description: "its first bytes" }),
      text: Type.Optional(Type.String()),
    }),
  ),
  guesses: Type.Array(
    Type.Object({
      about: Type.String(),
      sure: Type.Number({ minimum: 0, maximum: 1 }),
      mapping: GuessedMappingSchema,
    }),
  ),
});
export const RolloutSchema = Type.Object({
  id: Type.String(),
  version: Type.String(),
  kind: Kind,
  state: Type.Enum(["running", "halted", "rolling-back", "rolled-back", "done"]),
  stages: Type.Array(Type.Integer({ minimum: 1, maximum: 100 })),
  stage: Type.Integer({ minimum: 0 }),
  why: Type.Optional(Type.String()),
  startedAt: Millis,
  at: Millis,
  devices: Type.Array(
    Type.Object({
      id: DeviceId,
      state: Type.Enum(["waiting", "asked", "updated", "healthy", "failed", "rolled-back"]),
      detail: Type.Optional(Type.String()),
    }),
  ),
});

export const FirmwareImageSchema = Type.Object({
  version: Type.String(),
  kind: Kind,
  model: Type.Optional(Type.String()),
  sizeBytes: Type.Integer({ minimum: 1 }),
  sha256: Type.String(),
  minVersion: Type.Optional(Type.String({ description: "devices with less cannot take it in one step" })),
  createdAt: Millis,
  addedAt: Millis,
});

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Does not compile when a schema here and the view it describes drift apart. */
export const deviceSchemasAgreeWithViews: [
  Same<Static<typeof DeviceSchema>, Device>,
  Same<Static<typeof DeviceDetailSchema>, DeviceDetail>,
  Same<Static<typeof DeviceMappingSchema>, DeviceMapping>,
  Same<Static<typeof InboxTopicSchema>, InboxTopic>,
  Same<Static<typeof RolloutSchema>, Rollout>,
  Same<Static<typeof FirmwareImageSchema>, FirmwareImage>,
] = [true, true, true, true, true, true];
