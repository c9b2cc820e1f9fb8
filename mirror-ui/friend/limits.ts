import type * as wire from "#wire/share-words.ts";

/** The gateway's own limits, checked by their types: importing the values would bring the gateway's schemas along. */
export const maxWordsLength: typeof wire.maxWordsLength = 120;
export const maxNameLength: typeof wire.maxNameLength = 20;
