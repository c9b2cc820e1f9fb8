import { filtersMeet } from "#wire/topic-filters.ts";
import type { Bus } from "../bus.ts";
import type { Inbox } from "../inbox.ts";
import type { Live } from "../live.ts";

/** Pages are told at most so often that something new lies there: a flood of rubbish is one line now and then. */
const everyMs = 2_000;

/**
 * Tells pages how much lies in the inbox: at once, and then at most once in two seconds. What was mapped to a device lies
 * there no longer. Returns how to stop.
 */
export function wireInbox(inbox: Inbox, live: Live, bus: Bus): () => void {
  let timer: NodeJS.Timeout | undefined;
  let hasNews = false;

  function tell() {
    hasNews = false;
    live.touched("inbox", "inbox");
    timer = setTimeout(() => {
      timer = undefined;
      if (hasNews) tell();
    }, everyMs);
  }

  function wasMapped({ mapping }: { mapping?: { topic: string } }) {
    if (!mapping) return;
    for (const topic of inbox.topics()) if (filtersMeet(mapping.topic, topic)) inbox.clear(topic);
  }
  bus.on("device-adopted", wasMapped);
  bus.on("device-replaced", wasMapped);
  inbox.onChanged(() => {
    hasNews = true;
    if (!timer) tell();
  });
  return () => {
    inbox.onChanged(() => {});
    clearTimeout(timer);
  };
}
