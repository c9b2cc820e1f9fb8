/** When the shop opens and closes on the local day of an epoch ms, as epoch ms; handed in, because days are local. */
export type Hours = { opensAt(at: number): number; closesAt(at: number): number };

export const dayMs = 24 * 60 * 60 * 1000;
const fetchMs = 2 * 60 * 60 * 1000;

/** Staff fetch within two hours in which the shop is open: who asks at night or shortly before closing is served next morning. */
export function fetchUntil(now: number, { opensAt, closesAt }: Hours): number {
  const [opens, closes] = [opensAt(now), closesAt(now)];
  // open past midnight, or never: then two hours are two hours
  if (closes <= opens) return now + fetchMs;
  if (now < opens) return opens + fetchMs;
  return now + fetchMs <= closes ? now + fetchMs : opensAt(now + dayMs) + fetchMs;
}

/** What was fetched waits until the shop closes on the next day: who hears of it in the evening has a whole day to come. */
export const collectUntil = (now: number, { closesAt }: Hours): number => closesAt(now + dayMs);

const tidyMs = 30 * 60 * 1000;

/** The last time, up to `now`, that the shop had been closed for half an hour: time to pay and to put back. */
export function lastTidied(now: number, { closesAt }: Hours): number {
  const today = closesAt(now) + tidyMs;
  return today <= now ? today : closesAt(now - dayMs) + tidyMs;
}
