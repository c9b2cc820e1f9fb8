import type { Sighting } from "#wire/decoded.ts";

/**
 * How loud each receiver hears each basket now. This is memory beside the events: it is not journaled, and after a restart it
 * rebuilds itself from the air within seconds. Bounded by baskets × receivers; nobody else's beacon gets in.
 */

/** A receiver that has not heard a basket for this long counts as not hearing it (presence-method: measured, not tuned). */
export const missingAfterMs = 3_000;
/** After this long a link is forgotten, so that a device whose clock jumped back is believed again. */
const forgetAfterMs = 60_000;

type Link = {
  zone: string;
  /** Smoothed RSSI, dBm. */
  levelDbm: number;
  /** Our time of the newest sighting, epoch ms. */
  at: number;
  /** The receiver's own time of it: what makes a repeated or late sighting recognisable. */
  deviceAt: number | undefined;
};

export type CarrierSignals = {
  byReceiver: Map<string, Link>;
  /** Our time of the newest sighting by anyone. */
  heardAt: number;
  /** The zone that has been winning without interruption, and since when. */
  challenger: { zone: string; since: number } | undefined;
};

/** A beacon heard by a receiver that stands in this zone. `at`: on our clock, epoch ms. */
export type Heard = { receiver: string; zone: string; sighting: Sighting; at: number };

export function createCarrierSignals(): CarrierSignals {
  return { byReceiver: new Map(), heardAt: Number.NEGATIVE_INFINITY, challenger: undefined };
}

/**
 * Takes one sighting in. Returns false, and changes nothing, when it is late or repeated.
 * Smoothing is an EWMA over uneven gaps: α = 1 − e^(−Δ/τ).
 */
export function hear(signals: CarrierSignals, { receiver, zone, sighting, at }: Heard, smoothingMs: number): boolean {
  const link = signals.byReceiver.get(receiver);
  if (!link || at - link.at > forgetAfterMs) {
    signals.byReceiver.set(receiver, { zone, levelDbm: sighting.rssiDbm, at, deviceAt: sighting.at });
  } else {
    const repeated = sighting.at !== undefined && link.deviceAt !== undefined && sighting.at <= link.deviceAt;
    if (repeated || at < link.at) return false;
    const gapMs = at - link.at;
    const alpha = gapMs > missingAfterMs ? 1 : smoothingMs > 0 ? 1 - Math.exp(-gapMs / smoothingMs) : 1;
    link.levelDbm += alpha * (sighting.rssiDbm - link.levelDbm);
    link.at = at;
    link.deviceAt = sighting.at ?? link.deviceAt;
  }
  if (at > signals.heardAt) signals.heardAt = at;
  return true;
}

/**
 * The zone that should have the carrier now: the loudest one, but the present zone keeps it unless it is missing or
 * beaten by `hysteresisDb`. Undefined when nobody hears it. Equal levels: the receiver heard first keeps it.
 */
export function winningZone(
  signals: CarrierSignals,
  present: string | undefined,
  { now, hysteresisDb }: { now: number; hysteresisDb: number },
): string | undefined {
  let best: Link | undefined;
  let presentDbm = Number.NEGATIVE_INFINITY;
  for (const link of signals.byReceiver.values()) {
    if (now - link.at > missingAfterMs) continue;
    if (!best || link.levelDbm > best.levelDbm) best = link;
    if (link.zone === present && link.levelDbm > presentDbm) presentDbm = link.levelDbm;
  }
  if (!best) return undefined;
  return best.zone !== present && best.levelDbm < presentDbm + hysteresisDb ? present : best.zone;
}
