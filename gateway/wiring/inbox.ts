import type { Inbox } from "../inbox.ts";
import type { Live } from "../live.ts";

/** Pages are told at most so often that something new lies there: a flood of rubbish is one line now and then. */
const everyMs = 2_000;

/** Tells pages how much lies in the inbox: at once, and then at most once in two seconds. Returns how to stop. */
export function wireInbox(inbox: Inbox, live: Live): () => void {
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

  inbox.onChanged(() => {
    hasNews = true;
    if (!timer) tell();
  });
  return () => {
    inbox.onChanged(() => {});
    clearTimeout(timer);
  };
}
