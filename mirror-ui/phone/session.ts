/** What the shop gives a phone that joins. It stays in this browser until the shopper leaves. */
export type Session = {
  shopperId: string;
  token: string;
  mqtt: { path: string; clientId: string; username: string; password: string; topic: string };
  /** The shopper has answered the three questions once, with whatever answer. */
  asked?: boolean;
};

/** A basket as its QR code names it: the number and the shop's signature under it. */
export type Basket = { number: string; key: string };

const place = "vitrine.phone";

/** The stored session. Anything unreadable counts as none: the shopper joins again and loses nothing but a number. */
export function loadSession(): Session | undefined {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(place) ?? "null");
    return isSession(stored) ? stored : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the session, or forgets it. A browser that refuses storage keeps it until the page is closed. */
export function keepSession(session: Session | undefined): void {
  try {
    if (session) localStorage.setItem(place, JSON.stringify(session));
    else localStorage.removeItem(place);
  } catch {
    // Private windows may refuse storage; the page works until it is closed.
  }
}

/** Reads `#basket=<n>&key=<signature>`; undefined for every other fragment. */
export function readBasket(hash: string): Basket | undefined {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const number = fields.get("basket");
  const key = fields.get("key");
  return number && key && /^\d{1,5}$/.test(number) && key.length <= 200 ? { number, key } : undefined;
}

/** The number people see on the basket, out of the shop's name for it ("basket-7" or 7). */
export function basketNumber(carrier: string | number | undefined): string | undefined {
  return carrier === undefined ? undefined : /(\d+)$/.exec(String(carrier))?.[1];
}

function isSession(value: unknown): value is Session {
  if (!isRecord(value) || !isRecord(value.mqtt)) return false;
  const { mqtt } = value;
  const texts = [value.shopperId, value.token, mqtt.path, mqtt.clientId, mqtt.username, mqtt.password, mqtt.topic];
  return texts.every((text) => typeof text === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
