import type { Command, CommandValue } from "#wire/commands.ts";
import type { Context, Decision, Problem } from "../room.ts";
import type { Shopper, ShoppersState } from "./shoppers.ts";

type CommandOf<C extends Command["command"]> = Extract<Command, { command: C }>;

/** So many shoppers are known at once. One more, and the longest silent leaves: first of those who never said yes. */
export const maxShoppers = 5_000;

/** A new shopper, with everything off. `isBasket` says whether the shop has a carrier of that id. */
export function decideJoin(
  state: ShoppersState,
  command: CommandOf<"shopper.join">,
  ctx: Context,
  isBasket: (carrier: string) => boolean,
): Decision<CommandValue<"shopper.join">> {
  const { basket } = command;
  if (basket !== undefined && !isBasket(basket)) {
    return refuse({ status: 404, type: "unknown-basket", title: "The shop has no such basket." });
  }
  const shopperId = newShopperId(state, ctx);
  const leaver = state.shoppers.size >= maxShoppers ? longestSilent(state) : undefined;
  return {
    ok: true,
    value: { shopperId },
    events: [
      ...(leaver ? [{ type: "shopper-erased" as const, at: ctx.now, shopperId: leaver.shopperId }] : []),
      { type: "shopper-joined", at: ctx.now, shopperId, ...(basket === undefined ? {} : { basket }) },
    ],
  };
}

/** The shopper's three choices as they now stand. Saying the same again changes nothing. */
export function decideConsent(state: ShoppersState, command: CommandOf<"shopper.consent">, ctx: Context): Decision {
  const { shopperId, textVersion } = command;
  const shopper = state.shoppers.get(shopperId);
  if (!shopper) {
    return refuse({ status: 404, type: "unknown-shopper", title: "The shop does not know this phone any more." });
  }
  if (textVersion.length === 0 || textVersion.length > 40) {
    return refuse({ status: 400, type: "bad-text-version", title: "Say which wording was read, in 40 characters." });
  }
  const { presence, offers, mirror } = command.consents;
  const now = shopper.consents;
  const same = now.presence === presence && now.offers === offers && now.mirror === mirror;
  if (same && shopper.textVersion === textVersion) return { ok: true, events: [], value: {} };
  const consents = { presence, offers, mirror };
  return {
    ok: true,
    events: [{ type: "consent-changed", at: ctx.now, shopperId, consents, textVersion }],
    value: {},
  };
}

/** Forgets a shopper. Erasing someone who is already gone is no mistake. */
export function decideErase(state: ShoppersState, command: CommandOf<"shopper.erase">, ctx: Context): Decision {
  const { shopperId } = command;
  if (!state.shoppers.has(shopperId)) return { ok: true, events: [], value: {} };
  return { ok: true, events: [{ type: "shopper-erased", at: ctx.now, shopperId }], value: {} };
}

function longestSilent(state: ShoppersState): Shopper | undefined {
  let first: Shopper | undefined;
  for (const shopper of state.shoppers.values()) {
    const { presence, offers, mirror } = shopper.consents;
    if (!presence && !offers && !mirror) return shopper;
    first ??= shopper;
  }
  return first;
}

/** `s-` and 16 hex digits. 64 bits do not meet by chance; if they did, the next label is tried. */
function newShopperId(state: ShoppersState, ctx: Context): string {
  for (let attempt = 0; ; attempt += 1) {
    const shopperId = `s-${ctx.derive(`shopper ${state.joined} ${ctx.now} ${attempt}`).slice(0, 16)}`;
    if (!state.shoppers.has(shopperId)) return shopperId;
  }
}

function refuse(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
