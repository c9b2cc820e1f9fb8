import type { JSX } from "preact";
import type { Alert, Shop } from "#wire/views.ts";
import { Icon, type IconName } from "../look/icons.tsx";
import { clockTime, lasting } from "../look/time.ts";
import { AlertActions, AlertWays } from "./alert-actions.tsx";
import { alertWords, escalatedWords } from "./alert-words.ts";
import type { Page } from "./page.ts";
import { firstThree, lastClosed } from "./rank.ts";
import { Restock } from "./restock.tsx";
import { firstTitle, staffName } from "./words.ts";

type Props = { page: Page; shop: Shop };

/** What to do now: the worst three, then the rest. On a wide page the chosen one carries its own buttons. */
export function Alerts({ page, shop }: Props): JSX.Element {
  const ranked = page.ranked.value;
  const { first, rest } = firstThree(ranked);
  if (ranked.length === 0) {
    return (
      <>
        <AllClear page={page} shop={shop} />
        <Restock page={page} shop={shop} />
        <PutOffList page={page} shop={shop} />
      </>
    );
  }
  const oldest = rest.reduce((at, alert) => Math.min(at, alert.openedAt), page.now.value);
  const waited = lasting(page.now.value - oldest, shop.locale);
  return (
    <>
      <div class="sub head">
        <h1 class="d f4">{firstTitle(first.length)}</h1>
        {page.wide.value && <span class="n f3">{clockTime(page.now.value, shop)}</span>}
      </div>
      <ol class="first">
        {first.map((alert, index) => (
          <FirstRow key={alert.id} page={page} shop={shop} alert={alert} number={index + 1} />
        ))}
      </ol>
      {rest.length > 0 && (
        <>
          <div class="sub">
            <h2>
              <b>Also open</b>
            </h2>
            <span class="f1 q n">
              {rest.length}, {waited === "now" ? "just now" : `oldest ${waited}`}
            </span>
          </div>
          <ul class="also f1 n">
            {rest.map((alert) => (
              <AlsoRow key={alert.id} page={page} shop={shop} alert={alert} />
            ))}
          </ul>
        </>
      )}
      <Restock page={page} shop={shop} />
      <PutOffList page={page} shop={shop} />
    </>
  );
}

/** What somebody put off comes back by itself; until then it can be fetched back from here. */
function PutOffList({ page, shop }: Props): JSX.Element | null {
  const putOff = page.putOff.value;
  if (putOff.length === 0) return null;
  return (
    <>
      <div class="sub">
        <h2>
          <b>Put off</b>
        </h2>
        <span class="f1 q n">{putOff.length}</span>
      </div>
      <ul class="also f1 n">
        {putOff.map((alert) => (
          <AlsoRow key={alert.id} page={page} shop={shop} alert={alert} />
        ))}
      </ul>
    </>
  );
}

function FirstRow({ page, shop, alert, number }: Props & { alert: Alert; number: number }): JSX.Element {
  const words = alertWords(alert, page.known(shop));
  const chosen = page.chosen.value?.id === alert.id;
  const leaving = leavingWords(page, alert);
  const waits = page.actions.doing.value.get(alert.id)?.kind === "waiting";
  const ignored = escalatedWords(alert, page.now.value, shop);
  const mine = alert.by !== undefined && alert.by === page.me.value;
  return (
    <li class={`${chosen ? "on" : ""} ${mine ? "mine" : ""} ${page.arrived.value.has(alert.id) ? "came" : ""}`}>
      <button
        type="button"
        class="pick"
        aria-current={chosen ? "true" : undefined}
        onClick={() => page.select(alert.id)}
      >
        <span class={`num st-${leaving ? "fine" : alert.severity}`}>{number}</span>
        <span>
          <b>{leaving ?? words.title}</b>
          <span class="f1 q line">{words.detail}</span>
          {waits && <span class="f1 q line">Your answer waits for the line</span>}
          {ignored && !leaving && !waits && <span class="f1 st-stop line">{ignored}</span>}
        </span>
        <span class="age f1 n">
          <b class={alert.severity === "stop" && !alert.by ? "st-stop" : ""}>
            {lasting(page.now.value - alert.openedAt, shop.locale)}
          </b>
          {leaving ? (
            <span class="undo-word line">{chosen ? "" : "undo"}</span>
          ) : (
            !ignored && <Owner page={page} shop={shop} alert={alert} />
          )}
        </span>
      </button>
      {chosen && page.wide.value && <Inline page={page} shop={shop} alert={alert} />}
    </li>
  );
}

