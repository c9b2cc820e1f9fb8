import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Drawing } from "../look/drawing.tsx";
import { Icon } from "../look/icons.tsx";
import { Alarm } from "./alarm.tsx";
import type { Item } from "./api.ts";
import { Call } from "./call.tsx";
import { ClipPanel } from "./clip/clip-panel.tsx";
import { isLargeText, toggleLargeText } from "./large-text.ts";
import type { Mirror } from "./mirror.ts";
import { LiveStrip, ShareFoot } from "./share-foot.tsx";
import { Watchers } from "./watchers.tsx";
import { sayProblem } from "./words.ts";

type Props = { mirror: Mirror };

/** The sill: everything one can touch. */
export function Sill({ mirror }: Props): JSX.Element {
  const mode = mirror.mode.value;
  switch (mode.name) {
    case "idle":
    case "starting":
      return <Rest mirror={mirror} starting={mode.name === "starting"} />;
    case "trying":
      return <Trying mirror={mirror} />;
    case "stopped": {
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      const place = mirror.session.value?.shop ?? { locale: document.documentElement.lang, timeZone };
      return <Stopped mirror={mirror} words={sayProblem(mode.problem, mode.atMs, place)} />;
    }
  }
}

function Rest({ mirror, starting }: Props & { starting: boolean }): JSX.Element {
  return (
    <section class="sill rest" aria-label="Begin">
      <button type="button" class="begin row" disabled={starting} onClick={() => mirror.begin()}>
        <span class="grow">
          <span class="d f5">{starting ? "One moment" : "Touch anywhere here to begin"}</span>
          <span class="q f2">The camera starts only then, and stops when you walk away. Nothing is kept.</span>
        </span>
        <span class="b go">{starting ? "Starting" : "Begin"}</span>
      </button>
      <div class="row sp under">
        <span class="wm f4">{mirror.session.value?.shop.name || "Vitrine"}</span>
        <Call mirror={mirror} />
        <LargeText />
      </div>
    </section>
  );
}

function Stopped({ mirror, words }: Props & { words: { headline: string; text: string } }): JSX.Element {
  return (
    <section class="sill rest" aria-label="What happened">
      <div class="row begin">
        <div class="grow" role="alert">
          <p class="d f5">{words.headline}</p>
          <p class="q f2">{words.text}</p>
        </div>
        <button type="button" class="b go" onClick={() => mirror.begin()}>
          Try again
        </button>
      </div>
      <div class="row sp under">
        <button type="button" class="b bare" onClick={() => mirror.end()}>
          Back to the start
        </button>
        <Call mirror={mirror} />
        <LargeText />
      </div>
    </section>
  );
}

function Trying({ mirror }: Props): JSX.Element {
  const listed = useSignal(false);
  const live = mirror.sharing.value.state === "live";
  const clip = mirror.clips.clip.value;
  return (
    <section class="sill" aria-label="Controls">
      <Alarm mirror={mirror} />
      {clip.state !== "none" ? (
        <>
          <ClipPanel mirror={mirror} clip={clip} />
          {live ? <LiveStrip mirror={mirror} /> : null}
        </>
      ) : (
        <>
          {live && listed.value ? <Watchers mirror={mirror} open={listed} /> : <Choosing mirror={mirror} />}
          <ShareFoot mirror={mirror} listed={listed} />
        </>
      )}
    </section>
  );
}

function Choosing({ mirror }: Props): JSX.Element {
  return (
    <>
      <div class="bar">
        <h2 class="f3">
          <b>Glasses</b>
        </h2>
        <div class="row">
          <LargeText />
          <button type="button" class="b" onClick={() => mirror.end()}>
            <Icon name="x" />
            Finish
          </button>
        </div>
      </div>
      <Rail items={mirror.session.value?.items ?? []} mirror={mirror} />
      <Call mirror={mirror} />
    </>
  );
}

/** Five things standing on a line; what is worn stands on the edge of the glass. Arrow keys walk along it. */
function Rail({ items, mirror }: Props & { items: Item[] }): JSX.Element {
  const rail = useRef<HTMLDivElement>(null);
  const chosen = mirror.chosen.value;
  const walk = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0 || items.length === 0) return;
    event.preventDefault();
    const at = items.findIndex(({ sku }) => sku === chosen?.sku);
    const next = items[(at + step + items.length) % items.length];
    if (!next) return;
    mirror.choose(next);
    rail.current?.querySelector<HTMLElement>(`[data-sku="${CSS.escape(next.sku)}"]`)?.focus();
  };
  return (
    <div class="rail" role="radiogroup" aria-label="Frames" ref={rail} onKeyDown={walk}>
      {items.map((item) => {
        const on = item.sku === chosen?.sku;
        return (
          // biome-ignore lint/a11y/useSemanticElements: a radio input cannot hold the drawing that stands on the rail
          <button
            key={item.sku}
            type="button"
            role="radio"
            aria-checked={on}
            aria-label={item.note === "" ? item.name : `${item.name}, ${item.note}`}
            tabIndex={on ? 0 : -1}
            data-sku={item.sku}
            class={on ? "on" : ""}
            onClick={() => mirror.choose(item)}
          >
            <span class="thing">
              <Drawing picture={item.frame} />
            </span>
            <span class="cap f1">
              {on ? <b>{item.name}</b> : item.name} <span class="qq">{item.note}</span>
            </span>
          </button>
        );
      })}
    </div>
  );
}

function LargeText(): JSX.Element {
  const on = isLargeText.value;
  return (
    <button type="button" class="b bare plain" aria-pressed={on} onClick={toggleLargeText}>
      <Icon name="wheelchair" />
      {on ? "Smaller text" : "Larger text"}
    </button>
  );
}
