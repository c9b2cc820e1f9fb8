import type { StockEvent } from "./stock-events.ts";

export type { DoubtedChange, Facing, Source, StockCause } from "./stock-events.ts";

/**
 * Everything that can happen in the shop, as facts in the past tense. Each is written to the journal before anyone
 * hears of it. `at` is epoch milliseconds: the measurement's own time where the device has a believable clock
 * (see devices/event-time.ts), otherwise the arrival.
 */
export type DomainEvent =
  // --- devices
  | { type: "device-seen"; at: number; deviceId: string; kind: DeviceKind; format: string; boot?: number }
  /** A power-on that was not heard before. */
  | { type: "device-restarted"; at: number; deviceId: string; kind: DeviceKind; boot: number }
  | {
      type: "device-status-changed";
      at: number;
      deviceId: string;
      state: "online" | "offline";
      firmware?: string;
      /** Of its first word ever. */
      format?: string;
      /** Nothing was heard of it; without this its will or itself said so. */
      why?: "silent";
    }
  /** Somebody speaks whom nobody knows: it waits to be adopted. */
  | {
      type: "device-discovered";
      at: number;
      deviceId: string;
      kind: DeviceKind;
      format: string;
      topic: string;
      /** A sensor that another device passes on: its kind is a guess. */
      relayed?: true;
    }
  /** An engineer says where it belongs, for the first time or anew. */
  | {
      type: "device-adopted";
      at: number;
      deviceId: string;
      kind: DeviceKind;
      name: string;
      place: Place;
      /** A scale's own plate number -> the plate of the planogram; left out where they are the same. */
      plates?: Record<string, number>;
      mapping?: Mapping;
      by: string;
    }
  /** `successor` has its place, name and plates now. */
  | {
      type: "device-replaced";
      at: number;
      deviceId: string;
      successor: string;
      /** How the successor is read, if no format speaks for it. */
      mapping?: Mapping;
      by: string;
    }
  | { type: "device-retired"; at: number; deviceId: string; by: string }
  | { type: "device-dismissed"; at: number; deviceId: string; by: string }
  /** It waited and fell silent. */
  | { type: "device-forgotten"; at: number; deviceId: string }
  // --- requests to devices
  | {
      type: "device-requested";
      at: number;
      requestId: string;
      deviceId: string;
      request: RequestBody;
      /** A person's id, or `rollout:<id>`. */
      by: string;
      expiresAt: number;
      /** The power-on and version in which it was asked. */
      boot?: number;
      firmware?: string;
    }
  /** It may not have heard it: said again, with the same id. */
  | { type: "device-request-repeated"; at: number; requestId: string; deviceId: string; boot?: number }
  /** "sent": it is still busy with it. */
  | {
      type: "device-answered";
      at: number;
      requestId: string;
      deviceId: string;
      state: "sent" | "done" | "refused" | "unanswered";
      detail?: string;
      progress?: number;
    }
  // --- firmware roll-outs
  | {
      type: "rollout-started";
      at: number;
      rolloutId: string;
      version: string;
      kind: DeviceKind;
      /** Percent, rising, the last is 100. */
      stages: number[];
      /** In the order they are asked; `stage` is the index of theirs, `from` the version they come from. */
      devices: { id: string; stage: number; from?: string; detail?: string }[];
      pace: RolloutPace;
      by: string;
    }
  | {
      type: "rollout-device-changed";
      at: number;
      rolloutId: string;
      deviceId: string;
      phase: RolloutPhase;
      detail?: string;
      /** The power-on and version it now speaks from. */
      boot?: number;
      firmware?: string;
      /** New power-ons nobody asked for, so far. */
      restarts?: number;
      /** False: the new version is not to blame. */
      blamed?: boolean;
    }
  | {
      type: "rollout-changed";
      at: number;
      rolloutId: string;
      state: "running" | "halted" | "rolling-back" | "rolled-back" | "done";
      stage: number;
      why?: string;
      by?: string;
    }
  // --- shelves and stock
  | StockEvent
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
      /** Minor units at stake in the next hour. */
      value?: number;
      quantity?: number;
      /** All plates of a group; `plate` is the first. */
      plates?: number[];
      /** What stands on each of `plates`, in their order; a plate of two products is named twice. */
      skus?: string[];
      reservationId?: string;
      mirrorId?: string;
      doubtId?: string;
      deliveryId?: string;
      note?: string;
    }
  | {
      type: "alert-changed";
      at: number;
      alertId: string;
      state: "open" | "acknowledged" | "assigned" | "snoozed";
      by?: string;
      snoozedUntil?: number;
      /** Whoever had taken it did not finish in time: it is everybody's again. */
      releasedFrom?: string;
    }
  /** What it is about grew, shrank or became more urgent; what is left out stays as it was. */
  | {
      type: "alert-updated";
      at: number;
      alertId: string;
      severity?: Severity;
      value?: number;
      quantity?: number;
      plates?: number[];
      skus?: string[];
      note?: string;
    }
  /** Nobody reacted. */
  | { type: "alert-escalated"; at: number; alertId: string; level: number }
  | {
      type: "alert-closed";
      at: number;
      alertId: string;
      by?: string;
      reason: AlertEnd;
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
  /** Somebody before the mirror wants a person, or this product in another size. */
  | { type: "help-asked"; at: number; helpId: string; mirrorId: string; sku?: string; note?: string }
  | { type: "help-ended"; at: number; helpId: string; mirrorId: string; by?: string }
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
  | { type: "share-ended"; at: number; shareId: string; reason: "revoked" | "expired" | "replaced" }
  /** A shopper keeps what the mirror recorded: complete on disk, checked, sealed under a key of its own. */
  | {
      type: "clip-kept";
      at: number;
      clipId: string;
      mirrorId: string;
      sku?: string;
      mime: "video/mp4" | "video/webm";
      bytes: number;
      durationMs: number;
      expiresAt: number;
      /** The shopper chose that the link's preview shows them, not a drawing of the product. */
      showsPerson?: true;
    }
  /**
   * The key is destroyed and the file removed after this is on disk, again at the next start if need be. "lost": the disk
   * has it no more, as after a backup was restored.
   */
  | { type: "clip-deleted"; at: number; clipId: string; by: "mirror" | "phone" | "expired" | "replaced" | "lost" };

export type EventOf<T extends DomainEvent["type"]> = Extract<DomainEvent, { type: T }>;

export type Place = { at: "shelf" | "zone" | "mirror"; id: string };
/** How a payload is read that no format speaks for; wire/mapping.ts says what it means. */
export type Mapping = {
  topic: string;
  kind: DeviceKind;
  fields: {
    path: string;
    yields:
      | { reading: "weight"; plate: number }
      | { reading: "people"; zone: string }
      | { reading: "battery" }
      | { reading: "telemetry"; name: string };
    unit: string;
  }[];
};
export type DeviceKind = "shelf" | "rfid" | "ble" | "camera" | "mirror";
export type AlertKind =
  | "empty"
  | "low"
  | "misplaced"
  | "gap"
  | "doubt"
  | "sweep"
  | "delivery"
  | "fetch"
  | "help"
  | "device-down"
  | "put-back"
  | "more";
/** "gone": what it was about is no more; "quiet": nothing more came of it in a while. */
export type AlertEnd = "restocked" | "resolved" | "refuted" | "back" | "gone" | "quiet";
export type Severity = "stop" | "wait";

/** What a device can be asked; see wire/requests.ts for how it travels. Manifest and address of an update are added there. */
export type RequestBody =
  | { command: "identify"; seconds: number }
  | { command: "tare"; plates?: number[]; empty?: boolean }
  | { command: "reboot" }
  | { command: "configure"; settings: Record<string, number | boolean | string> }
  | { command: "update"; version: string }
  | { command: "rollback" };

/**
 * waiting -> asked -> installed (it starts anew) -> soaking (watched) -> healthy; or failed; or, once the roll-out was
 * given up, reverting -> reverted.
 */
export type RolloutPhase =
  | "waiting"
  | "asked"
  | "installed"
  | "soaking"
  | "healthy"
  | "failed"
  | "reverting"
  | "reverted";
export type RolloutPace = {
  /** A new version is watched for this long. */
  soakMs: number;
  /** A device that starts anew, or falls silent, is back within this time. */
  backMs: number;
  /** An offline or busy device is waited for this long. */
  patienceMs: number;
  /** So many update at the same time. */
  atOnce: number;
};

/** Three separate choices, all off until the shopper says otherwise. */
export type Consents = { presence: boolean; offers: boolean; mirror: boolean };

/** An event with its place in the journal. Ids rise by one and never repeat. */
export type JournalEntry = { id: number; event: DomainEvent };