function AlsoRow({ page, shop, alert }: Props & { alert: Alert }): JSX.Element {
  const words = alertWords(alert, page.known(shop));
  const chosen = page.chosen.value?.id === alert.id;
  const leaving = leavingWords(page, alert);
  return (
    <li class={`${chosen ? "on" : ""} ${page.arrived.value.has(alert.id) ? "came" : ""}`}>
      <button
        type="button"
        class="pick"
        aria-current={chosen ? "true" : undefined}
        onClick={() => page.select(alert.id)}
      >
        {leaving ? <span class="mark fine" /> : <KindMark alert={alert} />}
        <span>{leaving ?? words.short}</span>
        {leaving ? (
          <span class="undo-word">{chosen ? "" : "undo"}</span>
        ) : (
          <span class={alert.by ? "q" : "qq"}>{alert.by ? staffName(alert.by, shop) : "open"}</span>
        )}
        <span class="age q">
          {alert.state === "snoozed"
            ? clockTime(alert.snoozedUntil ?? alert.at, shop)
            : lasting(page.now.value - alert.openedAt, shop.locale)}
        </span>
      </button>
      {chosen && page.wide.value && <Inline page={page} shop={shop} alert={alert} />}
    </li>
  );
}

function Owner({ page, shop, alert }: Props & { alert: Alert }): JSX.Element {
  if (!alert.by) return <span class={alert.severity === "stop" ? "st-stop line" : "qq line"}>no one yet</span>;
  const name = staffName(alert.by, shop);
  return (
    <span class={`who line ${alert.by === page.me.value ? "me" : ""}`}>
      <i aria-hidden="true">{name.charAt(0)}</i>
      {name}
    </span>
  );
}

/** On a wide page the chosen row carries its own buttons. */
function Inline(props: Props & { alert: Alert }): JSX.Element {
  return (
    <div class="inline">
      <AlertActions {...props} />
      <AlertWays {...props} />
    </div>
  );
}

/** What is wrong with a shelf has the shelf's own mark; what somebody asks for has a sign of its own. */
function KindMark({ alert: { kind, severity } }: { alert: Alert }): JSX.Element {
  const sign = signOf[kind];
  if (typeof sign === "object") return <Icon name={sign.icon} class={`st-${severity}`} />;
  return <span class={`mark ${sign}`} />;
}

const signOf: Record<Alert["kind"], "stop" | "wait" | "unseen" | { icon: IconName }> = {
  empty: "stop",
  gap: "stop",
  low: "wait",
  misplaced: "unseen",
  doubt: "unseen",
  "device-down": "unseen",
  more: "unseen",
  sweep: { icon: "shield" },
  delivery: { icon: "inbox" },
  fetch: { icon: "bookmark" },
  "put-back": { icon: "swap" },
  help: { icon: "user" },
};

/** What a row says in the seconds before its answer is sent. */
function leavingWords(page: Page, alert: Alert): string | undefined {
  const doing = page.actions.doing.value.get(alert.id);
  return doing?.kind === "leaving" ? doing.says : undefined;
}

/** The fixed strip above the navigation of a phone: the chosen alert, under the thumb. */
export function Reach({ page, shop, alert }: Props & { alert: Alert }): JSX.Element {
  const words = alertWords(alert, page.known(shop));
  const number = page.ranked.value.findIndex(({ id }) => id === alert.id) + 1;
  return (
    <div class="reach">
      <p class="row sp f1 what">
        <b>
          {number > 0 && `${number}. `}
          {words.subject}
        </b>
        <AlertWays page={page} shop={shop} alert={alert} />
      </p>
      <AlertActions page={page} shop={shop} alert={alert} />
    </div>
  );
}

function AllClear({ page, shop }: Props): JSX.Element {
  const done = lastClosed(page.alerts.value.values(), 5);
  const unseen = page.shelves.value.filter(({ state }) => state === "unseen").length;
  const total = page.shelves.value.length;
  return (
    <div class="clear">
      <h1 class="d f6">{firstTitle(0)}</h1>
      <p class="q n">
        {unseen === 0 ? `All ${total} shelves are counted.` : `${total - unseen} of ${total} shelves are counted.`}
      </p>
      {done.length > 0 && (
        <ul class="done f1 n">
          {done.map((alert) => {
            const words = alertWords(alert, page.known(shop));
            return (
              <li key={alert.id}>
                <span>{alert.reason === "refuted" ? `${words.subject}: it was not so` : words.doneTitle}</span>
                <span class="q">{alert.by ? staffName(alert.by, shop) : ""}</span>
                <span class="q age">{clockTime(alert.at, shop)}</span>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
