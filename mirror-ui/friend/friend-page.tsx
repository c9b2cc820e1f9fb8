import { useEffect } from "preact/hooks";
import { EmptyRail } from "../look/empty-rail.tsx";
import { clockTime } from "../look/time.ts";
import { Picture } from "./picture.tsx";
import type { Watching } from "./watching.ts";
import { whatAndWhere, wordsFor } from "./words.ts";

/** One pane with the friend's picture, one sill with who, what and where. No account, no shop around it. */
export function FriendPage({ watching }: { watching: Watching }) {
  const { stage, share, stream, lostSince } = watching;
  const place = Intl.DateTimeFormat().resolvedOptions();
  const { title, sentence } = wordsFor(stage.value, share.value);
  const until = share.value?.expiresAt;
  const open = stage.value === "live" || stage.value === "waiting";
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div class="app" data-stage={stage.value}>
      <div class="pane">
        <EmptyRoom />
        {stream.value && <Picture stream={stream.value} shown={stage.value === "live"} onFrame={watching.frame} />}
        {stage.value === "live" && (
          <p class="label live">
            <span class="dot" />
            Live
          </p>
        )}
      </div>
      <div class="edge" />
      <main class="sill">
        <h1 class={stage.value === "live" ? "d f5" : "d f5 f6-wide"} aria-live="polite">
          {title}
        </h1>
        {sentence && <p class="q after">{sentence}</p>}
        {lostSince.value !== undefined && <p class="f1 q n after">Quiet since {clockTime(lostSince.value, place)}.</p>}
        <p class="f1 q n after">{whatAndWhere(share.value, stage.value, place.locale)}</p>
        {open && until !== undefined && <p class="f1 q n">The link is open until {clockTime(until, place)}.</p>}
      </main>
    </div>
  );
}

/** What stands in the pane until there is a picture, and after it has gone. */
function EmptyRoom() {
  return (
    <svg class="scene" viewBox="0 0 390 470" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
      <path d="M0 0H180L390 360V470H0Z" fill="var(--wall-1)" />
      <EmptyRail railY={96} floorY={392} height={470} />
    </svg>
  );
}
