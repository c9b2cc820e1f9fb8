import { type Signal, signal } from "@preact/signals";
import type { DeviceMapping, DevicePlace, MappedField } from "#wire/views.ts";
import type { DeviceKind } from "./naming.ts";

/** What an engineer is about to say of a device; kept while the page is open, so that "back" loses nothing. */
export type Adoption = {
  id: string;
  kind: DeviceKind | undefined;
  place: DevicePlace | undefined;
  /** A scale's own plate -> the shelf's; undefined until somebody has looked at them. */
  plates: Record<string, number> | undefined;
  name: string | undefined;
  /** A device that no format speaks for brings its topic and how it is read. */
  mapping?: DeviceMapping;
};
export type MappingDraft = { topic: string; fields: MappedField[] };
export type Drafts = {
  adoption: Signal<Adoption | undefined>;
  mapping: Signal<MappingDraft | undefined>;
};

export const createDrafts = (): Drafts => ({ adoption: signal(undefined), mapping: signal(undefined) });
