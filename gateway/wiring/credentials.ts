import { type AccountWish, deviceUrl, planAccount } from "#wire/device-account.ts";
import { type Grant, nativeGrant } from "#wire/formats/grants.ts";
import type { TopicKind } from "#wire/topics.ts";
import type { Device } from "#wire/views.ts";
import type { Access } from "../access/access.ts";
import type { Bus } from "../bus.ts";
import type { DomainEvent } from "../events.ts";
import type { Log } from "../log.ts";

export type NewCredentials = {
  username: string;
  /** Told this once. */
  password: string;
  topics: Grant;
  url: string;
  /** What to set on the device itself. */
  advice?: string | undefined;
};

type Parts = {
  storeId: string;
  access: Access;
  bus: Bus;
  log: Log;
  /** What the registry knows of a device. */
  device(id: string): Device | undefined;
  mqttUrl(): string;
  /** Ends the connections of former credentials now, not at the next second. */
  endExpired(): Promise<void>;
};

/** What a configured device may do whose account does not say. */
export function nativeGrants(storeId: string, known: readonly { id: string; kind: TopicKind }[]) {
  const kinds = new Map(known.map(({ id, kind }) => [id, kind]));
  return (id: string): Grant | undefined => {
    const kind = kinds.get(id);
    return kind && nativeGrant(storeId, kind, id);
  };
}

/** Accounts of devices for the engineer's page; the command line makes the same in the same file. */
export function wireCredentials({ storeId, access, bus, log, device, mqttUrl, endExpired }: Parts) {
  /** False when it had none. Its connection ends before this resolves. */
  async function remove(deviceId: string): Promise<boolean> {
    if (!(await access.credentials.hasDevice(deviceId))) return false;
    const removed = await access.credentials.removeDevice(deviceId);
    await endExpired();
    return removed;
  }

  /** Whoever has no place in the shop any more has nothing to say in it. */
  function takeBack({ deviceId, by }: { deviceId: string; by: string }) {
    remove(deviceId).then(
      (removed) => {
        if (removed) access.audit.note({ by, action: "devices.credentials.delete", subject: deviceId, ok: true });
      },
      (error: unknown) => log.error({ error, device: deviceId }, "its credentials could not be taken back"),
    );
  }
  bus.on("device-retired", takeBack);
  bus.on("device-replaced", takeBack);

  return {
    /** What a crash may have cut off. */
    again(event: DomainEvent) {
      if (event.type === "device-retired" || event.type === "device-replaced") takeBack(event);
    },

    async add(wish: AccountWish): Promise<{ ok: true; value: NewCredentials } | { ok: false; reason: string }> {
      const planned = planAccount(storeId, { ...knownOf(device(wish.id)), ...wish });
      if (!planned.ok) return planned;
      const { deviceId, grant, format, advice } = planned.value;
      const password = await access.credentials.addDevice(deviceId, { grant, format });
      await endExpired();
      const url = deviceUrl(mqttUrl(), deviceId, password);
      return { ok: true, value: { username: deviceId, password, topics: grant, url, advice } };
    },

    remove,
  };
}

function knownOf(device: Device | undefined): Partial<AccountWish> {
  if (!device) return {};
  const { kind, format, topic, mapping, state } = device;
  // what nobody has adopted yet may be anything: its kind is what it says itself
  const known = { kind, ...(topic === undefined ? {} : { topic }) };
  if (mapping) return { ...known, format: "native", says: [topic ?? mapping.topic] };
  return state === "unseen" ? known : { ...known, format };
}
