/**
 * Everything that can happen in the shop, as facts in the past tense. Each is written to the journal before anyone
 * hears of it. `at` is epoch milliseconds: the measurement's own time where the device has a believable clock
 * (see devices/event-time.ts), otherwise the arrival.
 */
export type DomainEvent =
  // --- devices
  | { type: "device-seen"; at: number; deviceId: string; kind: DeviceKind; format: string }
  | { type: "device-status-changed"; at: number; deviceId: string; state: "online" | "offline"; firmware?: string }
  // --- shelves and stock
  | {
      type: "stock-changed";
      at: number;
      shelf: string;
      plate: number;
      sku: string;
      count: number;
      previous: number;
      grams: number;
      /** 0..1: how sure the count is. */
      confidence: number;
      source: Source;
    }
  | { type: "plate-doubted"; at: number; shelf: string; plate: number; sku: string; grams: number; reason: string }
  | { type: "tag-arrived"; at: number; epc: string; sku: string; zone: string; source: Source }
  | { type: "tag-departed"; at: number; epc: string; sku: string; zone: string }
  | {
      type: "stock-counted";
      at: number;
      sku: string;
      shelf: string;
      plate: number;
      count: number;
      /** What the scale shows beyond the counted goods. */
      tareGrams: number;
      by: string;
    }
  | { type: "reservation-made"; at: number; reservationId: string; sku: string; quantity: number; key: string }
  | {
      type: "reservation-ended";
      at: number;
      reservationId: string;
      sku: string;
      reason: "collected" | "expired" | "cancelled";
    }
  // --- alerts
  | {
      type: "alert-opened";
      at: number;
      alertId: string;
      kind: AlertKind;
      severity: Severity;
      sku?: string;
      shelf?: string;
      plate?: number;
      zone?: string;
      deviceId?: string;
    }
  | { type: "alert-changed"; at: number; alertId: string; state: "open" | "acknowledged" | "assigned"; by?: string }
  | {
      type: "alert-closed";
      at: number;
      alertId: string;
      by?: string;
      reason: "restocked" | "resolved" | "refuted" | "back";
    }
  // --- presence. A carrier is a basket of the shop: never a person, never a phone's own address.
  | { type: "zone-entered"; at: number; carrier: string; zone: string; from?: string }
  | { type: "zone-left"; at: number; carrier: string; zone: string }
  | { type: "occupancy-changed"; at: number; zone: string; occupancy: number; by: "carriers" | "camera" }
  // --- shoppers: pseudonyms from the first second
  | { type: "shopper-joined"; at: number; shopperId: string; basket?: string }
  | { type: "consent-changed"; at: number; shopperId: string; consents: Consents; textVersion: string }
  | { type: "shopper-erased"; at: number; shopperId: string }
  // --- offers
  | {
      type: "offer-issued";
      at: number;
      shopperId: string;
      offerId: string;
      code: string;
      sku: string;
      zone: string;
      price: number;
      offerPrice: number;
      expiresAt: number;
    }
  | { type: "offer-redeemed"; at: number; code: string; key: string; by: string }
  | { type: "offer-rolled-back"; at: number; code: string; by: string }
  | { type: "offer-dismissed"; at: number; code: string }
  // --- mirrors
  | { type: "look-tried"; at: number; mirrorId: string; sku: string }
  | {
      type: "share-started";
      at: number;
      shareId: string;
      mirrorId: string;
      sku?: string;
      expiresAt: number;
      maxViewers: number;
    }
  | { type: "share-ended"; at: number; shareId: string; reason: "revoked" | "expired" | "replaced" };

export type EventOf<T extends DomainEvent["type"]> = Extract<DomainEvent, { type: T }>;

export type DeviceKind = "shelf" | "rfid" | "ble" | "camera" | "mirror";
export type AlertKind = "empty" | "low" | "device-down";
export type Severity = "stop" | "wait";

/** Where a fact comes from, and what makes a redelivery recognisable. */
export type Source = { deviceId: string; boot?: number; seq?: number };

/** Three separate choices, all off until the shopper says otherwise. */
export type Consents = { presence: boolean; offers: boolean; mirror: boolean };

/** An event with its place in the journal. Ids rise by one and never repeat. */
export type JournalEntry = { id: number; event: DomainEvent };
