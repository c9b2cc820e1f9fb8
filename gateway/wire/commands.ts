import type { Settings } from "./requests.ts";
import type { PlanogramFacing } from "./stock-views.ts";
import type { TopicKind } from "./topics.ts";
import type { DeviceMapping, DevicePlace } from "./views.ts";

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
  | { command: "alert.snooze"; alertId: string; minutes: number; by: string }
  | { command: "help.ask"; mirrorId: string; sku?: string; note?: string }
  /** By the mirror itself: never mind. */
  | { command: "help.end"; mirrorId: string }
  | { command: "alert.resolve"; alertId: string; by: string; refuted?: boolean }
  | { command: "stock.count"; sku: string; shelf: string; plate: number; count: number; by: string }
  | { command: "stock.write-off"; sku: string; quantity: number; reason: string; key?: string; by: string }
  /** Which of a doubt's candidates it was; -1: none of them. */
  | { command: "doubt.settle"; doubtId: string; candidate: number; by: string }
  | { command: "sale.make"; lines: { sku: string; quantity: number }[]; key: string; by: string }
  | {
      command: "delivery.expect";
      lines: { sku: string; quantity: number }[];
      expectedAt: number;
      key: string;
      by: string;
    }
  /** What truly came; left out: what was expected. */
  | { command: "delivery.receive"; deliveryId: string; lines?: { sku: string; quantity: number }[]; by: string }
  /** `by`: a person, or `channel:<id>`, which may then read and cancel it. */
  | { command: "reservation.make"; sku: string; quantity: number; key: string; label?: string; by?: string }
  | { command: "reservation.ready"; reservationId: string; by: string }
  | { command: "reservation.collect"; reservationId: string; by: string }
  | { command: "reservation.cancel"; reservationId: string; by: string }
  /** `basedOn`: the version that whoever edits has seen. */
  | {
      command: "planogram.change";
      basedOn: number;
      shelves: { id: string; plates: PlanogramFacing[] }[];
      note?: string;
      by: string;
    }
  | { command: "look.try"; mirrorId: string; sku: string }
  | { command: "share.start"; mirrorId: string; sku?: string; ttlMs: number; maxViewers: number }
  | { command: "share.end"; shareId: string; mirrorId: string }
  /** By the gateway itself, once the clip lies complete and sealed on disk. Asked twice it answers the same. */
  | {
      command: "clip.keep";
      clipId: string;
      mirrorId: string;
      sku?: string;
      mime: "video/mp4" | "video/webm";
      bytes: number;
      durationMs: number;
      ttlMs: number;
      showsPerson: boolean;
    }
  /** "lost": by the gateway itself, of one that its disk has no more. */
  | { command: "clip.delete"; clipId: string; by: "mirror" | "phone" | "lost" }
  | {
      command: "device.adopt";
      deviceId: string;
      name: string;
      kind: TopicKind;
      place: DevicePlace;
      plates?: Record<string, number>;
      mapping?: DeviceMapping;
      by: string;
    }
  /** With a mapping the successor may be one that was never heard as a device. */
  | { command: "device.replace"; deviceId: string; successor: string; mapping?: DeviceMapping; by: string }
  | { command: "device.retire"; deviceId: string; by: string }
  | { command: "device.dismiss"; deviceId: string; by: string }
  | { command: "device.request"; deviceId: string; request: AskedOfDevice; by: string }
  /** By the gateway itself, after a crash: what must not be said twice ends without an answer. */
  | { command: "device.request-lost"; deviceId: string; requestId: string }
  | {
      command: "rollout.start";
      version: string;
      kind: TopicKind;
      /** Of the signed manifest: an older device cannot take it in one step. */
      minVersion?: string;
      /** Percent, rising; left out: 5, 25, 100. */
      stages?: number[];
      pace?: { soakMs?: number; backMs?: number; patienceMs?: number; atOnce?: number };
      /** Also to devices that have a newer version. */
      force?: boolean;
      by: string;
    }
  | { command: "rollout.halt"; rolloutId: string; rollBack: boolean; by: string };

/** What people may ask of one device; updates come by roll-out. */
export type AskedOfDevice =
  | { command: "identify"; seconds: number }
  /** `plates`: its own numbers, left out: all. `empty`: whoever asks has seen that nothing stands on them. */
  | { command: "tare"; plates?: number[]; empty?: boolean }
  | { command: "reboot" }
  | { command: "configure"; settings: Settings };

/** What a command answers; `value` is what the HTTP caller gets. */
export type CommandValue<C extends Command["command"]> = C extends "shopper.join"
  ? { shopperId: string }
  : C extends "offer.redeem"
    ? { code: string; redeemedAt: number; offerId: string; sku: string; offerPrice: number }
    : C extends "reservation.make"
      ? { reservationId: string }
      : C extends "sale.make"
        ? { saleId: string; neverStocked?: string[] }
        : C extends "delivery.expect"
          ? { deliveryId: string }
          : C extends "planogram.change"
            ? { version: number }
            : C extends "share.start"
              ? { shareId: string; expiresAt: number }
              : C extends "clip.keep"
                ? { expiresAt: number }
                : C extends "device.request"
                  ? { requestId: string }
                  : C extends "rollout.start"
                    ? { rolloutId: string }
                    : Record<string, never>;

export type CommandResult<Value> =
  | { ok: true; value: Value }
  | {
      ok: false;
      problem: {
        status: number;
        type: string;
        title: string;
        detail?: string;
        /** Every mistake, where there may be many. */
        mistakes?: { field: string; detail: string }[];
        /** The version that is there now, of what was edited by two at once. */
        current?: number;
      };
    };
