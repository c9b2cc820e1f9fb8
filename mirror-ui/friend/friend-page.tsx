import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { EmptyRail } from "../look/empty-rail.tsx";
import { clockTime } from "../look/time.ts";
import { Answers, OwnLine } from "./answers.tsx";
import { ClipPicture, ClipRuler, PlayButton } from "./clip.tsx";
import { ClipActions } from "./clip-actions.tsx";
import { createClipPlayer } from "./clip-player.ts";
import { LastFrame, Picture } from "./picture.tsx";
import type { Watching } from "./watching.ts";
import { timeAndDay } from "./when.ts";
import { watchingWords, whatAndWhere, wordsFor } from "./words.ts";

type Props = { watching: Watching; ownerKey: string | undefined };

/** One pane with the friend's picture, one sill with who, what and where. No account, no shop around it. */
export function FriendPage({ watching, ownerKey }: Props) {
  const { stage, ending, share, held, lostSince, talk } = watching;
  const place = Intl.DateTimeFormat().resolvedOptions();
  const player = useMemo(createClipPlayer, []);
  const told = useComputed(() =>
    wordsFor({
      stage: stage.value,
      ending: ending.value,
      share: share.value,
      owner: ownerKey !== undefined,
      offline: !navigator.onLine,
      held: held.value,
      deafHere: isFirefoxAtHome(),
    }),
  );
  const { title, sentence } = told.value;
  const until = untilWords(watching);
  const moving = stage.value === "live" || stage.value === "back";
  const clip = stage.value === "clip" ? share.value?.clip : undefined;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div class="app" data-stage={stage.value}>
      <div class="pane">
        <EmptyRoom />
        {clip ? <ClipPane watching={watching} player={player} /> : <LivePane watching={watching} moving={moving} />}
      </div>
      <div class="edge" />
      <main class="sill">
        {clip && !player.failed.value && <ClipRuler clip={clip} player={player} />}
        <div class="row head">
          <h1 class={moving || clip ? "d f4 grow" : "d f5 f6-wide grow"} aria-live="polite">
            {title}
          </h1>
          {clip && !player.failed.value && <PlayButton player={player} />}
        </div>
        {sentence && <p class="q after">{sentence}</p>}
        {lostSince.value !== undefined && <p class="f1 q n after">Quiet since {clockTime(lostSince.value, place)}.</p>}
        <p class="f1 q n after">{whatAndWhere(share.value, stage.value, place.locale)}</p>
        {until && <p class="f1 q n">{until}</p>}
        {player.failed.value && clip && (
          <p class="f1 st-stop after">
            This browser does not play this kind of clip. Save it, or open the link in another browser.
          </p>
        )}
        {moving && <Answers talk={talk} />}
        {clip && (
          <ClipActions
            token={watching.token}
            clipUrl={clip.url}
            ownerKey={ownerKey}
            onDeleted={() => watching.end("deleted")}
          />
        )}
      </main>
    </div>
  );
}

/** Firefox, on the computer that the gateway runs on: it pairs none of its addresses with a loopback one. */
function isFirefoxAtHome(): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname) && navigator.userAgent.includes("Firefox/");
}

function LivePane({ watching, moving }: { watching: Watching; moving: boolean }) {
  const { stage, stream, hasSound, held, talk } = watching;
  const sound = useSignal(false);
  return (
    <>
      {stream.value && (
        <Picture
          stream={stream.value}
          shown={moving}
          hasSound={hasSound.value}
          sound={sound}
          held={held}
          onFrame={watching.frame}
        />
      )}
      <LastFrame stage={stage} />
      {moving && (
        <div class="labels">
          <p class="label live" role="status">
            {stage.value === "live" && <span class="dot" />}
            {stage.value === "live" ? "Live" : "Coming back"}
          </p>
          {talk.viewers.value !== undefined && <p class="label">{watchingWords(talk.viewers.value)}</p>}
        </div>
      )}
      <OwnLine talk={talk} shown={moving} />
    </>
  );
}

function ClipPane({ watching, player }: { watching: Watching; player: ReturnType<typeof createClipPlayer> }) {
  const clip = watching.share.value?.clip;
  const place = Intl.DateTimeFormat().resolvedOptions();
  if (!clip) return null;
  return (
    <>
      <ClipPicture
        clip={clip}
        poster={`/s/${encodeURIComponent(watching.token)}/poster.jpg`}
        player={player}
        onBroken={() => void watching.look()}
      />
      <div class="labels">
        <p class="label n">{timeAndDay(clip.recordedAt, Date.now(), place)}</p>
      </div>
    </>
  );
}

/** How long the link, or the clip, can still be looked at. */
function untilWords({ stage, share }: Watching): string {
  const until = share.value?.expiresAt;
  if (until === undefined) return "";
  const when = timeAndDay(until, Date.now(), Intl.DateTimeFormat().resolvedOptions());
  if (stage.value === "clip") return `Kept until ${when}.`;
  const open = ["live", "back", "waiting", "unable"].includes(stage.value);
  return open ? `The link is open until ${when.replace(/ today$/, "")}.` : "";
}

/** What stands in the pane until there is a picture, and after it has gone: the rail whole, its room as wide as the pane. */
function EmptyRoom() {
  return (
    <svg class="scene" viewBox="0 0 390 470" preserveAspectRatio="xMidYMax meet" aria-hidden="true">
      <path d="M-3000 -2000H-987L454 470H-3000Z" fill="var(--wall-1)" />
      <rect x="-3000" y="392" width="6390" height="78" fill="var(--floor-1)" />
      <EmptyRail railY={96} floorY={392} height={470} />
    </svg>
  );
}
