import { Aedes } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Offer } from "#wire/views.ts";
import { type Asked, type Reply, standPage } from "./test-page.ts";

/** For tests: a shop that speaks the shopper's part of the API and has a real broker at /mqtt. */
export async function openShop() {
  const state = { consents: { presence: false, offers: false, mirror: false }, basket: "", joined: 0, erased: false };
  const offers = new Map<string, Offer>();
  const asked: Asked[] = [];
  const token = () => `token-${state.joined}`;
  const shopperId = () => `S-${state.joined}QF7`;
  const topic = () => `store/main/shopper/${shopperId()}/offer`;
  const broker = await Aedes.createBroker();
  broker.authenticate = (_client, username, password, done) =>
    done(null, username === shopperId() && String(password) === token() && !state.erased);

  const stand = await standPage({ page: "phone", at: (path) => path === "/phone", answer });
  const sockets = new WebSocketServer({ server: stand.server, path: "/mqtt" });
  sockets.on("connection", (socket, request) => {
    const stream = createWebSocketStream(socket);
    stream.on("error", () => undefined);
    broker.handle(stream, request);
  });

  function answer(request: Asked): Reply {
    asked.push(request);
    const { method, path, headers, body } = request;
    if (path === "/api/v1/shop") return { status: 200, body: card };
    if (method === "POST" && path === "/api/v1/shoppers") return join(body);
    if (headers.authorization !== `Bearer ${token()}`) return { status: 401, body: { title: "Sign in." } };
    if (state.erased) return { status: 410, body: { title: "We no longer know you." } };
    if (path === "/api/v1/shoppers/me/offers") return { status: 200, body: [...offers.values()] };
    if (path.endsWith("/dismiss")) return dismiss(path.split("/").at(-2) ?? "");
    if (path === "/api/v1/shoppers/me/consents") {
      const { textVersion: _, ...consents } = JSON.parse(body);
      state.consents = consents;
      return { status: 200, body: me() };
    }
    if (path !== "/api/v1/shoppers/me") return { status: 404, body: { title: "Nothing here." } };
    if (method !== "DELETE") return { status: 200, body: me() };
    state.erased = true;
    offers.clear();
    return { status: 204 };
  }

  function join(body: string): Reply {
    const { basket, basketKey } = JSON.parse(body);
    if (basket && basketKey !== "signed")
      return { status: 400, body: { title: "This is not the key on that basket." } };
    state.joined += 1;
    state.erased = false;
    state.basket = basket ? `basket-${basket}` : "";
    state.consents = { presence: false, offers: false, mirror: false };
    const id = shopperId();
    const mqtt = { path: "/mqtt", clientId: `shopper-${id}`, username: id, password: token(), topic: topic() };
    return { status: 201, body: { shopperId: id, token: token(), mqtt } };
  }

  function dismiss(code: string): Reply {
    const offer = offers.get(code);
    if (!offer) return { status: 404, body: { title: "No such offer." } };
    offers.set(code, { ...offer, state: "dismissed" });
    return { status: 200, body: {} };
  }

  function me() {
    const { consents, basket } = state;
    return { shopperId: shopperId(), consents, joinedAt: Date.now(), ...(basket ? { basket } : {}) };
  }

  /** Stores the offer and publishes it, as the gateway does. */
  async function give(offer: Offer): Promise<void> {
    offers.set(offer.code, offer);
    const packet = { cmd: "publish" as const, topic: topic(), qos: 1 as const, dup: false, retain: false };
    const payload = JSON.stringify(offer);
    await new Promise<void>((done) => broker.publish({ ...packet, payload }, () => done()));
  }

  /** Breaks every line, as a Wi-Fi that falls over does. */
  function cutLines(): void {
    for (const socket of sockets.clients) socket.terminate();
  }

  async function close(): Promise<void> {
    cutLines();
    sockets.close();
    await new Promise<void>((done) => broker.close(() => done()));
    await stand.close();
  }

  return { origin: stand.origin, state, offers, asked, give, cutLines, close };
}

export const card = {
  name: "Vitrine",
  address: "Rue des Lisières 14",
  locale: "en-IE",
  currency: "EUR",
  timeZone: "Europe/Brussels",
  opens: "10:00",
  closes: "23:59",
};

/** The coat of the drawings: €420, for €357. Good for two hours. */
export function coatOffer(now: number): Offer {
  return {
    offerId: "O1",
    code: "LIN42K",
    sku: "COAT-QUAY-38",
    name: "Quay coat",
    size: "38",
    note: "wool and cashmere",
    picture: "coat-quay",
    zone: "coats",
    zoneName: "Coats",
    price: 42_000,
    offerPrice: 35_700,
    why: "Your basket is by the coats, and 38 is here.",
    issuedAt: now,
    expiresAt: now + 2 * 3_600_000,
    state: "fresh",
  };
}
