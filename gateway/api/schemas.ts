import { type Static, type TSchema, Type } from "typebox";
import type { AvailabilityDay } from "#wire/stock-views.ts";
import type { Alert, HelpView, MediaStatus, MirrorView, Offer, Shop, ShopCard, StockItem, Zone } from "#wire/views.ts";
import type { OfferPreview, ShopperView } from "./ports.ts";

/** The shapes of the HTTP contract. One truth: the check of what comes in, and /openapi.json for what goes out. */

export const strict = { additionalProperties: false };

export const Id = Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$", description: "as in the configuration" });
export const Sku = Type.String({ pattern: "^[A-Z0-9][A-Z0-9-]{0,39}$" });
/** Alerts, offers, shares: the gateway's own names. */
export const Name = Type.String({ pattern: "^[A-Za-z0-9_.:-]{1,64}$" });
const Ms = Type.Integer({ description: "epoch milliseconds" });
const Minor = Type.Integer({ description: "minor units of the shop's currency" });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const oneOf = <T extends string[]>(...values: readonly [...T]) => Type.Enum<T>(values);
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: optional(Type.String()),
    field: optional(Type.String({ description: "path of the field that is wrong" })),
    mistakes: optional(
      Type.Array(Type.Object({ field: Type.String(), detail: Type.String() }), {
        description: "every mistake, where there may be many",
      }),
    ),
    current: optional(
      Type.Integer({ description: "the version that is there now, of what was edited by two at once" }),
    ),
  },
  { description: "RFC 9457 problem details, application/problem+json" },
);

export const IdParams = Type.Object({ id: Id }, strict);
export const NameParams = Type.Object({ id: Name }, strict);
export const SkuParams = Type.Object({ sku: Sku }, strict);
export const CodeParams = Type.Object({ code: Name }, strict);

export const IdempotencyKey = Type.String({
  pattern: "^[\\x21-\\x7e]{1,64}$",
  description: "made by the caller once per intention and repeated when it asks again",
});
export const IdempotencyHeaders = Type.Object({ "idempotency-key": IdempotencyKey });

