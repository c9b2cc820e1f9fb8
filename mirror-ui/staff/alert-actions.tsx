import type { JSX } from "preact";
import type { Alert, Shop } from "#wire/views.ts";
import { Icon } from "../look/icons.tsx";
import { clockTime } from "../look/time.ts";
import { type Answer, alertPath } from "./actions.ts";
import { alertWords, candidateNames } from "./alert-words.ts";
import type { Page } from "./page.ts";
import { placeHref } from "./route.ts";
import { type AlertWords, staffName } from "./words.ts";

type Props = { page: Page; shop: Shop; alert: Alert };

/** How long "Later" puts an alert off; an hour at the most is anybody's to decide. */
const laterMinutes = 15;

/** The answers to an alert. One tap takes it, one tap closes it, and for eight seconds both can be undone. */
export function AlertActions({ page, shop, alert }: Props): JSX.Element {
  const { actions } = page;
  const doing = actions.doing.value.get(alert.id);
  const trouble = actions.trouble.value?.alertId === alert.id ? actions.trouble.value : undefined;
  const words = alertWords(alert, page.known(shop));
  if (doing?.kind === "leaving" || doing?.kind === "waiting") {
    return (
      <div class="acts undo">
        <span class="row f1">
          <span class={`mark ${doing.kind === "waiting" ? "unseen" : "fine"}`} />
          <span>
            {doing.says}
            {doing.kind === "waiting" && <span class="q line">Is sent when the line is back.</span>}
          </span>
        </span>
        <button type="button" class="b" onClick={() => actions.undo(alert.id)}>
          Undo
        </button>
      </div>
    );
  }
  const doubt = alert.doubtId === undefined ? undefined : page.doubts.value.get(alert.doubtId);
  return (
    <>
      {alert.state === "snoozed" ? (
        <PutOff page={page} shop={shop} alert={alert} />
      ) : doubt && doubt.candidates.length > 0 ? (
        <Candidates page={page} shop={shop} alert={alert} />
      ) : (
        <Answers page={page} shop={shop} alert={alert} words={words} />
      )}
      {trouble && (
        <p class="f1 st-stop said" role="alert">
          <b>{trouble.title}</b> {trouble.detail}
        </p>
      )}
    </>
  );
}

function Answers({ page, shop, alert, words }: Props & { words: AlertWords }): JSX.Element {
  const { actions } = page;
  const doing = actions.doing.value.get(alert.id);
  // It stands for others, which come by themselves: there is nothing to take.
  if (alert.kind === "more") return <p class="f1 q nothing-to-do">{words.detail}.</p>;
  const mine = alert.by !== undefined && alert.by === page.me.value && alert.state === "assigned";
  const closing = closingAnswer(page, alert, words);
  const done = closing && (
    <button type="button" class={mine ? "b go" : "b"} onClick={() => actions.finish(alert.id, closing)}>
      {words.done}
    </button>
  );
  return (
    <div class="acts">
      {mine ? done : <Take page={page} shop={shop} alert={alert} />}
      {mine ? (
        <button
          type="button"
          class="b"
          aria-busy={doing?.kind === "giving-back"}
          onClick={() => void actions.giveBack(alert.id)}
        >
          {actions.fresh.value.has(alert.id) ? "Undo" : "Give back"}
        </button>
      ) : (
        done
      )}
      <Refute page={page} alert={alert} words={words} />
    </div>
  );
}

/** What closes it; goods that come in or are put aside are booked by that, so it is more than closing the alert. */
function closingAnswer(page: Page, alert: Alert, words: AlertWords): Answer | undefined {
  const says = words.doneTitle;
  if (alert.kind === "fetch" && alert.reservationId !== undefined) {
    return { path: `/api/v1/reservations/${encodeURIComponent(alert.reservationId)}/ready`, says };
  }
  if (alert.kind === "delivery" && alert.deliveryId !== undefined) {
    if (!page.manages.value) return undefined;
    return { path: `/api/v1/deliveries/${encodeURIComponent(alert.deliveryId)}/receive`, says };
  }
  return { path: alertPath(alert.id, "resolve"), says };
}

