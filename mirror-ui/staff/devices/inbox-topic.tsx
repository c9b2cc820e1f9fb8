import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Reading } from "#wire/decoded.ts";
import type { InboxTopic, MappedField, Shop } from "#wire/views.ts";
import { api } from "../../link.ts";
import { ago, clockTime } from "../../look/time.ts";
import type { Page } from "../page.ts";
import { type Trouble, troubleOf, useAsk } from "./asking.ts";
import type { Drafts } from "./drafts.ts";
import { FieldQuestion } from "./field-question.tsx";
import { useInbox } from "./inbox.tsx";
import { guessWords, idOfTopic, type Leaf, mappingOf, readingWords, treeOf, withField } from "./mapping-words.ts";
import { SampleTree } from "./sample-tree.tsx";
import { Doing, Refused, Screen, Title, Waiting } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type Props = { page: Page; shop: Shop; topic: string; step: string; drafts: Drafts };

/** One topic that no one could read: what it says, what it may be, and how it is to be read from now on. */
export function TopicPage({ page, shop, topic, step, drafts }: Props): JSX.Element {
  const inbox = useInbox(page);
  const found = inbox.value?.find((one) => one.topic === topic);
  const draft = drafts.mapping.value;
  const fields = draft?.topic === topic ? draft.fields : [];
  const setFields = (next: MappedField[]) => {
    drafts.mapping.value = { topic, fields: next };
  };
  const [touched, setTouched] = useState<Leaf | undefined>(undefined);
  const back = hrefOf({ page: "topic", topic });
  const touch = (leaf: Leaf) => {
    setTouched(leaf);
    page.go(hrefOf({ page: "topic", topic }, "value"), step === "value");
  };
  const pane = page.wide.value && found && (
    <div class="scroll hour">
      <h2 class="d f4">What it says</h2>
      <Sample topic={found} shop={shop} fields={fields} touch={touch} />
    </div>
  );
  if (found && step === "value" && touched) {
    return (
      <FieldQuestion
        key={touched.path}
        page={page}
        shop={shop}
        leaf={touched}
        fields={fields}
        back={back}
        pane={pane}
        answer={(field) => {
          setFields(withField(fields, field));
          history.back();
        }}
        forget={() => {
          setFields(fields.filter(({ path }) => path !== touched.path));
          history.back();
        }}
      />
    );
  }
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: hrefOf({ page: "inbox" }), name: "Inbox" }}
      pane={pane}
      foot={found && <Trial page={page} shop={shop} topic={found} fields={fields} drafts={drafts} />}
    >
      <div class="list one">
        <Title big>What is this?</Title>
        <p class="topic">
          <code>{topic}</code>
        </p>
        <Refused trouble={inbox.trouble} />
        {!inbox.value && !inbox.trouble && <Waiting words="The topic is on its way." />}
        {inbox.value && !found && <p class="q">Nothing is said there any more, or it can be read by now.</p>}
        {found && (
          <>
            <p class="f1 q">
              {saidWords(found, page.now.value, shop)} {reasonWords(found.reason)}
            </p>
            <Guesses topic={found} fields={fields} setFields={setFields} />
            {!page.wide.value && <Sample topic={found} shop={shop} fields={fields} touch={touch} />}
            {page.wide.value && <p class="f1 q after">Or touch a number in what it says, and say what it is.</p>}
            <Forget page={page} topic={topic} />
          </>
        )}
      </div>
    </Screen>
  );
}

/** It stops standing here until it speaks again. */
function Forget({ page, topic }: { page: Page; topic: string }): JSX.Element {
  const { busy, trouble, ask } = useAsk();
  const forget = async () => {
    const gone = await ask("forget", "DELETE", `/api/v1/inbox?topic=${encodeURIComponent(topic)}`);
    if (gone.ok) page.go(hrefOf({ page: "inbox" }), true);
  };
  return (
    <p class="after">
      <Refused trouble={trouble} />
      <Doing kind="bare" busy={busy !== undefined} doing="Forgetting it" onClick={() => void forget()}>
        It is nothing, forget it
      </Doing>
    </p>
  );
}

function saidWords({ client, count, firstAt, lastAt }: InboxTopic, now: number, shop: Shop): string {
  const often = count === 1 ? "Said once" : `Said ${new Intl.NumberFormat(shop.locale).format(count)} times`;
  return `${often} since ${clockTime(firstAt, shop)}, last ${ago(lastAt, now, shop.locale)}, by ${client}.`;
}

