/** What a caller is told, in plain words; `received` where an upload stands, `retryAfterS` when it is worth trying again. */
export type Refusal = {
  ok: false;
  problem: { status: number; type: string; title: string; detail?: string };
  received?: number;
  retryAfterS?: number;
};

const refuse = (status: number, type: string, title: string, detail?: string): Refusal => ({
  ok: false,
  problem: { status, type, title, ...(detail === undefined ? {} : { detail }) },
});

export const noClip = refuse(404, "unknown-clip", "There is no such clip.");
export const otherTotal = refuse(409, "other-length", "This clip was said to have another length.");
export const outside = refuse(400, "bad-range", "That reaches beyond the end of the clip.");
export const noStill = refuse(
  409,
  "no-person",
  "This clip’s preview shows a drawing of the product, as its shopper chose.",
);
export const noPicture = refuse(
  422,
  "no-picture",
  "That is not a picture that we can show.",
  "A JPEG of at most 2 MB fits.",
);
export const gone = refuse(410, "gone", "This look has gone home.");
export const stuck = refuse(
  ...([503, "not-removed", "The link is closed for good."] as const),
  "The shop’s disk does not let go of the clip just now. It is tried again by itself.",
);
export const noRoom = refuse(
  ...([507, "no-room", "There is no room for another clip in this shop just now."] as const),
  "Older clips run out within a day. A live link works all the time.",
);
export const diskFull = refuse(
  ...([507, "disk-full", "The shop’s computer has no space left. Nothing of the clip was kept."] as const),
  "A live link works all the time. Somebody of the staff has to make space on it.",
);
export const busy: Refusal = {
  ...refuse(503, "busy", "Other clips are being looked at. Yours is next in a moment."),
  retryAfterS: 3,
};
export const broken = refuse(422, "broken-upload", "The clip did not arrive whole. Please send it again.");

export const tooLarge = (maxBytes: number) =>
  refuse(413, "too-large", `A clip is at most ${Math.floor(maxBytes / 1024 ** 2)} MB.`);
export const gap = (received: number): Refusal => ({
  ...refuse(416, "gap", "The part before this one has not arrived.", `Please go on at byte ${received}.`),
  received,
});
export const noVideo = (reason: string) => refuse(422, "no-video", "This is not a clip that we can keep.", reason);
