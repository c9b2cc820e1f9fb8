import type { JSX } from "preact";
import type { Alert, Shop } from "#wire/views.ts";
import { Icon } from "../look/icons.tsx";
import type { Page } from "./page.ts";
import { alertWords, staffName } from "./words.ts";

type Props = { page: Page; shop: Shop; alert: Alert };

/** The three answers to an alert. One tap takes it, one tap closes it, and for eight seconds both can be undone. */
export function AlertActions({ page, shop, alert }: Props): JSX.Element {
  const { actions } = page;
  const doing = actions.doing.value.get(alert.id);
  const trouble = actions.trouble.value?.alertId === alert.id ? actions.trouble.value : undefined;
  const words = alertWords(alert, { shop, stock: page.stock.value, devices: page.devices.value });
  if (doing?.kind === "leaving") {
    return (
      <div class="acts undo">
        <span class="row f1">
          <span class="mark fine" />
          {doing.refuted ? "Noted: it is not so" : words.doneTitle}
        </span>
        <button type="button" class="b" onClick={() => actions.undo(alert.id)}>
          Undo
        </button>
      </div>
    );
  }
  const mine = alert.by !== undefined && alert.by === page.me.value && alert.state === "assigned";
  return (
    <div class="acts">
      {mine ? (
        <button type="button" class="b go" onClick={() => actions.finish(alert.id, false)}>
          {words.done}
        </button>
      ) : (
        <Take page={page} shop={shop} alert={alert} />
      )}
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
        <button type="button" class="b" onClick={() => actions.finish(alert.id, false)}>
          {words.done}
        </button>
      )}
      <button type="button" class="b" onClick={() => actions.finish(alert.id, true)}>
        Not so
      </button>
      {trouble && (
        <p class="f1 st-stop said" role="alert">
          <b>{trouble.title}</b> {trouble.detail}
        </p>
      )}
    </div>
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
