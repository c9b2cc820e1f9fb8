import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { drawing } from "../look/drawings.ts";
import { money } from "../look/money.ts";
import { Replay } from "./clip/replay.tsx";
import { FriendsWords } from "./friends-words.tsx";
import type { Mirror } from "./mirror.ts";
import { placeTie } from "./state/tie.ts";
import { sayLens } from "./words.ts";

type Props = { mirror: Mirror; canvas: HTMLCanvasElement };

/** The pane: one picture that stays clear, the label under the lens, and one label tied to what is worn. */
export function Pane({ mirror, canvas }: Props): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => host.current?.prepend(canvas), [canvas]);
  const mode = mirror.mode.value.name;
  const sharing = mirror.sharing.value;
  const clip = mirror.clips.clip.value;
  const on = mode === "trying";
  const red = sharing.state === "live" || clip.state === "recording";
  const light = red ? "dot rec" : on ? "dot" : "dot off";
  const replayed = on && "src" in clip ? clip.src : undefined;
  return (
    <main class="pane" ref={host}>
      {on ? null : <Window idle={mode === "idle"} />}
      <p class="label lens f1" role="status">
        <span class={light} />
        {sayLens({ trying: on, starting: mode === "starting" }, sharing, clip)}
      </p>
      {replayed === undefined ? null : <Replay src={replayed} />}
      {on && replayed === undefined ? <Tie mirror={mirror} host={host} /> : null}
      {on ? (
        <div class="low">
          <FriendsWords mirror={mirror} host={host} />
          <Guidance mirror={mirror} />
        </div>
      ) : null}
    </main>
  );
}

/** Name and price, tied with one line to the frame they belong to. It follows the face without a word from the page. */
function Tie({ mirror, host }: { mirror: Mirror; host: { current: HTMLDivElement | null } }): JSX.Element | null {
  const label = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const glimpse = mirror.glimpse.value;
    const [box, pane] = [label.current, host.current];
    if (!box || !pane) return;
    const end = glimpse?.end;
    box.hidden = !end;
    if (!end || !glimpse) return;
    const { left, top, line } = placeTie(end, glimpse.video, {
      pane: { width: pane.clientWidth, height: pane.clientHeight },
      label: { width: box.offsetWidth, height: box.offsetHeight },
    });
    box.style.left = `${left}px`;
    box.style.top = `${top}px`;
    box.style.setProperty("--tie", `${line}px`);
  });
  const item = mirror.chosen.value;
  const shop = mirror.session.value?.shop;
  if (!item || !shop) return null;
  return (
    <div class="label tie" ref={label} hidden>
      <b>{item.name}</b>
      <span class="f1 q n">
        {item.note === "" ? "" : `${item.note}, `}
        {money(item.price, shop.currency, shop.locale)}
      </span>
    </div>
  );
}

function Guidance({ mirror }: { mirror: Mirror }): JSX.Element | null {
  const words = useSignal("");
  useSignalEffect(() => {
    // the clip that plays there knows nothing of who stands where now
    const attention = "src" in mirror.clips.clip.value ? undefined : mirror.glimpse.value?.attention;
    words.value =
      attention === "lost"
        ? "Look this way, and the frame is back."
        : attention === "looking"
          ? "Step in front of the mirror and look at it."
          : "";
  });
  return (
    <div class="guide" role="status">
      {words.value === "" ? null : <p class="label f2">{words.value}</p>}
    </div>
  );
}

/** The shop window that stands there while nobody uses the mirror: daylight in flat planes. */
function Window({ idle }: { idle: boolean }): JSX.Element {
  return (
    <div class="still">
      <svg viewBox="0 0 1080 1560" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
        <rect class="wall-3" width="1080" height="1560" />
        <path class="wall-2" d="M0 0H640L1080 980V1560H0Z" />
        <path class="wall-1" d="M0 0H330L860 1240V1560H0Z" />
        <rect class="floor-2" y="1300" width="1080" height="260" />
        <path class="floor-1" d="M0 1300H790L1080 1560H0Z" />
        <path class="shade" d="M640 1402L660 1400L1010 1486L610 1506L250 1412Z" />
        <path d="M250 1010H650V1405H250Z" fill="#E6E3D7" />
        <path d="M250 1010H520V1405H250Z" fill="#F6F3EA" />
        <path d="M262 1010H640L632 1024H280Z" fill="#8d8a7c" opacity=".35" />
        <path class="shade" d="M770 1398H990L1040 1424H830Z" />
        <Thing picture="glasses-orso" x={282} y={898} scale={1.48} />
        <Thing picture="glasses-alba" x={722} y={1300} scale={1.3} />
      </svg>
      {idle ? (
        <h1 class="d">
          Try on what
          <br />
          is in the
          <br />
          window.
        </h1>
      ) : null}
    </div>
  );
}

/** Our own drawing, standing in the window. */
function Thing({ picture, x, y, scale }: { picture: string; x: number; y: number; scale: number }): JSX.Element {
  const { body } = drawing(picture);
  return <g transform={`translate(${x} ${y}) scale(${scale})`} dangerouslySetInnerHTML={{ __html: body }} />;
}
