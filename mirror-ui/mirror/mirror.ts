import { batch, type ReadonlySignal, signal } from "@preact/signals";
import { createMirrorApi, type Item, type Session } from "./api.ts";
import { type Camera, type CameraProblem, openCamera } from "./camera.ts";
import { type ClipControl, createClips } from "./clip/clip.ts";
import type { Said } from "./heard.ts";
import { createHelping, type Helping } from "./helping.ts";
import { readMirrorKey } from "./mirror-key.ts";
import { createSharing, type Sharing } from "./sharing.ts";
import type { CanonicalFace } from "./state/face.ts";
import type { Tracker } from "./state/tracker.ts";
import { type Glimpse, startTryOn, type TryOn } from "./try-on.ts";
import { createStage, type Stage } from "./view/stage.ts";
import { sayWatermark } from "./words.ts";
import { createWorkerTracker } from "./worker-tracker.ts";

/** What stands in the way, each with its own sentence on the sill. */
export type Problem = CameraProblem | "camera-lost" | "vision" | "gateway" | "not-signed-in" | "nothing-to-try";
export type Mode =
  | { name: "idle" }
  | { name: "starting" }
  | { name: "trying" }
  | { name: "stopped"; problem: Problem; atMs: number };

export type Mirror = {
  mode: ReadonlySignal<Mode>;
  session: ReadonlySignal<Session | undefined>;
  chosen: ReadonlySignal<Item | undefined>;
  glimpse: ReadonlySignal<Glimpse | undefined>;
  sharing: ReadonlySignal<Sharing>;
  /** What friends said of late. */
  said: ReadonlySignal<Said[]>;
  clips: ClipControl;
  helping: ReadonlySignal<Helping>;
  /** Calls a person of the shop; `wish` says what for. */
  askHelp(wish?: { sku: string; note: string }): Promise<void>;
  endHelp(): void;
  begin(): Promise<void>;
  /** Back to rest: camera off, share over, nothing kept. */
  end(): void;
  choose(item: Item): void;
  startShare(): Promise<void>;
  stopShare(): void;
  /** Asks one friend to leave; false when that did not reach the gateway. */
  letFriendGo(viewerId: string): Promise<boolean>;
  setSound(on: boolean): Promise<void>;
};

/** Loaded while the mirror rests, so that a customer does not wait for it; the camera stays off. */
async function loadVision(
  canvas: HTMLCanvasElement,
): Promise<{ tracker: Tracker; stage: Stage; canonical: CanonicalFace }> {
  const response = await fetch("/vision/canonical-face.json");
  if (!response.ok) throw new Error(`the face's shape is missing (${response.status})`);
  const canonical: CanonicalFace = await response.json();
  const tracker = await createWorkerTracker();
  return { tracker, canonical, stage: createStage(canvas, canonical) };
}

export function createMirror(mirrorId: string, canvas: HTMLCanvasElement): Mirror {
  const api = createMirrorApi(mirrorId);
  const share = createSharing(api, mirrorId);
  const mode = signal<Mode>({ name: "idle" });
  const session = signal<Session>();
  const chosen = signal<Item>();
  const glimpse = signal<Glimpse>();
  const clips = createClips({
    base: `/api/v1/mirrors/${encodeURIComponent(mirrorId)}/clips`,
    canvas,
    token: () => session.value?.token,
    sku: () => chosen.value?.sku,
    watermark: () => sayWatermark(session.value?.shop, Date.now()),
  });
  const help = createHelping(api, async (fresh) => {
    if (session.value && !fresh) return session.value.token;
    const opened = await api.openSession(readMirrorKey(mirrorId));
    if (opened.ok) session.value = opened.value;
    return opened.ok ? opened.value.token : undefined;
  });
  let vision = loadVision(canvas);
  vision.catch(() => {});
  let camera: Camera | undefined;
  let software = false;
  let tryOn: TryOn | undefined;
  /** Rises with every begin and end: what finishes late belongs to somebody who has left. */
  let visit = 0;

  const letGo = () => {
    visit += 1;
    share.stop();
    clips.wipe();
    tryOn?.close();
    camera?.close();
    tryOn = undefined;
    camera = undefined;
    canvas.hidden = true;
  };
  const stopFor = (problem: Problem) => {
    letGo();
    batch(() => {
      glimpse.value = undefined;
      mode.value = { name: "stopped", problem, atMs: Date.now() };
    });
  };
  const end = () => {
    letGo();
    batch(() => {
      glimpse.value = undefined;
      chosen.value = undefined;
      mode.value = { name: "idle" };
    });
  };
  const choose = (item: Item) => {
    if (chosen.value?.sku === item.sku) return;
    chosen.value = item;
    tryOn?.wear(item.frame);
    const token = session.value?.token;
    if (token !== undefined) api.tryLook(token, item.sku).catch(() => {});
  };

  async function begin(): Promise<void> {
    if (mode.value.name === "starting" || mode.value.name === "trying") return;
    letGo();
    const mine = visit;
    mode.value = { name: "starting" };
    const onLost = () => mine === visit && stopFor("camera-lost");
    const ready = vision.catch(() => undefined);
    software = await ready.then((parts) => parts?.stage.software ?? false);
    const size = software ? { width: 640, height: 480 } : { width: 1280, height: 720 };
    const [opened, seen, parts] = await Promise.all([
      openCamera({ ...size, onLost }),
      api.openSession(readMirrorKey(mirrorId)),
      ready,
    ]);
    if (mine !== visit) {
      if (opened.ok) opened.camera.close();
      return;
    }
    if (opened.ok) camera = opened.camera;
    if (!seen.ok) return stopFor(seen.reason === "unreachable" ? "gateway" : "not-signed-in");
    session.value = seen.value;
    help.look().catch(() => {});
    const [first] = seen.value.items;
    if (!first) return stopFor("nothing-to-try");
    if (!parts) {
      // perhaps the gateway was still making the models: the next try loads them anew
      vision = loadVision(canvas);
      vision.catch(() => {});
      return stopFor("vision");
    }
    if (!opened.ok) return stopFor(opened.problem);
    tryOn = startTryOn({
      ...parts,
      camera: opened.camera,
      onGlimpse: (latest) => {
        if (mine !== visit) return;
        if (latest.frames === 1) canvas.hidden = false;
        clips.frame(canvas, latest.end !== undefined);
        glimpse.value = latest;
        if (latest.attention === "gone") end();
      },
      onBroken: () => mine === visit && stopFor("vision"),
    });
    batch(() => {
      mode.value = { name: "trying" };
      choose(first);
    });
    tryOn.wear(first.frame);
  }

  // a camera that is plugged in again starts by itself, but only for somebody whose picture it had lost
  navigator.mediaDevices?.addEventListener("devicechange", () => {
    const now = mode.value;
    if (now.name === "stopped" && now.problem === "camera-lost") begin().catch(() => stopFor("camera-lost"));
  });
  window.addEventListener("pagehide", letGo);

  return {
    mode,
    session,
    chosen,
    glimpse,
    sharing: share.sharing,
    said: share.said,
    clips,
    helping: help.helping,
    askHelp: help.ask,
    endHelp: help.end,
    begin,
    end,
    choose,
    async startShare() {
      const token = session.value?.token;
      const sku = chosen.value?.sku;
      if (mode.value.name === "trying" && token !== undefined && sku !== undefined)
        await share.start({ token, sku, canvas, software });
    },
    stopShare: share.stop,
    letFriendGo: share.letGo,
    setSound: share.setSound,
  };
}
