import { onTestFinished } from "vitest";
import { prepareMediaWorker } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { bootGateway, shopConfig } from "../test-gateway.ts";
import { createHeadless } from "./headless.ts";

/** The true gateway with video, and mirror-1 that shares colour bars. `probeSeconds` as in the configuration. */
export async function openMirror(probeSeconds = 0) {
  const loaded = shopConfig();
  loaded.config.media.probeSeconds = probeSeconds;
  const shop = await bootGateway({
    loaded,
    prepareVideo: (onStatus) => prepareMediaWorker({ log: silentLog, onStatus }),
  });
  const fetchHere = (path: string, init: RequestInit = {}) => fetch(new URL(path, shop.url), init);
  const ask = async (path: string, init: RequestInit = {}) => (await fetchHere(path, init)).json();
  while ((await ask("/api/v1/media")).state !== "ready") await new Promise((resolve) => setTimeout(resolve, 20));
  const { token } = await ask("/api/v1/mirrors/mirror-1/sessions", { method: "POST" });
  const authorization = `Bearer ${token}`;
  const json = { authorization, "content-type": "application/json" };
  const share = await ask("/api/v1/mirrors/mirror-1/shares", { method: "POST", headers: json, body: "{}" });
  const mirror = createHeadless({ log: silentLog });
  onTestFinished(() => mirror.close());
  return {
    shop,
    fetch: fetchHere,
    ask,
    json,
    path: `/api/v1/mirrors/mirror-1/shares/${share.shareId}`,
    link: new URL(new URL(share.url).pathname, shop.url).href,
    async show() {
      const shown = await mirror.show(async (body) => {
        const headers = { authorization, "content-type": "application/sdp" };
        const answer = await fetchHere("/whip/mirror-1", { method: "POST", headers, body });
        return answer.ok
          ? { ok: true, answer: await answer.text(), leave: () => {} }
          : { ok: false, reason: await answer.text() };
      });
      if (!shown.ok) throw new Error(shown.reason);
    },
  };
}
