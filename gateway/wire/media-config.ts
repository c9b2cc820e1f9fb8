import { Type } from "typebox";

const strict = { additionalProperties: false };

/** Part `media` of config/store.yaml. */
export const Media = Type.Object(
  {
    port: Type.Integer({
      minimum: 0,
      maximum: 65535,
      default: 44444,
      description: "one UDP and TCP port for all video",
    }),
    workers: Type.Integer({
      minimum: 1,
      maximum: 16,
      default: 1,
      description: "video processes, one core each; each takes one more port, counted up from `port`",
    }),
    addresses: Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
      maxItems: 8,
      default: [],
      description:
        "names or addresses under which phones reach this computer; left out: its own IPv4 ones on every network",
    }),
    shareMinutes: Type.Integer({ minimum: 1, maximum: 120, default: 30 }),
    maxViewers: Type.Integer({ minimum: 1, maximum: 200, default: 10 }),
    clipHours: Type.Integer({
      minimum: 1,
      maximum: 168,
      default: 24,
      description: "how long a clip is kept that a shopper took along",
    }),
    clipsMegabytes: Type.Integer({
      minimum: 10,
      maximum: 100_000,
      default: 500,
      description: "room for all clips together; a new one is refused beyond it",
    }),
    turn: Type.Optional(
      Type.Object(
        {
          urls: Type.Array(Type.String({ pattern: "^turns?:.+" }), { minItems: 1, maxItems: 4 }),
          secretFile: Type.String({
            minLength: 1,
            description: "file with the secret that coturn has as static-auth-secret",
          }),
        },
        { ...strict, description: "a TURN relay for friends outside the shop's network" },
      ),
    ),
    probeSeconds: Type.Integer({
      minimum: 0,
      maximum: 86_400,
      default: 0,
      description: "how often a test friend looks at what is shown and measures it; 0 = never",
    }),
  },
  { ...strict, default: {} },
);
