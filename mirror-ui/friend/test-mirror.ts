import type { Browser } from "playwright-core";
import type { ShareView } from "#wire/views.ts";
import { type Asked, type Reply, standPage } from "../phone/test-page.ts";

/**
 * For tests: a gateway whose video comes from a second browser page. That page draws a moving canvas and answers every
 * WHEP offer with a peer of its own, so the friend's page meets a real answer, real packets and real frames.
 */
export async function openMirror(browser: Browser, size = { width: 720, height: 1280 }) {
  const page = await browser.newPage();
  await page.setContent("<canvas></canvas>");
  await page.evaluate(({ width, height }) => {
    const canvas = document.querySelector("canvas");
    const context = canvas?.getContext("2d");
    if (!canvas || !context) throw new Error("no canvas");
    canvas.width = width;
    canvas.height = height;
    let turn = 0;
    setInterval(() => {
      turn += 1;
      context.fillStyle = "#cfd9d3";
      context.fillRect(0, 0, width, height);
      context.fillStyle = "#0a5a50";
      context.fillRect((turn * 9) % width, height / 3, width / 4, height / 4);
    }, 33);
    const stream = canvas.captureStream(30);
    const peers: RTCPeerConnection[] = [];
    Object.assign(window, {
      async answer(sdp: string) {
        const peer = new RTCPeerConnection();
        peers.push(peer);
        for (const track of stream.getTracks()) peer.addTrack(track, stream);
        await peer.setRemoteDescription({ type: "offer", sdp });
        await peer.setLocalDescription();
        while (peer.iceGatheringState !== "complete") {
          await new Promise((done) => peer.addEventListener("icegatheringstatechange", done, { once: true }));
        }
        return peer.localDescription?.sdp;
      },
      hangUp() {
        for (const peer of peers.splice(0)) peer.close();
      },
    });
  }, size);

  const shop = { shopName: "Vitrine", shopAddress: "Rue des Lisières 14" };
  const item = { name: "Orso", note: "in tortoise", price: 14_000, currency: "EUR" };
  const gateway: { view: ShareView; shareStatus: number; whepStatus: number } = {
    view: { state: "live", ...shop, item, expiresAt: Date.now() + 1_800_000 },
    shareStatus: 200,
    whepStatus: 201,
  };
  const asked: Asked[] = [];
  const sessions = new Set<string>();
  let count = 0;
  const stand = await standPage({ page: "friend", at: (path) => path.startsWith("/s/"), answer });

  async function answer(request: Asked): Promise<Reply> {
    asked.push(request);
    const { method, path, body } = request;
    if (path.startsWith("/api/v1/shares/")) {
      const { shareStatus: status, view } = gateway;
      return status === 200 ? { status, body: view } : { status, body: { title: "This link is over." } };
    }
    if (method === "DELETE" && sessions.delete(path)) return { status: 200 };
    if (method !== "POST" || !path.startsWith("/whep/")) return { status: 404, body: { title: "Nothing here." } };
    if (gateway.whepStatus !== 201) return { status: gateway.whepStatus, body: { title: "Not now." } };
    const text: unknown = await page.evaluate(`answer(${JSON.stringify(body)})`);
    count += 1;
    const location = `${path}/sessions/${count}`;
    sessions.add(location);
    return { status: 201, text: String(text), headers: { "content-type": "application/sdp", location } };
  }

  async function close(): Promise<void> {
    await page.close();
    await stand.close();
  }

  return { origin: stand.origin, gateway, asked, sessions, hangUp: () => page.evaluate("hangUp()"), close };
}
