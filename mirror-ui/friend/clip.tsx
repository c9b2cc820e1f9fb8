import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ShareView } from "#wire/views.ts";
import { Icon } from "../look/icons.tsx";
import type { ClipPlayer } from "./clip-player.ts";
import { fitOf } from "./fit.ts";
import { SoundButton } from "./sound-button.tsx";
import { clipTime } from "./when.ts";

type Kept = NonNullable<ShareView["clip"]>;
type PictureProps = { clip: Kept; poster: string; player: ClipPlayer; onBroken(): void };

/** A kept clip in the pane. It begins by itself and without sound, unless the phone asks for less motion. */
export function ClipPicture({ clip, poster, player, onBroken }: PictureProps) {
  const video = useRef<HTMLVideoElement>(null);
  const fit = useSignal("cover");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** The browser plays nothing unasked, and may not even load it. */
  const waits = useSignal(false);
  /** The link's poster, where there is no first frame. */
  const posterStands = (waits.value || player.failed.value) && !player.ready.value;

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const measure = () => {
      const picture = { width: element.videoWidth, height: element.videoHeight };
      const pane = { width: element.clientWidth, height: element.clientHeight };
      fit.value = fitOf(picture, pane);
    };
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    element.addEventListener("loadedmetadata", measure);
    const detach = player.attach(element);
    if (!calm) {
      element.play().catch((error: unknown) => {
        // a phone that saves its battery plays nothing unasked
        waits.value = error instanceof DOMException && error.name === "NotAllowedError";
      });
    }
    return () => {
      detach();
      sizes.disconnect();
    };
  }, [clip.url]);
  useEffect(() => {
    if (player.failed.value) onBroken();
  }, [player.failed.value]);

  return (
    <>
      <video
        ref={video}
        class={posterStands || player.ready.value ? "look shown" : "look"}
        data-fit={posterStands ? "contain" : fit.value}
        // a phone shows the first frame of what it does not play only where it is told to go there
        src={calm ? `${clip.url}#t=0.001` : clip.url}
        {...(posterStands ? { poster } : {})}
        preload="auto"
        muted={!player.sound.value}
        playsInline
        aria-label="The clip"
        onClick={player.toggle}
      />
      {player.hasSound.value && <SoundButton on={player.sound.value} onClick={player.switchSound} />}
    </>
  );
}

/** Play and pause, beside the headline. */
export function PlayButton({ player }: { player: ClipPlayer }) {
  const playing = player.playing.value;
  return (
    <button type="button" class="b sq" aria-label={playing ? "Pause" : "Play"} onClick={player.toggle}>
      <Icon name={playing ? "pause" : "play"} />
    </button>
  );
}

/** Seconds that an arrow key and a page key go. */
const steps: Record<string, number> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -5,
  PageUp: 5,
};

/** Where the clip stands, as a ruler with a tick each half second. Time runs from left to right in every language. */
export function ClipRuler({ clip, player }: { clip: Kept; player: ClipPlayer }) {
  const duration = player.duration.value || clip.durationMs / 1_000;
  const at = Math.min(player.at.value, duration);
  const key = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    player.seek(at + step);
  };
  return (
    <div class="ruler" dir="ltr">
      <Ticks seconds={duration} />
      <input
        type="range"
        aria-label="Where the clip stands"
        aria-valuetext={`${clipTime(at)} of ${clipTime(duration)}`}
        min={0}
        max={duration}
        step="any"
        value={at}
        disabled={!player.ready.value}
        onInput={({ currentTarget }) => player.seek(Number(currentTarget.value))}
        onKeyDown={key}
      />
      <p class="f1 n q">
        <span>{clipTime(at)}</span>
        <span>{clipTime(duration)}</span>
      </p>
    </div>
  );
}

/** Long ticks each five seconds, or each second of a short clip. */
function Ticks({ seconds }: { seconds: number }) {
  const long = seconds > 6 ? 10 : 2;
  const count = Math.min(Math.floor(seconds * 2), 240);
  const x = (tick: number) => ((tick / 2 / seconds) * 1_000).toFixed(1);
  const ticks = Array.from({ length: count + 1 }, (_, tick) => `M${x(tick)} ${tick % long === 0 ? 0 : 9}V26`);
  return (
    <svg viewBox="0 0 1000 30" preserveAspectRatio="none" aria-hidden="true">
      <path d={`${ticks.join("")}M0 28H1000`} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
