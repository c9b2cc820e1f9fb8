import { type Manifest, openManifest, whyNotImage } from "#wire/firmware.ts";
import type { DeviceReply, UpdateRequest } from "#wire/requests.ts";
import { type Flash, otherSlot, slotOf } from "./flash.ts";

/** Where the power may fail during an update. */
export type CutPoint = "download" | "verify" | "write" | "boot";

/** A gateway that starts anew in the middle is back by then. */
const attempts = 20;
const betweenAttemptsMs = 1_000;
const progressStep = 0.2;

/** Worth another attempt: the network or a busy server. Everything else is refused for good. */
type Outcome = { ok: true } | { ok: false; reason: string; again?: true };

/**
 * Takes one image into the slot that is not running: signature, download (going on where the last one stopped), hash,
 * write. The running slot is never touched, and the switch is the last thing that happens: a power cut anywhere leaves
 * one whole version. `cutAt` says whether the power fails at that point. Answers undefined when the power went.
 */
export async function installUpdate(tools: {
  flash: Flash;
  kind: string;
  trustedKeys: readonly string[];
  say(reply: Omit<DeviceReply, "id">): void;
  cutAt(point: CutPoint): boolean;
  power: AbortSignal;
}): Promise<Outcome | undefined> {
  const { flash, say, cutAt, power } = tools;
  const pending = flash.update;
  if (!pending) return { ok: false, reason: "there is nothing to install" };
  const opened = openManifest(pending.request, tools.trustedKeys);
  if (!opened.ok) return opened;
  const manifest = opened.value;
  const wrong = whyNotForUs(manifest, pending.request, tools.kind);
  if (wrong) return { ok: false, reason: wrong };

  for (let attempt = 1; pending.received.length < manifest.sizeBytes; attempt++) {
    const outcome = await download(pending, manifest, tools);
    if (power.aborted) return undefined;
    if (outcome.ok) break;
    if (!outcome.again || attempt >= attempts) return outcome;
    await wait(betweenAttemptsMs, power);
    if (power.aborted) return undefined;
  }
  say({ ok: true, state: "verifying", progress: 0.95 });
  if (cutAt("verify")) return undefined;
  const bad = whyNotImage(manifest, pending.received);
  if (bad) return { ok: false, reason: bad };

  const target = otherSlot(flash.active);
  flash.slots[target] = undefined;
  if (cutAt("write")) return undefined;
  flash.slots[target] = slotOf(pending.received, manifest.version);
  flash.trial = { starts: 0, requestId: pending.request.id };
  flash.active = target;
  return { ok: true };
}

function whyNotForUs(manifest: Manifest, request: UpdateRequest, kind: string): string | undefined {
  if (manifest.kind !== kind) return `the image is for a ${manifest.kind} device`;
  return manifest.version === request.version ? undefined : "the manifest speaks of another version";
}

async function download(
  pending: NonNullable<Flash["update"]>,
  manifest: Manifest,
  { say, cutAt, power }: Parameters<typeof installUpdate>[0],
): Promise<Outcome> {
  let said = pending.received.length / manifest.sizeBytes;
  try {
    const from = pending.received.length;
    const response = await fetch(pending.request.url, {
      signal: power,
      headers: from > 0 ? { range: `bytes=${from}-` } : {},
    });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      const reason = `the image cannot be had: HTTP ${response.status}`;
      return response.status >= 500 ? { ok: false, reason, again: true } : { ok: false, reason };
    }
    // A server that knows no ranges sends it all again.
    if (response.status !== 206) pending.received = new Uint8Array();
    for await (const chunk of response.body) {
      const half = chunk.subarray(0, Math.ceil(chunk.length / 2));
      pending.received = Buffer.concat([pending.received, half]);
      if (cutAt("download")) return { ok: false, reason: "no power" };
      pending.received = Buffer.concat([pending.received, chunk.subarray(half.length)]);
      if (pending.received.length > manifest.sizeBytes)
        return { ok: false, reason: "the image is larger than signed for" };
      const progress = pending.received.length / manifest.sizeBytes;
      if (progress - said >= progressStep) {
        said = progress;
        say({ ok: true, state: "downloading", progress: Math.round(progress * 90) / 100 });
      }
    }
    if (pending.received.length >= manifest.sizeBytes) return { ok: true };
    return { ok: false, reason: "the image ends too early", again: true };
  } catch (error) {
    const reason = `the image cannot be had: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, reason, again: true };
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    function finish() {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    }
    signal.addEventListener("abort", finish);
  });
}
