import { createHmac, randomBytes } from "node:crypto";
import { stripFrigate } from "#wire/formats/frigate.ts";
import type { LoadedConfig } from "#wire/store-config.ts";
import type { MediaStatus } from "#wire/views.ts";
import { createAccess, shopperClientId } from "./access/access.ts";
import { createApi } from "./api/create-api.ts";
import { createBus } from "./bus.ts";
import { type Clock, systemClock } from "./clock.ts";
import { createDeviceHistory } from "./device-history.ts";
import type { EventOf } from "./events.ts";
import { createHouse } from "./house.ts";
import { createInbox } from "./inbox.ts";
import { createLive } from "./live.ts";
import type { Log } from "./log.ts";
import { createLoudDevices } from "./loud-devices.ts";
import { createPipeline } from "./pipeline.ts";
import { createStorage } from "./storage/storage.ts";
import { createViews } from "./views.ts";
import { wireAsking } from "./wiring/asking.ts";
import { wireBroker } from "./wiring/broker.ts";
import { gatewayCounters } from "./wiring/counters.ts";
import { nativeGrants, wireCredentials } from "./wiring/credentials.ts";
import { wireDevices } from "./wiring/devices.ts";
import { wireDoors } from "./wiring/doors.ts";
import { wireFormats } from "./wiring/formats.ts";
import { wireInbox } from "./wiring/inbox.ts";
import { pageLinks } from "./wiring/links.ts";
import { wireMedia } from "./wiring/media.ts";
import { noteStart, passkeyOrigins, watchPeople } from "./wiring/people.ts";
import { createRecording } from "./wiring/recording.ts";
import { readEvent, restore } from "./wiring/restore.ts";
import { createSnapshots } from "./wiring/snapshots.ts";
import { wireTopics } from "./wiring/topics.ts";
import { wireUplink } from "./wiring/uplink.ts";

export type GatewayOptions = {
  loaded: LoadedConfig;
  dataFolder: string;
  pagesFolder: string;
  log: Log;
  clock?: Clock;
  /** Listens on loopback only, account demo/demo, and whoever sits at this computer is staff. */
  demo: boolean;
  /** "127.0.0.1", or "0.0.0.0" with `publicHost` for the shop's network. */
  host: string;
  publicHost?: string;
  /** Finds or builds the video worker and tells how far it is; left out: no video. */
  prepareVideo?: (onStatus: (status: MediaStatus) => void) => Promise<{ bin: string }>;
  /** Measuring only: what an SD card's commit would cost. */
  commitDelayMs?: number;
  /** Measuring only: devices may publish as fast as they like. */
  unthrottled?: boolean;
};

