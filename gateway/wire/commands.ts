/** What people and other channels may ask of the gateway, whichever way it arrives. These are also the lines of a record. */
export type Command =
  | { command: "shopper.join"; basket?: string }
  | {
      command: "shopper.consent";
      shopperId: string;
      consents: { presence: boolean; offers: boolean; mirror: boolean };
      textVersion: string;
    }
  | { command: "shopper.erase"; shopperId: string }
  | { command: "offer.redeem"; code: string; key: string; by: string }
  | { command: "offer.rollback"; code: string; by: string }
  | { command: "offer.dismiss"; code: string; shopperId: string }
  | { command: "alert.acknowledge"; alertId: string; by: string }
  | { command: "alert.assign"; alertId: string; by: string }
  | { command: "alert.release"; alertId: string; by: string }
  | { command: "alert.resolve"; alertId: string; by: string; refuted?: boolean }
  | { command: "stock.count"; sku: string; shelf: string; plate: number; count: number; by: string }
  | { command: "reservation.make"; sku: string; quantity: number; key: string }
  | { command: "look.try"; mirrorId: string; sku: string }
  | { command: "share.start"; mirrorId: string; sku?: string; ttlMs: number; maxViewers: number }
  | { command: "share.end"; shareId: string; mirrorId: string };

/** What a command answers; `value` is what the HTTP caller gets. */
export type CommandValue<C extends Command["command"]> = C extends "shopper.join"
  ? { shopperId: string }
  : C extends "offer.redeem"
    ? { code: string; redeemedAt: number; offerId: string; sku: string; offerPrice: number }
    : C extends "reservation.make"
      ? { reservationId: string }
      : C extends "share.start"
        ? { shareId: string; expiresAt: number }
        : Record<string, never>;

export type CommandResult<Value> =
  | { ok: true; value: Value }
  | { ok: false; problem: { status: number; type: string; title: string; detail?: string } };