const EvidenceSchema = Type.Object({
  by: oneOf("weight", "rfid", "camera", "distance", "person", "till"),
  says: Type.Number(),
  sure: Share,
  at: Ms,
  deviceId: optional(Type.String()),
});
const Place = Type.Object({
  shelf: Type.String(),
  plate: Type.Integer(),
  count: Type.Integer(),
  capacity: Type.Integer(),
  minimum: Type.Integer(),
  confidence: Share,
  stray: optional(Type.Literal(true, { description: "it does not belong there by the planogram" })),
  evidence: optional(Type.Array(EvidenceSchema)),
});
export const StockItemSchema = Type.Object({
  sku: Type.String(),
  gtin: Type.String(),
  name: Type.String(),
  size: optional(Type.String()),
  colour: optional(Type.String()),
  category: Type.String(),
  picture: Type.String(),
  price: Minor,
  onShelf: Type.Integer(),
  reserved: Type.Integer(),
  available: Type.Integer(),
  confidence: Share,
  at: Ms,
  places: Type.Array(Place),
  style: optional(Type.String({ description: "what the sizes and colours of one product share" })),
  setAside: optional(Type.Integer({ description: "fetched for customers" })),
  inHands: optional(Type.Integer({ description: "taken from a shelf, not yet paid or put back" })),
});
export const AvailabilitySchema = Type.Object({
  gtin: Type.String(),
  sku: Type.String(),
  name: Type.String(),
  available: Type.Integer({ description: "pieces that can be sold now" }),
  confidence: Share,
  at: Ms,
});
export const AlertSchema = Type.Object({
  id: Type.String(),
  kind: oneOf(
    "empty",
    "low",
    "misplaced",
    "gap",
    "doubt",
    "sweep",
    "delivery",
    "fetch",
    "help",
    "device-down",
    "put-back",
    "more",
  ),
  severity: oneOf("stop", "wait"),
  state: oneOf("open", "acknowledged", "assigned", "snoozed", "closed"),
  value: optional(Minor),
  quantity: optional(Type.Integer()),
  plates: optional(Type.Array(Type.Integer())),
  skus: optional(Type.Array(Type.String(), { description: "what stands on each of plates" })),
  reservationId: optional(Type.String()),
  mirrorId: optional(Type.String()),
  doubtId: optional(Type.String()),
  deliveryId: optional(Type.String()),
  note: optional(Type.String()),
  escalated: optional(Type.Integer()),
  snoozedUntil: optional(Ms),
  releasedFrom: optional(Type.String({ description: "who had taken it and did not finish in time" })),
  sku: optional(Type.String()),
  shelf: optional(Type.String()),
  plate: optional(Type.Integer()),
  zone: optional(Type.String()),
  deviceId: optional(Type.String()),
  by: optional(Type.String()),
  reason: optional(Type.String()),
  openedAt: Ms,
  at: Ms,
});
export const HelpSchema = Type.Object({
  state: oneOf("none", "asked", "coming"),
  askedAt: optional(Ms),
  by: optional(Type.String({ description: "first name of whoever is coming" })),
  sku: optional(Type.String()),
  note: optional(Type.String()),
});
const Duration = Type.Number({ description: "milliseconds" });
export const AvailabilityDaySchema = Type.Object({
  day: Type.String({ description: "local date, YYYY-MM-DD" }),
  points: Type.Array(Type.Object({ at: Ms, available: Share }), {
    description: "share of places with something on them, one point a quarter of an hour since opening",
  }),
  places: Type.Array(
    Type.Object({
      shelf: Type.String(),
      plate: Type.Integer(),
      sku: Type.String(),
      emptyMs: Duration,
      lowMs: Duration,
      unheardMs: optional(Type.Number({ description: "its scale was silent that long, milliseconds" })),
      available: Share,
      empty: Type.Array(Type.Tuple([Ms, Type.Union([Ms, Type.Null()])])),
    }),
  ),
});
export const ZoneSchema = Type.Object({ zone: Type.String(), occupancy: Type.Integer(), at: Ms });
export const MediaStatusSchema = Type.Object({
  state: oneOf("preparing", "ready", "failed"),
  step: Type.String(),
  progress: Share,
});
export const MirrorViewSchema = Type.Object({
  id: Type.String(),
  sharing: Type.Boolean(),
  viewers: Type.Integer(),
  live: Type.Boolean(),
  sku: optional(Type.String()),
});
export const OfferSchema = Type.Object({
  offerId: Type.String(),
  code: Type.String(),
  sku: Type.String(),
  name: Type.String(),
  size: optional(Type.String()),
  note: optional(Type.String()),
  picture: Type.String(),
  zone: Type.String(),
  zoneName: Type.String(),
  price: Minor,
  offerPrice: Minor,
  why: Type.String(),
  issuedAt: Ms,
  expiresAt: Ms,
  state: oneOf("fresh", "used", "over", "dismissed"),
  usedAt: optional(Ms),
});
export const ConsentsSchema = Type.Object(
  { presence: Type.Boolean(), offers: Type.Boolean(), mirror: Type.Boolean() },
  strict,
);
export const ShopperSchema = Type.Object({
  shopperId: Type.String(),
  consents: ConsentsSchema,
  basket: optional(Type.String()),
  joinedAt: Ms,
});
export const OfferPreviewSchema = Type.Object({
  offerId: Type.String(),
  sku: Type.String(),
  wouldIssue: Type.Boolean(),
  reasons: Type.Array(Type.String()),
});
/** Its shape is wire/views.ts Shop: drawn by our own pages, too wide to be worth a contract field by field. */
export const ShopSchema = Type.Object(
  { id: Type.String(), name: Type.String() },
  {
    additionalProperties: true,
    description: "the shop as it stands: floor, zones, shelves, receivers, mirrors, staff",
  },
);
export const ShopCardSchema = Type.Object({
  name: Type.String(),
  address: Type.String(),
  locale: Type.String({ description: "BCP 47" }),
  currency: Type.String({ description: "ISO 4217" }),
  timeZone: Type.String({ description: "IANA" }),
  opens: Type.String({ description: "HH:MM" }),
  closes: Type.String({ description: "HH:MM" }),
});
export const NothingSchema = Type.Object({}, strict);

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Does not compile when a schema here and the view it describes drift apart. */
export const schemasAgreeWithViews: [
  Same<Omit<Static<typeof StockItemSchema>, "category">, Omit<StockItem, "category">>,
  Same<Static<typeof AlertSchema>, Alert>,
  Same<Static<typeof HelpSchema>, HelpView>,
  Same<Static<typeof AvailabilityDaySchema>, AvailabilityDay>,
  Same<Static<typeof ZoneSchema>, Zone>,
  Same<Static<typeof MediaStatusSchema>, MediaStatus>,
  Same<Static<typeof MirrorViewSchema>, MirrorView>,
  Same<Static<typeof OfferSchema>, Offer>,
  Same<Static<typeof ShopperSchema>, ShopperView>,
  Same<Static<typeof OfferPreviewSchema>, OfferPreview>,
  Same<Static<typeof ShopCardSchema>, ShopCard>,
] = [true, true, true, true, true, true, true, true, true, true, true];

/** The public part of the shop: no plan, no names of staff. */
export function shopCard({ name, address, locale, currency, timeZone, opens, closes }: Shop): ShopCard {
  return { name, address, locale, currency, timeZone, opens, closes };
}
