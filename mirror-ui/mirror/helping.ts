import { type ReadonlySignal, signal } from "@preact/signals";
import type { HelpState, MirrorApi } from "./api.ts";

/** Somebody before the mirror has asked for a person. */
export type Helping =
  | { state: "none" }
  | { state: "asking" }
  | { state: "asked" }
  /** `by` is left out where the shop does not know the name. */
  | { state: "coming"; by?: string }
  /** It did not get through; `detail` is what the shop says, if it answers. */
  | { state: "failed"; detail: string };

export type HelpControl = {
  helping: ReadonlySignal<Helping>;
  /** `wish`: what is on, and what is wanted of it. */
  ask(wish?: { sku: string; note: string }): Promise<void>;
  /** Never mind. */
  end(): void;
  /** Whether somebody was called before this page was opened. */
  look(): Promise<void>;
};

const ASK_EVERY_MS = 2_000;

/** Outlives the visit: who waits for a person may well step aside. */
export function createHelping(
  api: MirrorApi,
  /** `fresh`: the one at hand was refused. */
  token: (fresh?: true) => Promise<string | undefined>,
): HelpControl {
  const helping = signal<Helping>({ state: "none" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Rises with every tap, so that an answer that comes late changes nothing. */
  let turn = 0;

  function show({ state, by }: HelpState) {
    const now = helping.value;
    const isSame = now.state === state && (state !== "coming" || (now.state === "coming" && now.by === by));
    if (!isSame) helping.value = state === "coming" ? { state, ...(by === undefined ? {} : { by }) } : { state };
  }

  /** Asks again and again until nobody is waited for. */
  function watch(mine: number) {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const bearer = await token();
      const answer = bearer === undefined ? undefined : await api.help(bearer);
      if (mine !== turn) return;
      // a gateway that does not answer now may do so in a moment
      if (answer?.ok) show(answer.value);
      if (helping.value.state !== "none") watch(mine);
    }, ASK_EVERY_MS);
  }

  return {
    helping,
    async ask(wish) {
      const { state } = helping.value;
      if (state !== "none" && state !== "failed") return;
      turn += 1;
      const mine = turn;
      helping.value = { state: "asking" };
      let bearer = await token();
      let answer = bearer === undefined ? undefined : await api.askHelp(bearer, wish);
      if (answer && !answer.ok && answer.reason === "refused") {
        // a mirror that rested over night has yesterday's token
        bearer = await token(true);
        if (bearer !== undefined) answer = await api.askHelp(bearer, wish);
      }
      if (mine !== turn) {
        // taken back before it was said
        if (answer?.ok && bearer !== undefined) api.endHelp(bearer).catch(() => {});
        return;
      }
      if (!answer?.ok) {
        helping.value = { state: "failed", detail: answer?.reason === "refused" ? answer.detail : "" };
        return;
      }
      show(answer.value);
      watch(mine);
    },
    end() {
      turn += 1;
      clearTimeout(timer);
      const { state } = helping.value;
      helping.value = { state: "none" };
      if (state === "asked" || state === "coming")
        token().then(
          (bearer) => (bearer === undefined ? undefined : api.endHelp(bearer)),
          () => {},
        );
    },
    async look() {
      if (helping.value.state !== "none") return;
      const mine = turn;
      const bearer = await token();
      const answer = bearer === undefined ? undefined : await api.help(bearer);
      if (mine !== turn || !answer?.ok || answer.value.state === "none") return;
      show(answer.value);
      watch(mine);
    },
  };
}
