import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { Icon } from "../look/icons.tsx";
import { sayNoClip } from "./clip/words.ts";
import { Code } from "./code.tsx";
import type { Mirror } from "./mirror.ts";
import { Switch } from "./switch.tsx";
import { sayShare, saySound, sayWatchers, sayWatching } from "./words.ts";

type Props = { mirror: Mirror; listed: Signal<boolean> };

/** Showing a friend, and recording a clip: the two ways a look leaves the mirror. */
export function ShareFoot({ mirror, listed }: Props): JSX.Element {
  const sharing = mirror.sharing.value;
  const { headline, text } = sayShare(sharing, mirror.session.value?.shop ?? { locale: "en", timeZone: "UTC" });
  const clip = mirror.clips.clip.value;
  const note = clip.state === "none" ? sayNoClip(clip.note) : "";
  const busy = sharing.state === "starting" || sharing.state === "preparing";
  const live = sharing.state === "live";
  return (
    <div class={live ? "foot live" : "foot"}>
      <button
        type="button"
        class={live ? "shut live" : "shut"}
        aria-label={live ? "Stop showing" : busy ? "Cancel" : "Show a friend"}
        onClick={() => (live || busy ? mirror.stopShare() : mirror.startShare())}
      >
        <i>
          <Icon name={live || busy ? "x" : "video"} />
        </i>
      </button>
      <div>
        <div role="status">
          <p class="d f4">{headline}</p>
          <p class="f1 q said">{sharing.state === "off" && note !== "" ? note : text}</p>
        </div>
        {live ? (
          <button type="button" class="b bare stop" onClick={() => mirror.stopShare()}>
            Stop showing
          </button>
        ) : null}
      </div>
      {live ? <Code url={sharing.url} caption="" /> : busy ? null : <ClipButton mirror={mirror} />}
      {live ? (
        <div class="beside">
          <button
            type="button"
            class="b watching"
            aria-expanded={listed.value}
            disabled={sharing.viewers.length === 0 && !listed.value}
            onClick={() => {
              listed.value = !listed.value;
            }}
          >
            <Icon name="user" />
            {sayWatching(sharing.viewers.length)}
          </button>
          <Switch
            title="With sound"
            sentence={saySound(sharing.sound)}
            on={sharing.sound === "on"}
            busy={sharing.sound === "asking"}
            onTurn={(on) => mirror.setSound(on)}
          />
          <ClipButton mirror={mirror} />
        </div>
      ) : null}
    </div>
  );
}

function ClipButton({ mirror }: { mirror: Mirror }): JSX.Element {
  return (
    <button type="button" class="b clip-key" onClick={() => mirror.clips.record()}>
      <Icon name="video" />
      Record a clip
    </button>
  );
}

/** While the sill shows a clip, the live picture keeps its end within reach. */
export function LiveStrip({ mirror }: { mirror: Mirror }): JSX.Element | null {
  const sharing = mirror.sharing.value;
  if (sharing.state !== "live") return null;
  return (
    <div class="strip row sp">
      <p class="row">
        <span class="dot rec" />
        {sharing.broken ? "One moment, the picture comes back." : `You are live. ${sayWatchers(sharing)}`}
      </p>
      <button type="button" class="b bare stop" onClick={() => mirror.stopShare()}>
        Stop showing
      </button>
    </div>
  );
}
