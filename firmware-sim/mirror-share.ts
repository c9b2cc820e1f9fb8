import { wornSku } from "./video-look.ts";

/** What a mirror asks of the gateway over HTTP, and no more. Every call may throw: the caller starts over. */
export type MirrorApi = {
  /** Resolves once the gateway can carry video. */
  mediaReady(signal: AbortSignal): Promise<void>;
  openSession(mirrorId: string): Promise<string>;
  startShare(mirrorId: string, token: string): Promise<Share>;
  /** False when the share is over, or the gateway no longer knows it. */
  stillShared(share: Share): Promise<boolean>;
};

export type Share = { url: string; expiresAt: number };

const pollEveryMs = 1_000;
const answerWithinMs = 5_000;

export function createMirrorApi(http: string): MirrorApi {
  const base = http.replace(/\/$/, "");

  async function ask(path: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
    const response = await fetch(base + path, { ...init, signal: AbortSignal.timeout(answerWithinMs) });
    if (!response.ok) throw new Error(`${init.method ?? "GET"} ${path}: ${response.status}`);
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? { ...body } : {};
  }
  return {
    async mediaReady(signal) {
      while (!signal.aborted) {
        const state = await ask("/api/v1/media").then(
          (media) => media.state,
          () => undefined,
        );
        if (state === "ready") return;
        await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
      }
    },
    async openSession(mirrorId) {
      const { token } = await ask(`/api/v1/mirrors/${mirrorId}/sessions`, { method: "POST" });
      if (typeof token !== "string") throw new Error("the gateway gave no token");
      return token;
    },
    async startShare(mirrorId, token) {
      const isSold = await ask(`/api/v1/stock/${wornSku}`).then(
        () => true,
        () => false,
      );
      const { url, expiresAt } = await ask(`/api/v1/mirrors/${mirrorId}/shares`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(isSold ? { sku: wornSku } : {}),
      });
      if (typeof url !== "string" || typeof expiresAt !== "number") throw new Error("the gateway gave no share");
      return { url: new URL(url, base).href, expiresAt };
    },
    async stillShared({ url, expiresAt }) {
      if (Date.now() >= expiresAt) return false;
      const shareToken = new URL(url).pathname.split("/").at(-1) ?? "";
      const { state } = await ask(`/api/v1/shares/${shareToken}`);
      return state !== "over";
    },
  };
}
