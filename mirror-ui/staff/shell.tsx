import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { Icon, type IconName } from "../look/icons.tsx";
import { clockTime } from "../look/time.ts";
import { type Page, person } from "./page.ts";
import type { Route } from "./route.ts";
import { countAnswering, listed, withNames } from "./words.ts";

type Props = { page: Page; shop: Shop };

/** Nobody may take the demo for a shop. */
export function DemoLabel({ shop }: { shop: Shop }): JSX.Element | null {
  return shop.demo ? (
    <p class="demo f1">
      <b>Demo shop</b> Its people and goods are simulated.
    </p>
  ) : null;
}

const tabs: { view: Route["view"]; icon: IconName; name: string }[] = [
  { view: "now", icon: "bell", name: "Now" },
  { view: "floor", icon: "map", name: "Floor" },
  { view: "shelves", icon: "library", name: "Shelves" },
  { view: "health", icon: "activity", name: "Health" },
];

/** Under which of the four a view stands. */
const under: Partial<Record<Route["view"], Route["view"]>> = {
  ...{ shelf: "shelves", count: "shelves", held: "shelves", day: "shelves", planogram: "shelves" },
  ...{ devices: "health", account: "health" },
};

/** The four views; the engineer's pages belong to the last. */
function Tabs({ page }: { page: Page }): JSX.Element {
  const { view } = page.route.value;
  const here = under[view] ?? view;
  return (
    <>
      {tabs.map((tab) => (
        <a
          key={tab.view}
          href={`/staff#${tab.view}`}
          class={tab.view === here ? "on" : ""}
          aria-current={tab.view === here ? "page" : undefined}
        >
          <Icon name={tab.icon} />
          {tab.name}
        </a>
      ))}
    </>
  );
}

/** Views and who holds the page, along the side of a wide page. */
export function SideNav({ page, shop }: Props): JSX.Element {
  const me = person(shop, page.me.value);
  return (
    <nav class="side" aria-label="Views">
      <Tabs page={page} />
      <span class="grow" />
      <button
        type="button"
        class="me-button"
        aria-label={`You are ${me?.name}. Change`}
        onClick={() => void page.change()}
      >
        <span class="who me">
          <i>{me?.name.charAt(0)}</i>
        </span>
        <span class="f1 q">{me?.name}</span>
      </button>
    </nav>
  );
}

/** The same under the thumb. */
export function BottomNav({ page }: { page: Page }): JSX.Element {
  return (
    <nav class="nav" aria-label="Views">
      <Tabs page={page} />
    </nav>
  );
}

/** Top right: do the devices answer, and does this page. */
export function LineState({ page }: { page: Page }): JSX.Element {
  const { online, all } = countAnswering(page.devices.value.values());
  if (page.connection.value.state === "lost") {
    return (
      <span class="f1 row st-wait">
        <span class="mark wait" />
        No line
      </span>
    );
  }
  return (
    <a class="f1 row n plain" href="/staff#health">
      <span class={`mark ${online === all ? "fine" : "stop"}`} />
      {online} of {all} devices
    </a>
  );
}

/** What the line does to whoever holds the page: since when it is gone, what waits for it, and what came too late. */
export function LineLost({ page, shop }: Props): JSX.Element | null {
  const line = page.connection.value;
  const waiting = page.outbox.waiting.value;
  const dropped = page.outbox.dropped.value;
  return (
    <>
      {line.state === "lost" && (
        <p class="note f1" role="status">
          <b>This page lost the gateway at {clockTime(line.since, shop)}.</b>{" "}
          <span class="q">What you see is from then. It comes back by itself.</span>
        </p>
      )}
      {waiting.length > 0 && (
        <p class="note f1" role="status">
          <b>{waiting.length === 1 ? "One tap waits for the line." : `${waiting.length} taps wait for the line.`}</b>{" "}
          <span class="q">
            {listed(
              waiting.map(({ says }) => says),
              3,
            )}
            .
          </span>
        </p>
      )}
      {dropped.length > 0 && (
        <div class="note f1 row sp" role="alert">
          <p>
            {dropped.map(({ says, title, detail }) => (
              <span key={says} class="line">
                <b>{says}: this came too late.</b>{" "}
                <span class="q">
                  {withNames(title, shop)} {detail}
                </span>
              </span>
            ))}
          </p>
          <button type="button" class="b" onClick={page.outbox.clearDropped}>
            Seen
          </button>
        </div>
      )}
    </>
  );
}
