import { placeNames } from "#wire/place-names.ts";
import type { AlertKind } from "../events.ts";

/** What an alert is about, as one word: one subject has one open alert at the most. */
type About = {
  kind: AlertKind;
  shelf?: string;
  plate?: number;
  sku?: string;
  plates?: number[];
  skus?: string[];
  deviceId?: string;
  mirrorId?: string;
  doubtId?: string;
  deliveryId?: string;
  reservationId?: string;
};

export const placeSubject = placeNames((shelf, plate, sku) => `place:${shelf}/${plate}/${sku}`);
export const deviceSubject = (deviceId: string) => `device:${deviceId}`;
export const sweepSubject = (shelf: string) => `sweep:${shelf}`;
export const helpSubject = (mirrorId: string) => `help:${mirrorId}`;
export const doubtSubject = (doubtId: string) => `doubt:${doubtId}`;
export const deliverySubject = (deliveryId: string) => `delivery:${deliveryId}`;
export const reservationSubject = (reservationId: string) => `reservation:${reservationId}`;
export const moreSubject = "more";

/** All subjects of an alert: several for a group of places, else one. */
export function subjectsOf(alert: About): string[] {
  switch (alert.kind) {
    case "empty":
    case "low":
    case "gap":
    case "misplaced":
      return placesOf(alert);
    case "sweep":
      return [sweepSubject(alert.shelf ?? "")];
    case "doubt":
      return [doubtSubject(alert.doubtId ?? "")];
    case "delivery":
      return [deliverySubject(alert.deliveryId ?? "")];
    case "fetch":
    case "put-back":
      return [reservationSubject(alert.reservationId ?? "")];
    case "help":
      return [helpSubject(alert.mirrorId ?? "")];
    case "device-down":
      return [deviceSubject(alert.deviceId ?? "")];
    case "more":
      return [moreSubject];
  }
}

function placesOf({ shelf = "", plate = 0, sku = "", plates, skus }: About): string[] {
  if (!plates || !skus) return [placeSubject(shelf, plate, sku)];
  return plates.map((number, index) => placeSubject(shelf, number, skus[index] ?? sku));
}
