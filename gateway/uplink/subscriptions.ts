import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";

const Subscription = Type.Object({
  id: Type.String(),
  url: Type.String(),
  /** Full names, or the beginning of several with `.*`; `*` for all. */
  types: Type.Array(Type.String()),
  /** The newest first. An older one signs too until it runs out. Not hashed: without it nothing can be signed. */
  secrets: Type.Array(Type.Object({ secret: Type.String(), until: Type.Optional(Type.Integer()) })),
  /** Somebody said that this receiver in the shop's network has no https. */
  plainHttp: Type.Optional(Type.Literal(true)),
  state: Type.Union([Type.Literal("active"), Type.Literal("gone"), Type.Literal("given-up")]),
  why: Type.Optional(Type.String()),
  /** Journal id at which it began: what came before is not told. */
  from: Type.Integer({ minimum: 0 }),
  createdAt: Type.Integer(),
  by: Type.String(),
});
const SubscriptionsFile = Type.Object({ version: Type.Literal(1), subscriptions: Type.Array(Subscription) });
export type Subscription = Static<typeof Subscription>;
export type SubscriptionsFile = Static<typeof SubscriptionsFile>;
const checker = Compile(SubscriptionsFile);

/** `webhooks.json` in the data folder, for its owner's eyes only. */
export const subscriptionsFile = {
  name: "webhooks.json",
  empty: (): SubscriptionsFile => ({ version: 1, subscriptions: [] }),
  check: (content: unknown): content is SubscriptionsFile => checker.Check(content),
  damaged: "is not a file of webhooks: restore it from a backup or remove it and subscribe again",
};

/** A file that is read again when it has changed and written whole. */
export type KeptSubscriptions = {
  current(): Promise<SubscriptionsFile>;
  change<R>(edit: (content: SubscriptionsFile) => R): Promise<R>;
};
