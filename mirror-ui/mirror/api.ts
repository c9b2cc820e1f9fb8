import type { Viewer } from "#wire/share-words.ts";
import type { MediaStatus } from "#wire/views.ts";
import { readViewers } from "./heard.ts";
import { type FrameName, isFrameName } from "./state/frames.ts";

/** What the mirror asks of the gateway. Every call gives up after a while and answers with a value, never a throw. */
export type Item = { sku: string; name: string; note: string; price: number; frame: FrameName };
export type ShopLine = { name: string; address: string; currency: string; locale: string; timeZone: string };
export type Session = { token: string; shop: ShopLine; items: Item[] };
export type Share = { shareId: string; url: string; expiresAt: number; maxViewers: number };
export type ShareStatus = { viewers: Viewer[]; live: boolean; state: string };
export type HelpState = { state: "none" | "asked" | "coming"; by?: string };
export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; reason: "unreachable" | "refused" | "gone"; detail: string };

export type MirrorApi = {
  /** `key` is the mirror's device password; a demo on this very computer needs none. */
  openSession(key: string | undefined): Promise<Answer<Session>>;
  tryLook(token: string, sku: string): Promise<Answer<unknown>>;
  /** `wish`: what it is about; left out: just somebody. */
  askHelp(token: string, wish?: { sku: string; note: string }): Promise<Answer<HelpState>>;
  help(token: string): Promise<Answer<HelpState>>;
  endHelp(token: string): Promise<Answer<unknown>>;
  media(): Promise<Answer<MediaStatus>>;
  startShare(token: string, sku: string): Promise<Answer<Share>>;
  shareStatus(token: string, shareId: string): Promise<Answer<ShareStatus>>;
  /** Asks one friend to leave; "gone" when they had left already. */
  removeViewer(token: string, shareId: string, viewerId: string): Promise<Answer<unknown>>;
  /** Also survives the page being closed: the browser sends it all the same. */
  endShare(token: string, shareId: string): Promise<Answer<unknown>>;
};

const GIVE_UP_MS = 8_000;
const STATUS_WITHIN_MS = 2_000;

export function createMirrorApi(mirrorId: string): MirrorApi {
  const base = `/api/v1/mirrors/${encodeURIComponent(mirrorId)}`;
  return {
    openSession: async (key) => {
      const answer = await call(`${base}/sessions`, { method: "POST", token: key, body: {} });
      return answer.ok ? readSession(answer.value) : answer;
    },
    tryLook: (token, sku) => call(`${base}/looks`, { method: "POST", token, body: { sku } }),
    askHelp: async (token, wish) => readHelp(await call(`${base}/help`, { method: "POST", token, body: wish ?? {} })),
    help: async (token) => readHelp(await call(`${base}/help`, { token })),
    endHelp: (token) => call(`${base}/help`, { method: "DELETE", token, keepalive: true }),
    media: async () => {
      const answer = await call("/api/v1/media", {});
      if (!answer.ok) return answer;
      const { state, step, progress } = fieldsOf(answer.value);
      if (state !== "ready" && state !== "preparing" && state !== "failed") return unexpected("media");
      return { ok: true, value: { state, step: textOf(step), progress: numberOf(progress) } };
    },
    startShare: async (token, sku) => {
      const answer = await call(`${base}/shares`, { method: "POST", token, body: { sku } });
      if (!answer.ok) return answer;
      const share = fieldsOf(answer.value);
      if (typeof share.shareId !== "string" || typeof share.url !== "string") return unexpected("share");
      const { shareId, url } = share;
      return {
        ok: true,
        value: { shareId, url, expiresAt: numberOf(share.expiresAt), maxViewers: numberOf(share.maxViewers) },
      };
    },
    shareStatus: async (token, shareId) => {
      const path = `${base}/shares/${encodeURIComponent(shareId)}`;
      // asked again and again: the next answer is better than a late one
      const answer = await call(path, { token, giveUpMs: STATUS_WITHIN_MS });
      if (!answer.ok) return answer;
      const { viewerList, live, state } = fieldsOf(answer.value);
      return { ok: true, value: { viewers: readViewers(viewerList), live: live === true, state: textOf(state) } };
    },
    removeViewer: (token, shareId, viewerId) =>
      call(`${base}/shares/${encodeURIComponent(shareId)}/viewers/${encodeURIComponent(viewerId)}`, {
        method: "DELETE",
        token,
      }),
    endShare: (token, shareId) =>
      call(`${base}/shares/${encodeURIComponent(shareId)}`, { method: "DELETE", token, keepalive: true }),
  };
}

type CallOptions = {
  method?: string;
  token?: string | undefined;
  body?: unknown;
  keepalive?: boolean;
  giveUpMs?: number;
};

async function call(
  url: string,
  { method = "GET", token, body, keepalive = false, giveUpMs = GIVE_UP_MS }: CallOptions,
): Promise<Answer<unknown>> {
  try {
    const response = await fetch(url, {
      method,
      keepalive,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(giveUpMs),
    });
    const value: unknown = await response.json().catch(() => undefined);
    if (response.ok) return { ok: true, value };
    const { detail, title } = fieldsOf(value);
    const reason = response.status === 404 || response.status === 410 ? "gone" : "refused";
    return { ok: false, reason, detail: textOf(detail) || textOf(title) };
  } catch {
    return { ok: false, reason: "unreachable", detail: "" };
  }
}

function readHelp(answer: Answer<unknown>): Answer<HelpState> {
  if (!answer.ok) return answer;
  const { state, by } = fieldsOf(answer.value);
  if (state !== "none" && state !== "asked" && state !== "coming") return unexpected("help");
  return { ok: true, value: { state, ...(typeof by === "string" ? { by } : {}) } };
}

const fieldsOf = (value: unknown): Record<string, unknown> => (typeof value === "object" && value ? { ...value } : {});
const textOf = (value: unknown) => (typeof value === "string" ? value : "");
const numberOf = (value: unknown) => (typeof value === "number" ? value : 0);
const unexpected = (what: string): Answer<never> => ({
  ok: false,
  reason: "refused",
  detail: `unexpected ${what} answer`,
});

/** Only what the mirror can draw: things without a known frame are left out. */
function readSession(value: unknown): Answer<Session> {
  const { token, shop, items } = fieldsOf(value);
  if (typeof token !== "string" || !Array.isArray(items)) return unexpected("session");
  const { name, address, currency, locale, timeZone } = fieldsOf(shop);
  return {
    ok: true,
    value: {
      token,
      shop: {
        name: textOf(name),
        address: textOf(address),
        currency: textOf(currency) || "EUR",
        locale: textOf(locale) || "en",
        timeZone: textOf(timeZone) || Intl.DateTimeFormat().resolvedOptions().timeZone,
      },
      items: items.flatMap((entry: unknown) => {
        const item = fieldsOf(entry);
        const picture = textOf(item.picture);
        if (!isFrameName(picture)) return [];
        const note = textOf(item.colour) || textOf(item.note);
        return [
          {
            sku: textOf(item.sku),
            name: textOf(item.name),
            note,
            price: numberOf(item.price),
            frame: picture,
          },
        ];
      }),
    },
  };
}
