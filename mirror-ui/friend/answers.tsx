import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Reaction } from "#wire/share-words.ts";
import { Icon, type IconName } from "../look/icons.tsx";
import { maxNameLength, maxWordsLength, signsIn } from "./limits.ts";
import type { Talk } from "./talk.ts";
import { feedback, roomLeft } from "./words.ts";

const answers: { reaction: Reaction; icon: IconName; words: string }[] = [
  { reaction: "yes", icon: "heart", words: "Yes, this one" },
  { reaction: "unsure", icon: "help", words: "Not sure" },
  { reaction: "another", icon: "shuffle", words: "Another" },
];

/** Three answers and one line to whoever stands at the mirror. While the line is down they wait where they are. */
export function Answers({ talk }: { talk: Talk }) {
  const name = useSignal("");
  const open = talk.line.value === "open";
  if (talk.line.value === "none") return null;
  const length = signsIn(talk.draft.value.trim());
  const room = roomLeft(length);
  const refused = talk.said.value?.state === "refused";
  const send = (event: Event) => {
    event.preventDefault();
    talk.tell();
  };
  return (
    <>
      <fieldset class="says" aria-label="Your answer">
        {answers.map(({ reaction, icon, words }) => {
          const chosen = talk.reaction.value === reaction;
          return (
            <button
              key={reaction}
              type="button"
              class={chosen ? "b f1 on" : "b f1"}
              aria-pressed={chosen}
              disabled={!open}
              onClick={() => talk.react(reaction)}
            >
              <Icon name={icon} />
              {words}
            </button>
          );
        })}
      </fieldset>
      <form class="line" onSubmit={send}>
        <input
          class="field"
          aria-label="One line to your friend"
          aria-describedby="room"
          aria-invalid={length > maxWordsLength}
          placeholder="One line to your friend"
          value={talk.draft.value}
          onInput={({ currentTarget }) => {
            talk.draft.value = currentTarget.value;
          }}
          autocomplete="off"
          enterkeyhint="send"
        />
        <button type="submit" class="b go" disabled={!open} aria-busy={talk.said.value?.state === "sending"}>
          Send
        </button>
      </form>
      <div class="f1 n told">
        <p role="status" class={refused ? "st-stop" : "q"}>
          {feedback(talk.said.value, name.value)}
        </p>
        <p id="room" class={length > maxWordsLength ? "st-stop" : "q"}>
          {room}
        </p>
      </div>
      {talk.naming.value === "ask" && <AskName talk={talk} name={name} />}
    </>
  );
}

/** Asked once, where the answer to the first line stands. */
function AskName({ talk, name }: { talk: Talk; name: { value: string } }) {
  const tell = (event: Event) => {
    event.preventDefault();
    name.value = name.value.trim();
    talk.call(name.value);
  };
  return (
    <form class="line name" onSubmit={tell} aria-label="Your name at the mirror">
      <label class="f1 q" for="name">
        At the mirror you are “A friend”. Tell your name?
      </label>
      <input
        id="name"
        class="field"
        placeholder="Your first name"
        maxLength={maxNameLength}
        value={name.value}
        onInput={({ currentTarget }) => {
          name.value = currentTarget.value;
        }}
        autocomplete="given-name"
        enterkeyhint="done"
      />
      <button type="submit" class="b">
        {name.value.trim() ? "That’s me" : "No name"}
      </button>
    </form>
  );
}

const standsMs = 12_000;

/** The friend's own last line, as it stands at the mirror now; `shown`: there is a picture for it to stand on. */
export function OwnLine({ talk, shown }: { talk: Talk; shown: boolean }) {
  const text = useSignal<string | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const said = talk.said.value;
  useEffect(() => {
    if (said?.state !== "words") return;
    text.value = said.text;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      text.value = undefined;
    }, standsMs);
  }, [said]);
  useEffect(() => () => clearTimeout(timer.current), []);
  if (!shown || text.value === undefined) return null;
  return (
    <p class="label own" aria-hidden="true">
      <b>You</b> <span dir="auto">{text.value}</span>
    </p>
  );
}
