import type { Reservation } from "#wire/stock-views.ts";
import type { Alert } from "#wire/views.ts";
import { clockTime } from "../look/time.ts";
import {
  calledBy,
  capital,
  deviceHelp,
  deviceName,
  type Given,
  type Known,
  listed,
  nameOf,
  zoneName,
} from "./words.ts";

/** The words of what somebody is asked to do, besides filling shelves. */

export function deliveryWords(alert: Alert, known: Known): Given {
  const pieces = alert.quantity === undefined ? "Goods" : `${alert.quantity} pieces`;
  const what = alert.sku ? `${alert.quantity ?? "Some"} × ${nameOf(alert.sku, known)}` : pieces;
  return {
    title: "A delivery is coming",
    detail: alert.note ? `${what}. ${alert.note}` : what,
    short: `A delivery is coming, ${what}`,
    done: "Received",
    doneTitle: "The delivery is in",
    refute: "It did not come",
  };
}

export function fetchWords(alert: Alert, known: Known): Given {
  const held = alert.reservationId === undefined ? undefined : known.reservations.get(alert.reservationId);
  const quantity = held?.quantity ?? alert.quantity ?? 1;
  const name = `${quantity > 1 ? `${quantity} × ` : ""}${nameOf(held?.sku ?? alert.sku, known)}`;
  const whom = held?.label ?? alert.note;
  return {
    title: `Fetch ${name}${whom ? ` for ${whom}` : ""}`,
    detail: [whereWords(held?.sku ?? alert.sku, known), held && untilWords(held, known)].filter(Boolean).join(", "),
    subject: name,
    done: "Ready",
    doneTitle: `${name} is put aside`,
    refute: "Not there",
  };
}

function whereWords(sku: string | undefined, { stock }: Known): string {
  const places = sku === undefined ? [] : (stock.get(sku)?.places.filter(({ count }) => count > 0) ?? []);
  if (places.length === 0) return "None on the floor, look in the stockroom";
  return `On ${listed([...new Set(places.map(({ shelf }) => shelf))], 3, "and")}`;
}

export function putBackWords(alert: Alert, known: Known): Given {
  const quantity = alert.quantity ?? 1;
  const name = `${quantity > 1 ? `${quantity} × ` : ""}${nameOf(alert.sku, known)}`;
  const home = known.shop.shelves.find(({ plates }) => plates.some(({ sku }) => sku === alert.sku));
  return {
    title: `Put ${name} back`,
    detail: `${alert.note ?? "Nobody"} ${alert.note ? "did not come" : "came for it"}${home ? `, it belongs on ${home.id}` : ""}`,
    short: `Put ${name} back${home ? ` on ${home.id}` : ""}`,
    subject: name,
    done: "Put back",
    doneTitle: `${name} put back`,
  };
}

/** So much happens at once that the rest waits its turn. */
export function moreWords({ quantity }: Alert): Given {
  const title = quantity === undefined ? "More is waiting" : `${quantity} more ${quantity === 1 ? "waits" : "wait"}`;
  return { title, detail: "They come when these are done", done: "Seen", doneTitle: title };
}

const untilWords = ({ expiresAt }: Reservation, { shop }: Known) => `until ${clockTime(expiresAt, shop)}`;

export function helpWords(alert: Alert, known: Known): Given {
  const { shop } = known;
  const mirror = shop.mirrors.find(({ id }) => id === (alert.mirrorId ?? alert.deviceId));
  const name = mirror?.name ?? alert.mirrorId ?? "A mirror";
  const wish = [alert.sku ? nameOf(alert.sku, known) : undefined, alert.note].filter(Boolean).join(", ");
  return {
    title: `${name} asks for someone`,
    detail: wish === "" ? (mirror ? zoneName(mirror.zone, shop) : "Go and ask") : capital(wish),
    short: wish === "" ? `${name} asks for someone` : `${name} asks for someone: ${wish}`,
    subject: name,
    done: "Helped",
    doneTitle: `${name} was helped`,
    refute: "No one is there",
  };
}

export function deviceWords(alert: Alert, { shop, devices }: Known): Given {
  const device = alert.deviceId ? devices.get(alert.deviceId) : undefined;
  const name = device ? calledBy(device, shop) : deviceName(alert.deviceId ?? "A device", undefined, shop);
  const since = device?.lastSeenAt ?? alert.openedAt;
  return {
    title: `${name} does not answer`,
    subject: name,
    detail: `Silent since ${clockTime(since, shop)}. ${deviceHelp(device?.kind)}`,
    done: "Fixed",
    doneTitle: `${name} put right`,
  };
}
