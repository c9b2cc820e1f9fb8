import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Code } from "../code.tsx";
import type { Mirror } from "../mirror.ts";
import { Switch } from "../switch.tsx";
import type { Clip } from "./clip.ts";
import { Dial } from "./dial.tsx";
import { sayClip, sayPreview } from "./words.ts";

type Shown = Exclude<Clip, { state: "none" }>;
type Props = { mirror: Mirror; clip: Shown };

/** The sill while a clip is made, looked at and sent. */
export function ClipPanel({ mirror, clip }: Props): JSX.Element {
  const main = useRef<HTMLButtonElement>(null);
  // the key one has just touched is gone: its successor has the focus
  useEffect(() => main.current?.focus({ preventScroll: true }), [clip.state]);
  useEffect(() => () => void setTimeout(() => document.querySelector<HTMLElement>(".clip-key")?.focus()), []);
  const shop = mirror.session.value?.shop ?? { locale: "en", timeZone: "UTC" };
  const { headline, text } = sayClip(clip, shop, Date.now());
  const { clips } = mirror;
  return (
    <div class="clip">
      {clip.state === "kept" ? <Code url={clip.ownerUrl} caption="" /> : <Dial clip={clip} />}
      <div class="grow">
        <div role="status">
          <p class="d f5">{headline}</p>
          <p class="q f2 said">{text}</p>
        </div>
        {clip.state === "review" && clip.canShow ? (
          <Switch
            title="Show me on the preview"
            sentence={sayPreview(clip.showsPerson, mirror.chosen.value?.name)}
            on={clip.showsPerson}
            onTurn={clips.setShowsPerson}
          />
        ) : null}
        <div class="keys">
          {clip.state === "counting" ? (
            <button type="button" class="b" ref={main} onClick={clips.done}>
              Never mind
            </button>
          ) : null}
          {clip.state === "recording" ? (
            <button type="button" class="b go" ref={main} onClick={clips.enough}>
              That is enough
            </button>
          ) : null}
          {clip.state === "review" ? (
            <>
              <button type="button" class="b go" ref={main} onClick={() => clips.send()}>
                Send it to my phone
              </button>
              <button type="button" class="b" onClick={clips.record}>
                Again
              </button>
            </>
          ) : null}
          {clip.state === "kept" ? (
            <>
              <button type="button" class="b go" ref={main} onClick={clips.done}>
                Done
              </button>
              <button type="button" class="b" onClick={() => clips.deleteKept()}>
                Delete it now
              </button>
            </>
          ) : null}
          {clip.state === "recording" || clip.state === "review" || clip.state === "sending" ? (
            <button
              type="button"
              class="b"
              {...(clip.state === "sending" ? { ref: main } : {})}
              onClick={clips.throwAway}
            >
              Throw away
            </button>
          ) : null}
        </div>
      </div>
    </div>
  );
}
