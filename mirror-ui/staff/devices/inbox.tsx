import type { JSX } from "preact";
import type { InboxTopic, Shop } from "#wire/views.ts";
import { Icon } from "../../look/icons.tsx";
import { ago } from "../../look/time.ts";
import type { Page } from "../page.ts";
import { type Polled, usePolled } from "./asking.ts";
import { guessWords } from "./mapping-words.ts";
import { Refused, Screen, Title, Waiting } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type Props = { page: Page; shop: Shop };

const refreshMs = 3_000;

export const useInbox = (page: Page, everyMs = refreshMs): Polled<InboxTopic[]> =>
  usePolled<InboxTopic[]>("/api/v1/inbox", everyMs, page.inbox.value?.topics);

/** What was said here that no format could read, newest first. */
export function Inbox({ page, shop }: Props): JSX.Element {
  const inbox = useInbox(page);
  const topics = [...(inbox.value ?? [])].sort((a, b) => b.lastAt - a.lastAt);
  const list = (
    <>
      <Refused trouble={inbox.trouble} />
      {!inbox.value && !inbox.trouble && <Waiting words="The inbox is on its way." />}
      <ul class="rows devs n">
        {topics.map((topic) => (
          <TopicRow key={topic.topic} topic={topic} page={page} shop={shop} />
        ))}
      </ul>
      {inbox.value && topics.length === 0 && (
        <p class="q none">
          Everything that was said here could be read. What cannot will stand here, with a guess at what it may be.
        </p>
      )}
    </>
  );
  const { wide } = page;
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: hrefOf({ page: "fleet" }), name: "Devices" }}
      pane={wide.value ? <div class="scroll hour">{list}</div> : undefined}
    >
      <div class="list one">
        <Title big>Inbox</Title>
        <p class="q">
          Somebody speaks here, and no one knows the language. Say once what the numbers mean, and it is a device like
          any other.
        </p>
        {!wide.value && list}
      </div>
    </Screen>
  );
}

function TopicRow({ topic, page, shop }: Props & { topic: InboxTopic }): JSX.Element {
  const best = topic.guesses[0];
  const often =
    topic.count === 1 ? "Said once" : `Said ${new Intl.NumberFormat(shop.locale).format(topic.count)} times`;
  return (
    <li>
      <a href={hrefOf({ page: "topic", topic: topic.topic })}>
        <Icon name="inbox" />
        <span class="grow">
          <b class="wrap">{topic.topic}</b>
          <span class="line f1 q">
            {often}, last {ago(topic.lastAt, page.now.value, shop.locale)}.{" "}
            {best ? `${best.about} That is ${guessWords(best.sure)}.` : "No guess what it is."}
          </span>
        </span>
        <Icon name="chevron-right" />
      </a>
    </li>
  );
}
