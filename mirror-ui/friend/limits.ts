import type * as wire from "#wire/share-words.ts";

/** The gateway's own limits, checked by their types: importing the values would bring the gateway's schemas along. */
export const maxWordsLength: typeof wire.maxWordsLength = 120;
export const maxNameLength: typeof wire.maxNameLength = 20;

/** As people count, and as the gateway does: one for each sign, however it is made up. */
export function signsIn(text: string): number {
  if (!("Segmenter" in Intl)) return [...text].length;
  return [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)].length;
}
