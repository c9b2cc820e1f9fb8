import type { types as ms } from "mediasoup";

/** A phone that walked out of the building counts as watching for so long. */
export const goneAfterSeconds = 15;

/**
 * Whether the other side is still there, told by what it sends. mediasoup's own check waits for STUN requests [RFC 7675],
 * which browsers send; libnice, and GStreamer with it, keeps its path open by indications, and was let go after 15 s.
 */
export function endWhenQuiet(transport: ms.WebRtcTransport, onQuiet: () => void): void {
  let bytes = -1;
  let heardMs = performance.now();

  async function look() {
    const [stats] = await transport.getStats();
    if (stats && stats.bytesReceived !== bytes) {
      bytes = stats.bytesReceived;
      heardMs = performance.now();
    } else if (performance.now() - heardMs >= goneAfterSeconds * 1_000) onQuiet();
  }

  const timer = setInterval(() => look().catch(ignoreClosed), (goneAfterSeconds * 1_000) / 5);
  timer.unref();
  transport.observer.once("close", () => clearInterval(timer));
}

/** The transport may end while it is being asked. */
function ignoreClosed() {}