/** Builds every part and wires them. Read this first: what exists, and who hears whom. */
export async function createGateway(options: GatewayOptions) {
  const { loaded, log, demo, host, dataFolder, clock = systemClock } = options;
  const { config } = loaded;
  const storeId = config.store.id;
  const seed = { value: randomBytes(32) };

  const house = createHouse(loaded);
  const bus = createBus(log.child("bus"));
  const history = createDeviceHistory();
  const loud = createLoudDevices(clock.now);
  const access = createAccess({
    ...{ dataFolder, clock, demo, shopName: config.store.name },
    people: () => config.staff,
    passkeyOrigins: () => passkeyOrigins(publicUrl, config),
    nativeGrantOf: nativeGrants(storeId, house.plan.devices),
  });
  const { commitDelayMs = 0 } = options;
  const storage = createStorage({ folder: dataFolder, log: log.child("storage"), commitDelayMs });
  const onDisk = await storage.start();

  const inbox = createInbox({ storeId, zones: config.zones.map(({ id }) => id) });
  const formats = await wireFormats({ ...options, storeId, storage, onDisk, clock });
  const pipeline = createPipeline({
    house,
    bus,
    clock,
    journal: storage,
    inbox,
    log: log.child("pipeline"),
    decode: formats.decode,
    heard: history.note,
    stallMs: 10_000,
    isDeaf: () => broker.isAway(),
    strip: stripFrigate,
    derive: (label) => createHmac("sha256", seed.value).update(label).digest("hex"),
    state: restore(house, onDisk),
  });
  const snapshots = createSnapshots({ storage, onDisk, state: pipeline.state, memory: pipeline.decidedState });

  const needed = { now: clock.now, publicUrl: () => publicUrl };
  const media = wireMedia({ ...options, ...needed, bus, pipeline, access, config });
  const views = createViews({
    loaded,
    house,
    demo,
    media: media.view,
    inbox: inbox.counts,
    deviceHistory: history.of,
    isLoud: loud.isLoud,
    state: pipeline.state,
    memory: pipeline.decidedState,
    now: clock.now,
  });
  const uplink = wireUplink({ ...options, storage, onDisk, bus, views, clock });
  const live = createLive({ views, lastId: storage.lastId });
  const recording = createRecording({ pipeline, storeId, seed, memory: formats.memory, now: clock.now });

  const doors = wireDoors({ ...options, clock });
  const broker = wireBroker({ ...options, config, onDisk, storage, pipeline, access, onLoud: loud.note });
  formats.speakThrough(broker.publish);
  const endExpired = () => broker.endExpired(clock.now()).then(media.endTakenBack);

  const asking = wireAsking({
    ...{ storeId, dataFolder, bus, pipeline, access, broker, log, clock },
    publicUrl: () => publicUrl,
  });
  const credentials = wireCredentials({
    ...{ storeId, access, bus, log: log.child("credentials") },
    device: (id) => views.devices().find((device) => device.id === id),
    mqttUrl: () => mqttUrl,
    endExpired,
  });
  const api = createApi({
    ...{ log: log.child("api"), access, demo, host, port: config.http.port, now: clock.now },
    pagesFolder: options.pagesFolder,
    plugins: media.plugins({ views, publicUrl: () => publicUrl, pagesFolder: options.pagesFolder }),
    links: () => links(),
    ports: {
      views: {
        ...views,
        previewOffers: (question) => house.previewOffers(pipeline.state(), question, clock.now()),
      },
      inbox,
      commander: { run: pipeline.run },
      audit: access.audit,
      firmware: { ...asking.firmware, mayFetch: asking.mayFetch },
      credentials,
      webhooks: uplink.webhooks,
      epcis: uplink.epcis,
      stream: live,
      counters: () =>
        gatewayCounters({ pipeline, broker, storage, storageInfo, doors, formats, access, asking, uplink, media }),
      caPem: doors.caPem,
      readiness: () =>
        storage.isFailing()
          ? { ready: false, waitingFor: ["the disk"] }
          : started && !broker.isAway()
            ? { ready: true, waitingFor: [] }
            : { ready: false, waitingFor: ["the broker"] },
      record: recording.start,
    },
  });
  broker.attach(api.server, api.mayUpgrade);

  // --- who hears of what happened, in this order
  storage.listen({
    committed: (entries) => {
      pipeline.committed(entries);
      const last = entries.at(-1);
      if (last) storage.putFact("effects", last.id);
    },
    failed: (again) => {
      pipeline.reload(restore(house, formats.reload(again)));
      broker.reload(again);
    },
  });
  bus.onAny((event, id) => snapshots.committed(id, event));
  bus.onAny((event, id) => live.changed(event, id));
  const topics = wireTopics({ config, bus, live, views, publish: broker.publish, publicUrl: () => publicUrl });
  media.listen(live);
  const stopInboxNews = wireInbox(inbox, live, bus);
  const stopDeviceNews = wireDevices({ bus, live, history, pipeline, broker, loud });
  function forget(event: EventOf<"shopper-erased">) {
    snapshots.erase(event);
    broker.forget(shopperClientId(event.shopperId));
  }
  bus.on("shopper-erased", forget);

  const unwatchPeople = watchPeople(access, log.child("people"));
  let started = false;
  let publicUrl = "";
  let mqttUrl = "";
  let storageInfo = await storage.info();
  const timer = setInterval(() => {
    pipeline.tick();
    storage.flushFacts();
    void endExpired().catch((error: unknown) => log.warn({ error }, "cannot read the credentials"));
  }, 1_000);
  const slowTimer = setInterval(() => void storage.info().then((info) => (storageInfo = info)), 30_000);

  const links = () => pageLinks(config, access.tokens.basketKey);

  return {
    async start() {
      const opened = await doors.start({ broker, api });
      publicUrl = opened.publicUrl;
      noteStart(access, loaded, demo);
      mqttUrl = opened.mqttUrl;
      started = true;
      topics.sayAll();
      // effects that a crash cut off; all others are functions of the state
      for (const { id, body } of onDisk.events) {
        const event = readEvent(body);
        const isNew = id > (onDisk.facts.effects ?? 0);
        if (isNew && event.type === "offer-issued") topics.offer(event);
        if (isNew) credentials.again(event);
        // the row itself is the proof that its traces were not removed yet
        if (event.type === "shopper-erased") forget(event);
        snapshots.again(event);
      }
      if (storage.lastId() === onDisk.lastId) storage.putFact("effects", onDisk.lastId);
      await broker.join();
      await asking.start();
      await uplink.start(opened);
      media.start();
      return { ...opened, url: publicUrl };
    },
    links: () => links().map(({ label, href }) => ({ label, href: publicUrl + href })),
    access,
    storageInfo: storage.info,
    backup: storage.backup,
    async close() {
      clearInterval(timer);
      clearInterval(slowTimer);
      unwatchPeople();
      await media.close();
      stopInboxNews();
      formats.close();
      stopDeviceNews();
      topics.close();
      await uplink.close();
      await doors.close();
      await api.close();
      await broker.close();
      await access.close();
      snapshots.take(true);
      await storage.close();
    },
  };
}

export type Gateway = Awaited<ReturnType<typeof createGateway>>;
