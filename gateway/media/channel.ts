import type { types as ms } from "mediasoup";
import type { Engine } from "./engine.ts";

/** The data channel of one page. */
export type Channel = {
  /** Sends one message as JSON; dropped while the other side does not take what it was sent before. */
  say(message: object): void;
  /** Runs `then` when the other side can hear us; at once when it can already. */
  whenOpen(then: () => void): void;
};

/** Where the data channels of a router end: here, in this process. */
export type Switchboard = {
  direct: ms.DirectTransport;
  /** Has no words of its own; every channel of the router is fed from it. */
  everybody: ms.DataProducer;
  tellEverybody(message: object): void;
};

/** Bytes that may wait for a page; beyond it has stopped listening. */
const maxBufferedBytes = 64 * 1024;
/** A page that talks faster than this (messages in one window) is not listened to until the window is over. */
const maxHeard = 50;
const windowMs = 5_000;
const text = 51;
const emptyText = 56;

export async function createSwitchboard(router: ms.Router): Promise<Switchboard> {
  const direct = await router.createDirectTransport();
  const everybody = await direct.produceData({ label: "words" });
  return {
    direct,
    everybody,
    tellEverybody(message) {
      if (!everybody.closed) everybody.send(JSON.stringify(message));
    },
  };
}

/** Opens channel 0, negotiated by both sides. `hear` gets each text as it came, unchecked. */
export async function openChannel(
  { switchboard }: Engine,
  transport: ms.WebRtcTransport,
  hear: (text: string) => void,
): Promise<Channel> {
  const theirs = await transport.produceData({ sctpStreamParameters: { streamId: 0, ordered: true }, label: "words" });
  const [ear, mouth] = await Promise.all([
    switchboard.direct.consumeData({ dataProducerId: theirs.id }),
    // the first of a transport has stream 0
    transport.consumeData({ dataProducerId: switchboard.everybody.id, ordered: true }),
  ]);
  let open = transport.sctpState === "connected";
  let buffered = 0;
  let heard = 0;
  let waiting: (() => void)[] = [];
  transport.on("sctpstatechange", (state) => {
    open = state === "connected";
    if (!open) return;
    const then = waiting;
    waiting = [];
    for (const run of then) run();
  });
  ear.on("message", (payload, ppid) => {
    if (ppid !== text && ppid !== emptyText) return;
    heard += 1;
    if (heard === 1) setTimeout(listenAgain, windowMs).unref();
    if (heard === maxHeard + 1) theirs.pause().catch(ignoreClosed);
    if (heard <= maxHeard) hear(payload.toString("utf8"));
  });

  function listenAgain() {
    if (heard > maxHeard) theirs.resume().catch(ignoreClosed);
    heard = 0;
  }

  return {
    say(message) {
      if (!open || mouth.closed || buffered > maxBufferedBytes) {
        if (open && !mouth.closed) mouth.getBufferedAmount().then((bytes) => (buffered = bytes), ignoreClosed);
        return;
      }
      mouth.send(JSON.stringify(message)).then((bytes) => (buffered = bytes), ignoreClosed);
    },
    whenOpen(then) {
      if (open) then();
      else waiting.push(then);
    },
  };
}

/** The session may end while a request is under way; there is nothing left to say then. */
function ignoreClosed() {}
