import { batch, signal } from "@preact/signals";
import type { FriendHears, FriendSays, Reaction } from "#wire/share-words.ts";
import { maxNameLength, maxWordsLength, signsIn } from "./limits.ts";

export type Talk = ReturnType<typeof createTalk>;
export type Refused = Extract<FriendHears, { ok: false }>["why"] | "broken";

/** What became of the friend's last word. */
export type Said =
  | { state: "sending" }
  | { state: "reaction" | "name" }
  | { state: "words"; text: string }
  | { state: "refused"; what: FriendSays["kind"]; why: Refused };

/** Without its "id", which is counted here. */
type Unsent = FriendSays extends infer One ? (One extends FriendSays ? Omit<One, "id"> : never) : never;

/** More than the mirror would take at once anyway. */
const maxUnderWay = 16;

type Options = {
  onOver(why: "ended" | "removed"): void;
  /** The other end closed the channel without a last word. */
  onClosed(): void;
};

/** The friend's side of the words beside the picture. One talk outlives its channels: a name is told to each new one. */
export function createTalk({ onOver, onClosed }: Options) {
  /** "none": this gateway carries no words. */
  const line = signal<"none" | "opening" | "open">("none");
  const viewers = signal<number | undefined>(undefined);
  const reaction = signal<Reaction | undefined>(undefined);
  const said = signal<Said | undefined>(undefined);
  const draft = signal("");
  /** "later" until the first line has reached the mirror; asked once. Kept in this page's memory only. */
  const naming = signal<"later" | "ask" | "done">("later");
  let name = "";
  let channel: RTCDataChannel | undefined;
  let lastBeatAt: number | undefined;
  let lastId = 0;
  const underWay = new Map<number, { sent: Unsent; before?: Reaction | undefined }>();

  function attach(next: RTCDataChannel): void {
    detach();
    channel = next;
    line.value = "opening";
    next.onopen = () => {
      if (channel !== next) return;
      line.value = "open";
      if (name) say({ kind: "name", name });
    };
    next.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (channel === next && typeof data === "string") hear(data);
    };
    next.onclose = () => {
      if (channel !== next) return;
      detach();
      onClosed();
    };
  }

  function detach(): void {
    if (channel) channel.onopen = channel.onmessage = channel.onclose = null;
    channel = undefined;
    lastBeatAt = undefined;
    batch(() => {
      for (const id of [...underWay.keys()]) settle(id, "broken");
      if (line.value === "open") line.value = "opening";
      viewers.value = undefined;
    });
  }

  function say(sent: Unsent, before?: Reaction): boolean {
    if (channel?.readyState !== "open" || underWay.size >= maxUnderWay) {
      said.value = { state: "refused", what: sent.kind, why: "nobody-there" };
      return false;
    }
    lastId += 1;
    underWay.set(lastId, { sent, before });
    channel.send(JSON.stringify({ ...sent, id: lastId }));
    return true;
  }

  function hear(data: string): void {
    let message: FriendHears;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    switch (message.kind) {
      case "beat":
        lastBeatAt = performance.now();
        return;
      case "watching":
        viewers.value = message.viewers;
        return;
      case "said":
        batch(() => settle(message.id, message.ok ? undefined : message.why));
        return;
      case "over":
        onOver(message.why);
    }
  }

  function settle(id: number, why: Refused | undefined): void {
    const one = underWay.get(id);
    if (!one) return;
    underWay.delete(id);
    const { sent, before } = one;
    if (why !== undefined) {
      if (sent.kind === "reaction") reaction.value = before;
      // a name that was lost with its line is told again by itself
      if (sent.kind !== "name" || why !== "broken") said.value = { state: "refused", what: sent.kind, why };
      return;
    }
    if (sent.kind === "reaction") said.value = { state: "reaction" };
    else if (sent.kind === "name") said.value = { state: "name" };
    else {
      said.value = { state: "words", text: sent.text };
      // what was typed in the meantime stays
      if (draft.value.trim() === sent.text) draft.value = "";
      if (naming.value === "later") naming.value = "ask";
    }
  }

  function react(next: Reaction): void {
    const before = reaction.value;
    reaction.value = next;
    if (!say({ kind: "reaction", reaction: next }, before)) reaction.value = before;
  }

  /** Sends what stands in the field, which is emptied when it has arrived. */
  function tell(): void {
    const text = draft.value.trim();
    if (text === "") return;
    if (signsIn(text) > maxWordsLength) said.value = { state: "refused", what: "words", why: "too-long" };
    else if (say({ kind: "words", text })) said.value = { state: "sending" };
  }

  /** How the mirror calls this friend from now on; "" leaves it at "A friend". */
  function call(wanted: string): void {
    naming.value = "done";
    name = wanted.trim().slice(0, maxNameLength);
    if (name) say({ kind: "name", name });
  }

  /** Milliseconds since the last beat; undefined while none has been heard on this channel. */
  const quietMs = () => (lastBeatAt === undefined ? undefined : performance.now() - lastBeatAt);
  /** Silence counts from now: the page itself was asleep. */
  function rested(): void {
    if (lastBeatAt !== undefined) lastBeatAt = performance.now();
  }

  return { line, viewers, reaction, said, draft, naming, attach, detach, react, tell, call, quietMs, rested };
}