function reasonWords(reason: string): string {
  const text = reason.trim();
  if (text === "") return "";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

function Guesses(props: { topic: InboxTopic; fields: MappedField[]; setFields(fields: MappedField[]): void }) {
  const { topic, fields, setFields } = props;
  if (topic.guesses.length === 0) return null;
  const chosen = sameKey(fields);
  return (
    <fieldset class="plain-set" aria-label="Best guesses">
      <h2 class="sub-title">
        <b>Best guesses</b>
      </h2>
      <ul class="rows picks">
        {topic.guesses.map(({ about, sure, mapping }) =>
          mapping.fields.length === 0 ? (
            <li key={about}>
              <p>{about}</p>
            </li>
          ) : (
            <li key={about}>
              <label>
                <input
                  type="radio"
                  name="guess"
                  checked={chosen === sameKey(mapping.fields)}
                  onChange={() => setFields(mapping.fields)}
                />
                <span class="grow">{about}</span>
                <span class="f1 q">{guessWords(sure)}</span>
              </label>
            </li>
          ),
        )}
      </ul>
    </fieldset>
  );
}

/** Equal for the same fields, in whatever order they were chosen. */
const sameKey = (fields: MappedField[]) =>
  fields
    .map(({ path, unit, yields }) => [path, unit, ...Object.values(yields).sort()].join(" "))
    .sort()
    .join("\n");

function Sample(props: { topic: InboxTopic; shop: Shop; fields: MappedField[]; touch(leaf: Leaf): void }) {
  const { topic, shop, fields, touch } = props;
  const [sample] = topic.samples;
  if (!sample) return null;
  const tree = treeOf(sample);
  return (
    <section class="sample" aria-label="What it says">
      <p class="f1 q">
        At {clockTime(sample.at, shop)} it sent {sample.sizeBytes} bytes.{" "}
        {tree ? "Touch a number and say what it is." : "They are no text, so there is no number to touch."}
      </p>
      {tree ? <SampleTree tree={tree} fields={fields} shop={shop} touch={touch} /> : <Hex hex={sample.hex} />}
    </section>
  );
}

function Hex({ hex }: { hex: string }): JSX.Element {
  return (
    <>
      <p>
        <code>{hex.replace(/(..)(?=.)/g, "$1 ")}</code>
      </p>
      <p class="f1 q">If its maker offers JSON in its settings, choose that and it can be read here.</p>
    </>
  );
}

type Trialled = { ok: true; readings: Reading[] } | { ok: false; reason: string };

/** Tries the mapping on the newest message, anew whenever the mapping changes; not at every message. */
function useTrial({ topic, samples }: InboxTopic, fields: MappedField[]) {
  const [result, setResult] = useState<Trialled | undefined>(undefined);
  const [trouble, setTrouble] = useState<Trouble | undefined>(undefined);
  const hex = useRef("");
  hex.current = samples[0]?.hex ?? "";
  const key = JSON.stringify(fields);
  useEffect(() => {
    let gone = false;
    setResult(undefined);
    setTrouble(undefined);
    const wanted: MappedField[] = JSON.parse(key);
    if (wanted.length === 0) return;
    const body = { mapping: mappingOf(topic, wanted), topic, hex: hex.current };
    api<Trialled>("POST", "/api/v1/inbox/try", body).then(
      (said) => gone || setResult(said),
      (error: unknown) => gone || setTrouble(troubleOf(error)),
    );
    return () => {
      gone = true;
    };
  }, [topic, key]);
  return { result, trouble };
}

/** What the newest message would mean; then the way on. */
function Trial(props: { page: Page; shop: Shop; topic: InboxTopic; fields: MappedField[]; drafts: Drafts }) {
  const { page, shop, topic, fields, drafts } = props;
  const { result, trouble } = useTrial(topic, fields);
  const adopt = () => {
    const id = idOfTopic(topic.topic, (taken) => page.devices.value.has(taken));
    const mapping = mappingOf(topic.topic, fields);
    drafts.adoption.value = { id, kind: mapping.kind, place: undefined, plates: undefined, name: undefined, mapping };
    page.go(hrefOf({ page: "adopt", id }));
  };
  return (
    <>
      <p class="answer f1" role="status">
        {result?.ok === true && (
          <>
            <span class="mark fine" /> That reads as {readingWords(result.readings, shop)}.
          </>
        )}
        {result?.ok === false && (
          <>
            <span class="mark stop" /> That does not read: {result.reason}
          </>
        )}
        {fields.length === 0 && "Choose a guess, or touch a number."}
      </p>
      <Refused trouble={trouble} />
      <button type="button" class="b go" disabled={result?.ok !== true} onClick={adopt}>
        It is right, adopt it
      </button>
    </>
  );
}
