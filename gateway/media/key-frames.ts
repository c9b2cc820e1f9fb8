import type { types as ms } from "mediasoup";

/**
 * A player sees nothing before a key frame. libwebrtc publishers ignore requests that come within 300 ms of the last
 * one they answered, and mediasoup then waits a whole second before it asks again: two players that join shortly after
 * each other, or the pipe of a new relay that asked too early, would cost the second one a second of black. So a
 * player is let in no sooner than this long after the last key frame, when the publisher will answer at once.
 */
const deafMs = 310;
/**
 * A request may be lost on the way; asking again makes mediasoup repeat it after its second. Not sooner than this: a
 * request that crosses the key frame is ignored by the publisher and blocks those of the next player for that second.
 */
const againMs = 600;
const tries = 4;

export type KeyFrames = {
  /** Resumes a paused consumer when a key frame is to be had, and asks until one has passed. */
  resume(consumer: ms.Consumer): void;
};

/** Watches what the publisher sends. `producer` is the publisher's own, not the relay's. */
export function watchKeyFrames(producer: ms.Producer): KeyFrames {
  let lastMs = Number.NEGATIVE_INFINITY;
  if (producer.kind === "video") {
    producer.on("trace", ({ type }) => {
      if (type === "keyframe") lastMs = performance.now();
    });
    producer.enableTraceEvent(["keyframe"]).catch(ignoreClosed);
  }
  return {
    resume(consumer) {
      if (consumer.kind !== "video") {
        consumer.resume().catch(ignoreClosed);
        return;
      }
      const waitMs = Math.max(0, deafMs - (performance.now() - lastMs));
      const timer = setTimeout(() => letIn(consumer), waitMs);
      consumer.observer.once("close", () => clearTimeout(timer));
    },
  };
}

function letIn(consumer: ms.Consumer) {
  let left = tries;
  const timer = setInterval(() => {
    left -= 1;
    if (left === 0) clearInterval(timer);
    consumer.requestKeyFrame().catch(ignoreClosed);
  }, againMs);
  timer.unref();
  consumer.observer.once("close", () => clearInterval(timer));
  consumer.on("trace", ({ type }) => {
    if (type !== "keyframe") return;
    clearInterval(timer);
    consumer.enableTraceEvent([]).catch(ignoreClosed);
  });
  consumer
    .enableTraceEvent(["keyframe"])
    .then(() => consumer.resume())
    .catch(ignoreClosed);
}

/** The session may end while a request is under way; there is nothing left to do for it then. */
function ignoreClosed() {}
