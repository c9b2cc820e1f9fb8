import type { DecodeResult } from "./decoded.ts";
import { formatGrants, type Grant, grantFor } from "./formats/grants.ts";
import { filtersMeet, isTopicFilter } from "./topic-filters.ts";
import type { TopicKind } from "./topics.ts";

/** What somebody asks for when a device gets its account. All but the id may be left out where it is known. */
export type AccountWish = {
  id: string;
  kind?: TopicKind;
  format?: string;
  /** What a foreign device calls itself in its topics. */
  name?: string;
  /** A topic it was heard on. */
  topic?: string;
  /** Filters besides those of its format: to publish, and to subscribe. */
  says?: readonly string[];
  hears?: readonly string[];
};

export type AccountPlan = { deviceId: string; format: string; grant: Grant; advice?: string | undefined };

/** Which account a device gets and what it may do; the same for the command line and the engineer's page. */
export function planAccount(storeId: string, wish: AccountWish): DecodeResult<AccountPlan> {
  const { says = [], hears = [], ...question } = wish;
  const wrong = whyNotGrant([...says, ...hears]);
  if (wrong !== undefined) return { ok: false, reason: wrong };
  const format = wish.format ?? formatOfId(wish.id) ?? "native";
  const planned = grantFor({ ...question, storeId, format });
  if (!planned.ok) return planned;
  const { deviceId, grant, advice } = planned.value;
  const full = { publish: [...grant.publish, ...says], subscribe: [...grant.subscribe, ...hears] };
  return { ok: true, value: { deviceId, format, grant: full, advice } };
}

/** `tasmota-scale1` is Tasmota's. */
export function formatOfId(id: string): string | undefined {
  return Object.keys(formatGrants).find((format) => formatGrants[format]?.nameOf(id) !== undefined && id !== "");
}

/**
 * Why an engineer may not grant these extra topics, or undefined. Our own topics are granted by what a device is, and
 * whoever speaks to Home Assistant speaks for everything in it.
 */
export function whyNotGrant(filters: readonly string[]): string | undefined {
  for (const filter of filters) {
    if (!isTopicFilter(filter)) return `"${filter}" is not an MQTT topic or filter`;
    if (filter.startsWith("$")) return `"${filter}" is the broker's own`;
    for (const reserved of ["store/#", "homeassistant/#"]) {
      if (filtersMeet(filter, reserved)) return `"${filter}" would reach into ${reserved}, which no device is given`;
    }
  }
  return undefined;
}

/** What a phone copies from the QR into a device's settings: `mqtts://A1:PASSWORD@192.168.1.10:8883`. */
export function deviceUrl(brokerUrl: string, username: string, password: string): string {
  return brokerUrl.replace("://", `://${encodeURIComponent(username)}:${encodeURIComponent(password)}@`);
}

/** Filters as a person reads them: those below one parent in one group. */
export function sayTopics(filters: readonly string[]): string {
  const groups = Map.groupBy(filters, (filter) => filter.slice(0, filter.lastIndexOf("/") + 1));
  return [...groups]
    .map(([parent, own]) => {
      const leaves = own.map((filter) => filter.slice(parent.length));
      return parent + (leaves.length === 1 ? leaves[0] : `{${leaves.join(",")}}`);
    })
    .join(" ");
}