/** It is wrong: of goods on a plate that can be told exactly, by counting them; of the rest it is noted. */
function Refute({ page, alert, words }: { page: Page; alert: Alert; words: AlertWords }): JSX.Element {
  const isOnePlate = (alert.plates?.length ?? 1) < 2;
  const isOfGoods = alert.kind === "empty" || alert.kind === "low" || alert.kind === "gap";
  if (isOfGoods && isOnePlate && alert.shelf !== undefined && alert.plate !== undefined && alert.sku !== undefined) {
    return (
      <a class="b" href={placeHref("count", alert.shelf, alert.plate, alert.sku)}>
        {words.refute}
      </a>
    );
  }
  const answer: Answer = {
    path: alertPath(alert.id, "resolve"),
    body: { refuted: true },
    says: `${words.subject}: it is not so`,
  };
  return (
    <button type="button" class="b" onClick={() => page.actions.finish(alert.id, answer)}>
      {words.refute}
    </button>
  );
}

/** A doubt is answered by what was seen: one button for each story, and one for none of them. */
function Candidates({ page, shop, alert }: Props): JSX.Element | null {
  const doubt = page.doubts.value.get(alert.doubtId ?? "");
  if (!doubt) return null;
  const settle = (candidate: number, says: string): Answer => ({
    path: `/api/v1/doubts/${encodeURIComponent(doubt.id)}/settle`,
    body: { candidate },
    says,
  });
  return (
    <div class="acts choice">
      {candidateNames(doubt, page.known(shop)).map((name, index) => (
        <button
          key={name}
          type="button"
          class="b"
          onClick={() => page.actions.finish(alert.id, settle(index, `It was ${name}`))}
        >
          {name}
        </button>
      ))}
      <button type="button" class="b" onClick={() => page.actions.finish(alert.id, settle(-1, "It was none of these"))}>
        None of these
      </button>
    </div>
  );
}

function PutOff({ page, shop, alert }: Props): JSX.Element {
  return (
    <div class="acts undo">
      <span class="f1 q">Put off until {clockTime(alert.snoozedUntil ?? alert.at, shop)}</span>
      <button
        type="button"
        class="b"
        aria-busy={page.actions.doing.value.get(alert.id)?.kind === "giving-back"}
        onClick={() => void page.actions.giveBack(alert.id)}
      >
        Bring it back
      </button>
    </div>
  );
}

/** Where it is, and "Later"; beside the subject on a phone, under the row on a wide page. */
export function AlertWays({ page, shop, alert }: Props): JSX.Element | null {
  const doing = page.actions.doing.value.get(alert.id);
  const isOthers = alert.state === "assigned" && alert.by !== page.me.value;
  const canWait = alert.state !== "snoozed" && alert.kind !== "help" && alert.kind !== "more" && !isOthers && !doing;
  if (!canWait && !alert.shelf) return null;
  const later = () => {
    const back = clockTime(page.now.peek() + laterMinutes * 60_000, shop);
    const path = alertPath(alert.id, "snooze");
    page.actions.finish(alert.id, { path, body: { minutes: laterMinutes }, says: `Put off until ${back}` });
  };
  return (
    <span class="alert-ways">
      {canWait && (
        <button type="button" class="b bare" onClick={later}>
          Later
        </button>
      )}
      {alert.shelf && (
        <a class="b bare" href={placeHref("shelf", alert.shelf)}>
          Show {alert.shelf}
        </a>
      )}
    </span>
  );
}

function Take({ page, shop, alert }: Props): JSX.Element {
  if (page.actions.doing.value.get(alert.id)?.kind === "taking") {
    return (
      <button type="button" class="b go" aria-busy="true">
        <Icon name="loader" />
        Taking
      </button>
    );
  }
  if (alert.state === "assigned" && alert.by !== undefined) {
    return (
      <button type="button" class="b off" disabled>
        Taken by {staffName(alert.by, shop)}
      </button>
    );
  }
  return (
    <button type="button" class="b go" onClick={() => void page.actions.take(alert.id)}>
      I’ll take it
    </button>
  );
}
