import { deviceTopicFilters } from "#wire/formats.ts";
import type { StoreConfig } from "#wire/store-config.ts";
import { alertTopic, deviceTopicFilter, stockTopic, zoneTopic } from "#wire/topics.ts";
import type { Access } from "../access/access.ts";
import { mayOverhear, mayPublish, mayReceive, maySubscribe } from "../access/acl.ts";
import type { Identity } from "../access/identity.ts";
import { createEmbeddedBroker } from "../broker/embedded.ts";
import { createExternalBroker } from "../broker/external.ts";
import { makeNumbersWhenWritten } from "../broker/packet-numbers.ts";
import { alertCountTopic, deviceStateTopic, discoveryFilter, gatewayStateTopic } from "../discovery/home-assistant.ts";
import type { Log } from "../log.ts";
import type { Pipeline } from "../pipeline.ts";
import type { Loaded, Storage } from "../storage/storage.ts";
import type { Publish } from "./topics.ts";

/** Well above an RFID reader or a Bluetooth gateway in a crowd (200 to 500 a second), well below what would hurt others. */
const deviceRate = { perSecond: 600, burst: 1_500 };

type Parts = {
  log: Log;
  config: StoreConfig;
  host: string;
  /** Measuring only. */
  unthrottled?: boolean;
  onDisk: Loaded;
  storage: Storage;
  pipeline: Pipeline;
  access: Access;
  /** A device was slowed down, because it publishes faster than it may. */
  onLoud(deviceId: string): void;
};

/** Who is connected, and until when (epoch ms) where a token says so. */
type Admitted = { identity: Identity; expiresAt?: number };

/**
 * Where devices and pages meet. With `broker.url` the devices talk to that broker and the gateway is its client; phones
 * use the gateway's own WebSocket in both cases.
 */
export function wireBroker(parts: Parts) {
  const { log, config, host, unthrottled, onDisk, storage, pipeline, access } = parts;
  const storeId = config.store.id;
  const { whenCommitted, isBehind } = storage;
  makeNumbersWhenWritten();

  const needsCertificate = typeof config.tls === "object" && config.tls.clients === "required";
  const embedded = createEmbeddedBroker<Admitted>({
    log: log.child("broker"),
    host: needsCertificate ? "127.0.0.1" : host,
    port: config.broker ? undefined : config.mqtt.port,
    state: onDisk,
    store: { write: (ops) => storage.enqueue([], ops), whenCommitted, isBehind },
    accept: pipeline.accept,
    refuse: pipeline.refuse,
    authenticate: async (login) => {
      const result = await access.authenticateMqtt(login);
      if (!result.ok) return result;
      const { identity, expiresAt } = result;
      if (
        needsCertificate &&
        identity.role === "device" &&
        login.certificate === undefined &&
        !isLocal(login.address)
      ) {
        return { ok: false, reason: "devices come with a client certificate here" };
      }
      // a token outlives its shopper: whoever was erased is nobody's client any more
      if (identity.role === "shopper" && !pipeline.state().shoppers.shoppers.has(identity.shopperId)) {
        return { ok: false, reason: "this shopper was forgotten" };
      }
      return { ok: true, identity: { identity, ...(expiresAt === undefined ? {} : { expiresAt }) } };
    },
    mayPublish: ({ identity }, topic) => mayPublish(identity, storeId, topic),
    mayOverhear: ({ identity }, topic) => mayOverhear(identity, storeId, topic),
    maySubscribe: ({ identity }, filter) => maySubscribe(identity, storeId, filter),
    mayReceive: ({ identity }, topic) => mayReceive(identity, storeId, topic),
    // the demo account speaks for every device of the simulator on one connection
    publishRate: ({ identity }) => (identity.role === "demo" || unthrottled ? undefined : deviceRate),
    onLoud: (_client, { identity }) => identity.role === "device" && parts.onLoud(identity.deviceId),
  });

  let seenAccounts: unknown;
  let justChanged = false;
  /** Ends what has run out: tokens by the clock, devices whose credentials were changed, here or on the command line. */
  async function endExpired(now: number) {
    const accounts = await access.credentials.devices();
    // once more afterwards, for who was being let in meanwhile
    const changed = justChanged || accounts !== seenAccounts;
    justChanged = accounts !== seenAccounts;
    seenAccounts = accounts;
    for (const admitted of embedded.identities()) {
      const isOver = admitted.expiresAt !== undefined && admitted.expiresAt <= now;
      if (isOver || (changed && !(await access.isStillAdmitted(admitted.identity)))) embedded.disconnect(admitted);
    }
  }

  const external =
    config.broker &&
    createExternalBroker({
      log: log.child("broker"),
      ...config.broker,
      clientId: `vitrine-${storeId}`,
      filters: deviceTopicFilters(storeId),
      ownFilters: [
        ...[stockTopic(storeId, "+"), zoneTopic(storeId, "+"), alertTopic(storeId, "+")],
        // switched off since, or devices that are gone: taken back as all else that was not said this time
        discoveryFilter(config.homeAssistant?.discoveryPrefix ?? "homeassistant", storeId),
        ...[deviceStateTopic(storeId, "+"), alertCountTopic(storeId), gatewayStateTopic(storeId)],
      ],
      notInput: [
        ...["state", "alert", "shopper"].map((name) => `store/${storeId}/${name}/#`),
        deviceTopicFilter(storeId, "+", "command"),
      ],
      ...(config.homeAssistant ? { presence: gatewayStateTopic(storeId) } : {}),
      store: { whenCommitted, isBehind },
      // the broker marks what it had before we subscribed
      accept: (message) => pipeline.accept({ ...message, outside: message.retain ? "kept" : "said" }),
      connected: pipeline.listenAgain,
    });

  const shopperTopics = `store/${storeId}/shopper/`;
  const publish: Publish = (topic, payload, options) => {
    embedded.publish(topic, payload, options);
    // an offer is for one phone, and phones are our own clients; nobody knows who reads at the other broker
    if (!topic.startsWith(shopperTopics)) external?.publish(topic, payload, options);
  };

  return {
    attach: embedded.attach,
    start: embedded.start,
    /** After everything retained has been said: only then is it known what a former run left behind. */
    join: async () => external?.start(),
    publish,
    /** Further topics to hear at a broker of the shop's own. */
    listenTo: (filters: string[]) => external?.listenTo(filters),
    forget: embedded.forget,
    reload: embedded.reload,
    adopt: embedded.adopt,
    endExpired,
    isAway: () => external !== undefined && !external.isConnected(),
    stats: embedded.stats,
    externalStats: () => external?.stats(),
    async close() {
      await external?.close();
      await embedded.close();
    },
  };
}

const isLocal = (address: string) => ["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(address);

export type Broker = ReturnType<typeof wireBroker>;
