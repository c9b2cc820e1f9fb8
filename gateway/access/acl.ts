import { channels, deviceKinds } from "#wire/topics.ts";
import type { Identity } from "./identity.ts";

/** Who may say and hear what over MQTT. Pure: identity, store and topic in, yes or no out. */

const kinds: ReadonlySet<string> = new Set(deviceKinds);
const deviceLeaves: ReadonlySet<string> = new Set(channels.filter((channel) => channel !== "command"));
/** Only the gateway itself speaks here. */
const gatewayBranches = new Set(["state", "alert", "shopper"]);

/** A device speaks in its own subtree; the demo account for any device, foreign ones too; nobody in the gateway's name. */
export function mayPublish(identity: Identity, storeId: string, topic: string): boolean {
  if (topic === "" || topic.startsWith("$") || /[+#\0]/.test(topic)) return false;
  const levels = topic.split("/");
  if (levels[0] === "store" && gatewayBranches.has(levels[2] ?? "")) return false;
  switch (identity.role) {
    case "demo":
      return true;
    case "device":
      return isOwnLeaf(levels, storeId, identity.deviceId) && deviceLeaves.has(levels[4] ?? "");
    case "mirror":
      return (
        isOwnLeaf(levels, storeId, identity.mirrorId) && levels[2] === "mirror" && deviceLeaves.has(levels[4] ?? "")
      );
    case "staff":
    case "engineer":
    case "shopper":
      return false;
  }
}

/** A filter is allowed when everything it could match is. */
export function maySubscribe(identity: Identity, storeId: string, filter: string): boolean {
  if (filter === "" || filter.startsWith("$") || filter.includes("\0")) return false;
  const levels = filter.split("/");
  switch (identity.role) {
    case "demo":
      return true;
    case "device":
      return isOwnLeaf(levels, storeId, identity.deviceId) && levels[4] === "command";
    case "mirror":
      return isOwnLeaf(levels, storeId, identity.mirrorId) && levels[2] === "mirror" && levels[4] === "command";
    case "shopper":
      return filter === `store/${storeId}/shopper/${identity.shopperId}/offer`;
    case "staff":
    case "engineer":
      return levels[0] === "store" && levels[2] !== "shopper";
  }
}

/**
 * The last word before a message is delivered: `store/#` is a fair wish of staff, but a shopper's offers are read by
 * that shopper only (and by the demo account, which exists on loopback only).
 */
export function mayReceive(identity: Identity, storeId: string, topic: string): boolean {
  if (identity.role === "demo") return true;
  const levels = topic.split("/");
  if (levels[0] !== "store" || levels[2] !== "shopper") return true;
  return identity.role === "shopper" && levels[1] === storeId && levels[3] === identity.shopperId;
}

function isOwnLeaf(levels: string[], storeId: string, deviceId: string): boolean {
  return (
    levels.length === 5 &&
    levels[0] === "store" &&
    levels[1] === storeId &&
    kinds.has(levels[2] ?? "") &&
    levels[3] === deviceId
  );
}
