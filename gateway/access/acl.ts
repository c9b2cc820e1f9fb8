import type { Grant } from "#wire/formats/grants.ts";
import { formatSpeakingFor } from "#wire/formats.ts";
import { createTopicSet, isTopicFilter, isTopicName, type TopicSet } from "#wire/topic-filters.ts";
import { channels, deviceTopic, offerTopic } from "#wire/topics.ts";
import type { Identity } from "./identity.ts";

/** Who may say and hear what over MQTT. Pure: identity, store and topic in, yes or no out. Deny unless granted. */

const mirrorSays: ReadonlySet<string> = new Set(channels.filter((channel) => channel !== "command"));
/** Only the gateway itself speaks here. */
const gatewayBranches = new Set(["state", "alert", "shopper"]);

/** A grant is looked up for every packet: read once for as long as it is in use. */
const compiled = new WeakMap<Grant, { publish: TopicSet; subscribe: TopicSet }>();
function setsOf(grant: Grant) {
  const known = compiled.get(grant);
  if (known) return known;
  const sets = { publish: createTopicSet(grant.publish), subscribe: createTopicSet(grant.subscribe) };
  compiled.set(grant, sets);
  return sets;
}

/** A device says what it was granted; the demo account speaks for any device; nobody in the gateway's name. */
export function mayPublish(identity: Identity, storeId: string, topic: string): boolean {
  switch (identity.role) {
    case "device":
      return setsOf(identity.grant).publish.has(topic) && !isOfGateway(topic);
    case "demo":
      return isTopicName(topic) && !topic.startsWith("$") && !isOfGateway(topic);
    case "mirror": {
      const own = `store/${storeId}/mirror/${identity.mirrorId}/`;
      return topic.startsWith(own) && mirrorSays.has(topic.slice(own.length));
    }
    case "staff":
    case "manager":
    case "engineer":
    case "shopper":
      return false;
  }
}

/**
 * What a maker's device says by habit and nobody here reads: announcements to other software. It may not be said, but is
 * no reason to hang up. Whatever a format reads could be somebody else's word, and is.
 */
export function mayOverhear(identity: Identity, storeId: string, topic: string): boolean {
  if (identity.role !== "device" || topic === "" || /^(store\/|\$)|[+#\0]/.test(topic)) return false;
  if (identity.grant.publish.every((filter) => filter.startsWith("store/"))) return false;
  return formatSpeakingFor(storeId, topic) === undefined;
}

/** A filter is allowed when everything it could match is. */
export function maySubscribe(identity: Identity, storeId: string, filter: string): boolean {
  if (filter.startsWith("$") || !isTopicFilter(filter)) return false;
  switch (identity.role) {
    case "demo":
      return true;
    case "device":
      return setsOf(identity.grant).subscribe.holds(filter);
    case "mirror":
      return filter === deviceTopic(storeId, { kind: "mirror", deviceId: identity.mirrorId, channel: "command" });
    case "shopper":
      return filter === offerTopic(storeId, identity.shopperId);
    case "staff":
    case "manager":
    case "engineer": {
      const levels = filter.split("/");
      return levels[0] === "store" && levels[2] !== "shopper";
    }
  }
}

/**
 * The last word before a message is delivered, to sessions that subscribed under another grant too. `store/#` is a fair
 * wish of staff, but a shopper's offers are read by that shopper only (and by the demo account, on loopback).
 */
export function mayReceive(identity: Identity, storeId: string, topic: string): boolean {
  switch (identity.role) {
    case "demo":
      return true;
    case "device":
      return setsOf(identity.grant).subscribe.has(topic);
    case "shopper":
      return topic === offerTopic(storeId, identity.shopperId);
    case "mirror":
      return topic === deviceTopic(storeId, { kind: "mirror", deviceId: identity.mirrorId, channel: "command" });
    case "staff":
    case "manager":
    case "engineer": {
      const levels = topic.split("/");
      return levels[0] === "store" && levels[2] !== "shopper";
    }
  }
}

function isOfGateway(topic: string): boolean {
  if (!topic.startsWith("store/")) return false;
  return gatewayBranches.has(topic.split("/", 3)[2] ?? "");
}
