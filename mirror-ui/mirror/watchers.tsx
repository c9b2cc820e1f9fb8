import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Viewer } from "#wire/share-words.ts";
import { clockTime } from "../look/time.ts";
import type { Mirror } from "./mirror.ts";
import { sayWatching } from "./words.ts";

type Props = { mirror: Mirror; open: Signal<boolean> };

/** Who watches, and a way to let each of them go. Escape or "Done" puts the frames back. */
export function Watchers({ mirror, open }: Props): JSX.Element | null {
  const done = useRef<HTMLButtonElement>(null);
  const news = useSignal("");
  useEffect(() => done.current?.focus(), []);
  const sharing = mirror.sharing.value;
  if (sharing.state !== "live") return null;
  const close = () => {
    open.value = false;
    // back to the key that opened it
    document.querySelector<HTMLElement>(".watching")?.focus();
  };
  const letGo = async ({ id, name }: Viewer) => {
    const isGone = await mirror.letFriendGo(id);
    news.value = isGone ? `${name} sees you no more.` : `${name} is still there. Try again.`;
    if (isGone) done.current?.focus();
  };
  const { locale, timeZone } = mirror.session.value?.shop ?? { locale: "en", timeZone: "UTC" };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what is open, wherever in it one is
    <div class="watchers" onKeyDown={({ key }) => key === "Escape" && close()}>
      <div class="bar">
        <h2 class="d f4">
          <span role="status">{sayWatching(sharing.viewers.length)}</span>
        </h2>
        <button type="button" class="b" ref={done} onClick={close}>
          Done
        </button>
      </div>
      <p class="f1 q news" role="status">
        {news}
      </p>
      <ul>
        {sharing.viewers.map((viewer) => (
          <li key={viewer.id} class="row sp">
            <p>
              <b>{viewer.name}</b>
              <span class="f1 q n">
                {viewer.via === "player" ? "with a video player, " : ""}since{" "}
                {clockTime(viewer.since, { locale, timeZone })}
              </span>
            </p>
            <button type="button" class="b" aria-label={`Let ${viewer.name} go`} onClick={() => letGo(viewer)}>
              Let go
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
