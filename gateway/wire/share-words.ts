import { type Static, Type } from "typebox";

/**
 * What passes beside the picture while a mirror is shown, on one data channel each between the gateway and a page:
 * JSON text, channel id 0 negotiated by both sides, ordered and reliable. The gateway stands between friend and
 * mirror: nobody speaks to anybody directly.
 */

const strict = { additionalProperties: false };

/** The three answers of a friend's page. */
export const Reaction = Type.Union([Type.Literal("yes"), Type.Literal("unsure"), Type.Literal("another")]);
export type Reaction = Static<typeof Reaction>;

/** One line; longer ones are refused, not cut. */
export const maxWordsLength = 120;
export const maxNameLength = 20;

/** friend -> gateway */
export const FriendSays = Type.Union([
  Type.Object({ kind: Type.Literal("reaction"), id: Type.Integer({ minimum: 0 }), reaction: Reaction }, strict),
  Type.Object({ kind: Type.Literal("words"), id: Type.Integer({ minimum: 0 }), text: Type.String() }, strict),
  /** How a friend wants to be called at the mirror; until then "A friend". */
  Type.Object({ kind: Type.Literal("name"), id: Type.Integer({ minimum: 0 }), name: Type.String() }, strict),
]);
export type FriendSays = Static<typeof FriendSays>;

/** gateway -> friend */
export type FriendHears =
  /** `id` is the friend's own message: it has reached the mirror, or why it has not. */
  | { kind: "said"; id: number; ok: true }
  | { kind: "said"; id: number; ok: false; why: "too-long" | "too-often" | "not-text" | "nobody-there" }
  /** Twice a second, so that silence means that the line or the video worker is gone. */
  | { kind: "beat" }
  | { kind: "watching"; viewers: number }
  /** The last word: the link is closed, or this friend was asked to leave. */
  | { kind: "over"; why: "ended" | "removed" };

/** gateway -> mirror */
export type MirrorHears =
  | { kind: "beat" }
  /** Everybody who watches now; the whole list each time. */
  | { kind: "viewers"; viewers: Viewer[] }
  /** `text` is plain text, cleaned of control characters; show it as text only. */
  | { kind: "reaction"; viewer: string; name: string; reaction: Reaction }
  | { kind: "words"; viewer: string; name: string; text: string }
  /** Nobody watches: the mirror need not encode; and somebody does again. */
  | { kind: "pause" }
  | { kind: "resume" };

/** One friend as the mirror sees them. `id` is made for this share and says nothing about the phone. */
export type Viewer = {
  id: string;
  name: string /** epoch ms */;
  since: number /** "player": not our own page. */;
  via: "page" | "player";
};
