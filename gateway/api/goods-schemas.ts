import { type Static, Type } from "typebox";
import type { Delivery, LedgerEntry, Reservation } from "#wire/stock-views.ts";
import { AvailabilitySchema, Name, Sku, strict } from "./schemas.ts";

/** The shapes of what moves goods: sales, deliveries, reservations, and the ledger that they leave. */

const Ms = Type.Integer({ description: "epoch milliseconds" });
const Pieces = Type.Integer({ minimum: 1, maximum: 1_000 });
export const Gtin = Type.String({ pattern: "^([0-9]{8}|[0-9]{12,14})$", description: "GTIN-8, -12, -13 or -14" });
const Line = Type.Object({ sku: Sku, quantity: Pieces }, strict);
export const LinesSchema = Type.Array(Line, { minItems: 1, maxItems: 200 });
/** Of a delivery that came otherwise than expected, or not at all. */
export const ReceivedLinesSchema = Type.Array(Line, { maxItems: 200 });
export const SaleLinesSchema = Type.Array(
  Type.Object(
    {
      sku: Type.Optional(Sku),
      gtin: Type.Optional({ ...Gtin, description: "in place of the SKU, as the till scanned it" }),
      quantity: Type.Integer({
        minimum: -1_000,
        maximum: 1_000,
        not: { const: 0 },
        description: "below 0: brought back",
      }),
    },
    strict,
  ),
  { minItems: 1, maxItems: 200 },
);
/** The gateway's own names of sales, deliveries and reservations. */
export const OwnNameParams = Type.Object({ id: Name }, strict);

export const LedgerEntrySchema = Type.Object({
  at: Ms,
  journalId: Type.Integer(),
  cause: Type.Enum([
    ...(["pick", "put-back", "restock", "sale", "return", "count", "move", "shrink"] as const),
    ...(["correction", "delivery", "tag"] as const),
  ]),
  quantity: Type.Integer({ minimum: 1 }),
  from: Type.String({
    description: "shelf:<shelf>/<plate>, zone:<zone>, hands, stockroom, aside, sold, lost, outside, unknown",
  }),
  to: Type.String(),
  by: Type.Optional(Type.String()),
});
export const LedgerSchema = Type.Object({
  entries: Type.Array(LedgerEntrySchema, { description: "the newest first; the last fifty of a product are kept" }),
  balances: Type.Record(Type.String(), Type.Integer(), {
    description: "of all time; accounts at nothing are left out, and together they are always nothing",
  }),
});
export const DeliverySchema = Type.Object({
  id: Type.String(),
  state: Type.Enum(["expected", "received"]),
  lines: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() })),
  expectedAt: Ms,
  at: Ms,
  by: Type.String(),
});
export const ReservationSchema = Type.Object({
  id: Type.String(),
  sku: Type.String(),
  quantity: Type.Integer(),
  state: Type.Enum(["made", "ready", "collected", "expired", "cancelled"]),
  label: Type.Optional(Type.String()),
  madeAt: Ms,
  expiresAt: Ms,
  by: Type.Optional(Type.String({ description: "who fetched it" })),
  madeBy: Type.Optional(Type.String({ description: "who asked: a person, or channel:<id>" })),
  at: Ms,
});
export const VariantSchema = Type.Object({
  ...AvailabilitySchema.properties,
  size: Type.Optional(Type.String()),
  colour: Type.Optional(Type.String()),
});
export const StyleSchema = Type.Object({ style: Type.String(), items: Type.Array(VariantSchema) });

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Does not compile when a schema here and what it describes drift apart. */
export const schemasAgreeWithGoods: [
  Same<Static<typeof LedgerEntrySchema>, LedgerEntry>,
  Same<Static<typeof DeliverySchema>, Delivery>,
  Same<Static<typeof ReservationSchema>, Reservation>,
] = [true, true, true];
