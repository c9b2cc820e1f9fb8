import type { Command, CommandValue } from "#wire/commands.ts";
import type { Context, Decision, Problem } from "../room.ts";
import { readCode } from "./code.ts";
import type { Offer, OffersState } from "./offers.ts";

type CommandOf<C extends Command["command"]> = Extract<Command, { command: C }>;

/** A code that was taken back this often is closed: someone is trying something. */
export const maxRollbacks = 20;
const maxKeyLength = 200;

/**
 * Redeems a code once. The same key gets the same answer however often it asks; any other key is told when it was used.
 * A key whose redemption was taken back stays spent, so that a late repeat cannot redeem again unnoticed.
 */
export function decideRedeem(
  state: OffersState,
  command: CommandOf<"offer.redeem">,
  ctx: Context,
): Decision<CommandValue<"offer.redeem">> {
  const { key, by } = command;
  if (key.length === 0 || key.length > maxKeyLength) {
    return refuse({
      status: 400,
      type: "bad-key",
      title: `Send an Idempotency-Key of 1 to ${maxKeyLength} characters.`,
    });
  }
  const offer = find(state, command.code);
  if (!offer) return refuse(unknownCode);
  const answer = (redeemedAt: number) => {
    const { code, offerId, sku, offerPrice } = offer;
    return { code, redeemedAt, offerId, sku, offerPrice };
  };
  if (offer.state === "used" && offer.key === key) {
    return { ok: true, events: [], value: answer(offer.usedAt ?? ctx.now) };
  }
  const problem = whyNotRedeem(offer, key, ctx.now);
  if (problem) return refuse(problem);
  return {
    ok: true,
    events: [{ type: "offer-redeemed", at: ctx.now, code: offer.code, key, by }],
    value: answer(ctx.now),
  };
}

/** Takes a redemption back, for a sale that did not happen. Asking again changes nothing. */
export function decideRollback(state: OffersState, command: CommandOf<"offer.rollback">, ctx: Context): Decision {
  const offer = find(state, command.code);
  if (!offer) return refuse(unknownCode);
  if (offer.state === "used") {
    if (offer.spentKeys.length >= maxRollbacks) return refuse(closed);
    return {
      ok: true,
      events: [{ type: "offer-rolled-back", at: ctx.now, code: offer.code, by: command.by }],
      value: {},
    };
  }
  if (offer.spentKeys.length > 0) return { ok: true, events: [], value: {} };
  return refuse({ status: 409, type: "not-redeemed", title: "This code has not been used." });
}

/** The shopper's "not for me". Someone else's code is answered like one that does not exist. */
export function decideDismiss(state: OffersState, command: CommandOf<"offer.dismiss">, ctx: Context): Decision {
  const offer = find(state, command.code);
  if (!offer || offer.shopperId !== command.shopperId) return refuse(unknownCode);
  if (offer.state === "used") return refuse(alreadyRedeemed(offer));
  if (offer.state === "dismissed" || ctx.now >= offer.expiresAt) return { ok: true, events: [], value: {} };
  return { ok: true, events: [{ type: "offer-dismissed", at: ctx.now, code: offer.code }], value: {} };
}

function whyNotRedeem(offer: Offer, key: string, now: number): Problem | undefined {
  if (offer.state === "used") return alreadyRedeemed(offer);
  if (offer.spentKeys.includes(key)) {
    return { status: 409, type: "rolled-back", title: "This sale was taken back. Begin a new one to use the code." };
  }
  if (offer.state === "dismissed") {
    return { status: 409, type: "offer-dismissed", title: "The shopper has put this offer aside." };
  }
  if (now >= offer.expiresAt) {
    const detail = `It was good until ${new Date(offer.expiresAt).toISOString()}.`;
    return { status: 410, type: "offer-over", title: "This offer is over.", detail };
  }
  return undefined;
}

function alreadyRedeemed(offer: Offer): Problem {
  const detail =
    offer.usedAt === undefined ? {} : { detail: `It was used at ${new Date(offer.usedAt).toISOString()}.` };
  return { status: 409, type: "already-redeemed", title: "This code has been used.", ...detail };
}

const unknownCode: Problem = { status: 404, type: "unknown-code", title: "The shop does not know this code." };
const closed: Problem = { status: 409, type: "too-many-rollbacks", title: "This code was taken back too often." };

function find(state: OffersState, typed: string): Offer | undefined {
  const code = readCode(typed);
  return code === undefined ? undefined : state.offers.get(code);
}

function refuse(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
