import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { encode } from "uqr";
import { Drawing } from "../look/drawing.tsx";
import { Icon } from "../look/icons.tsx";
import type { Item } from "./api.ts";
import { Call } from "./call.tsx";
import { isLargeText, toggleLargeText } from "./large-text.ts";
import type { Mirror } from "./mirror.ts";
import { sayProblem, sayShare } from "./words.ts";

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
      const locale = mirror.session.value?.shop.locale ?? document.documentElement.lang;
      return <Stopped mirror={mirror} words={sayProblem(mode.problem, mode.atMs, locale)} />;
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
  const items = mirror.session.value?.items ?? [];
  return (
    <section class="sill" aria-label="Controls">
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
      <Rail items={items} mirror={mirror} />
      <Call mirror={mirror} />
      <ShareFoot mirror={mirror} />
    </section>
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

function ShareFoot({ mirror }: Props): JSX.Element {
  const sharing = mirror.sharing.value;
  const alarm = useRef<HTMLParagraphElement>(null);
  // the one thing that may interrupt a screen reader: from now on others can see you
  useSignalEffect(() => {
    if (alarm.current)
      alarm.current.textContent = mirror.sharing.value.state === "live" ? "You are live. Others can see you now." : "";
  });
  const { headline, text } = sayShare(sharing, mirror.session.value?.shop.locale ?? "en");
  const busy = sharing.state === "starting" || sharing.state === "preparing";
  const live = sharing.state === "live";
  return (
    <div class="foot">
      <p class="unseen-words" aria-live="assertive" ref={alarm} />
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
      <div role="status">
        <p class="d f4">{headline}</p>
        <p class="f1 q said">{text}</p>
        {live ? (
          <button type="button" class="b bare stop" onClick={() => mirror.stopShare()}>
            Stop showing
          </button>
        ) : null}
      </div>
      {live ? <Code url={sharing.url} /> : null}
    </div>
  );
}

/** Dark squares on white in both themes: phones read nothing else. The code ends with the live picture. */
function Code({ url }: { url: string }): JSX.Element {
  const { data, size } = encode(url, { ecc: "M", border: 2 });
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <div class="qrbox">
      <p class="f1 q">Take it with you</p>
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={`Code for ${url}`} shape-rendering="crispEdges">
        <rect width={size} height={size} fill="#fff" />
        <path d={squares} fill="#12201C" />
      </svg>
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
