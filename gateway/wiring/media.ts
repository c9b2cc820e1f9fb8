import { join } from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { StoreConfig } from "#wire/store-config.ts";
import type { MediaStatus } from "#wire/views.ts";
import { drawingSvg } from "../../mirror-ui/look/drawings.ts";
import type { Access } from "../access/access.ts";
import { stampOf } from "../access/credentials.ts";
import { registerClips } from "../api/routes/clips.ts";
import { registerStills } from "../api/routes/stills.ts";
import { registerShares } from "../api/shares.ts";
import { registerWhep } from "../api/whep.ts";
import { registerWhip } from "../api/whip.ts";
import type { Bus } from "../bus.ts";
import { readTurnSecret } from "../config-turn.ts";
import type { Live } from "../live.ts";
import type { Log } from "../log.ts";
import { createMedia } from "../media/media.ts";
import { createPosters } from "../media/poster.ts";
import { createTurn } from "../media/turn.ts";
import { isOver, openShare } from "../mirrors/mirrors.ts";
import type { Pipeline } from "../pipeline.ts";
import type { Views } from "../views.ts";
import { wireClips } from "./clips.ts";
import { wireHeadless } from "./headless.ts";

type Options = {
  log: Log;
  bus: Bus;
  pipeline: Pipeline;
  access: Access;
  config: StoreConfig;
  dataFolder: string;
  host: string;
  now(): number;
  /** Where phones reach this gateway; known once it is started. */
  publicUrl(): string;
  publicHost?: string;
  prepareVideo?: (onStatus: (status: MediaStatus) => void) => Promise<{ bin: string }>;
};

type Needs = { views: Views; publicUrl(): string; pagesFolder: string };

const noVideo: MediaStatus = { state: "failed", step: "Video is switched off here.", progress: 0 };

/** Video beside the shop: it starts when its worker is ready, and everything else does not wait for it. */
export function wireMedia(options: Options) {
  const { config, bus, pipeline, access, prepareVideo } = options;
  const log = options.log.child("media");
  const knowsMirror = (mirrorId: string) => config.mirrors.some(({ id }) => id === mirrorId);
  let live: Live | undefined;
  /** While the worker is being prepared, its progress; afterwards media speaks for itself. */
  let preparing: MediaStatus | undefined = prepareVideo
    ? { state: "preparing", step: "Looking for the video worker", progress: 0 }
    : noVideo;
  let closed = false;

  const media = createMedia({
    log,
    listenIp: options.host,
    ...(options.publicHost === undefined ? {} : { announcedAddress: options.publicHost }),
    addresses: config.media.addresses,
    port: config.media.port,
    workers: config.media.workers,
    now: options.now,
    onStatus: () => live?.touched("media", ""),
    onStreams: ({ streamId }) => live?.touched("mirror", streamId),
  });

  const posters = createPosters();
  const clips = wireClips({ ...options, posters });
  const headless = wireHeadless({
    ...{ log, config, media, posters, now: options.now },
    openShare: (mirrorId) => openShare(pipeline.state().mirrors, mirrorId, options.now()),
  });
  const identify = (request: FastifyRequest) => request.caller ?? undefined;
  const { signShare, verifyShare } = access.tokens;
  const relay = config.media.turn;
  const turn = relay && createTurn({ urls: relay.urls, secret: readTurnSecret(relay.secretFile), now: options.now });

  function share(shareId: string) {
    const { shares, mirrors } = pipeline.state().mirrors;
    const found = shares.get(shareId);
    if (!found) return undefined;
    const { mirrorId, expiresAt, maxViewers } = found;
    const sku = mirrors.get(mirrorId)?.sku;
    return {
      mirrorId,
      expiresAt,
      maxViewers,
      over: isOver(found, options.now()),
      ...(sku === undefined ? {} : { sku }),
    };
  }

  /** A relay's credentials end with the link at the latest, so that nobody goes on using the shop's line. */
  function iceServers(shareId: string) {
    const expiresAt = pipeline.state().mirrors.shares.get(shareId)?.expiresAt;
    return expiresAt === undefined || !turn ? [] : turn.iceServers(expiresAt);
  }

  function mirrorIceServers(mirrorId: string) {
    const open = openShare(pipeline.state().mirrors, mirrorId, options.now());
    return open ? iceServers(open.shareId) : [];
  }

  /** A picture leaves its mirror only while its shopper shares it. */
  async function publish(mirrorId: string, offer: string) {
    const isShared = () => openShare(pipeline.state().mirrors, mirrorId, options.now()) !== undefined;
    const refusal = { ok: false as const, status: 409, title: "Nobody shares this mirror now. Open a share first." };
    if (!isShared()) return refusal;
    const opened = await media.publish(mirrorId, offer);
    // it may have ended in the meantime
    if (isShared()) return opened;
    media.closeStream(mirrorId);
    return refusal;
  }

  async function readStamps() {
    const accounts = await access.credentials.devices();
    return new Map(
      config.mirrors.map(({ id }) => [id, stampOf(Object.hasOwn(accounts, id) ? accounts[id] : undefined)]),
    );
  }
  let stamps = readStamps().catch(() => new Map<string, string | undefined>());

  /** A mirror whose password was changed or taken back shows nobody anything any more, until it signs in again. */
  async function endTakenBack() {
    const [before, after] = [await stamps, await readStamps()];
    stamps = Promise.resolve(after);
    for (const [mirrorId, stamp] of before) {
      if (stamp === undefined || stamp === after.get(mirrorId)) continue;
      const share = openShare(pipeline.state().mirrors, mirrorId, options.now());
      try {
        // first the link, so that friends are told why; what the disk refuses does not keep the picture going
        if (share) await pipeline.run({ command: "share.end", shareId: share.shareId, mirrorId });
      } catch (error) {
        log.error({ error, mirrorId }, "the link of a mirror whose password was changed could not be ended");
      }
      media.closeStream(mirrorId);
    }
  }

  bus.on("share-ended", ({ shareId, reason }) => {
    media.closeViewers(shareId);
    headless.forget(shareId);
    const mirrorId = pipeline.state().mirrors.shares.get(shareId)?.mirrorId;
    if (mirrorId === undefined) return;
    if (reason !== "replaced") media.closeStream(mirrorId);
    live?.touched("mirror", mirrorId);
  });

  return {
    view: {
      status: () => preparing ?? media.status(),
      stream: (mirrorId: string) => media.stream(mirrorId),
    },
    plugins: ({ views, publicUrl, pagesFolder }: Needs): ((app: FastifyInstance) => void)[] => [
      (app) =>
        registerWhip(app, {
          identify,
          knowsMirror,
          limits: access.video,
          iceServers: mirrorIceServers,
          media: { ...media, publish },
        }),
      (app) =>
        registerWhep(app, { verifyShare, share, clip: clips.friendSide.find, limits: access.video, iceServers, media }),
      (app) =>
        registerShares(app, {
          identify,
          signShare,
          verifyShare,
          share,
          iceServers,
          media,
          clips: clips.friendSide,
          preview: headless.preview,
          publicUrl,
          run: pipeline.run,
          shop: views.shop,
          item: views.stockItem,
          poster: posters.render,
          drawing: drawingSvg,
          friendPage: join(pagesFolder, "friend", "index.html"),
          settings: config.media,
        }),
      (app) => registerStills(app, { share, stills: headless.stills }),
      (app) => registerClips(app, { clips: clips.mirrorSide, knowsItem: (sku) => views.stockItem(sku) !== undefined }),
    ],
    endTakenBack,
    counters: () => [...headless.counters(), ...clips.counters()],
    /** From now on pages hear of progress and viewers. */
    listen(to: Live) {
      live = to;
    },
    start() {
      clips.start();
      headless.start();
      if (!prepareVideo) return;
      const onStatus = (status: MediaStatus) => {
        preparing = status;
        live?.touched("media", "");
      };
      prepareVideo(onStatus).then(
        async ({ bin }) => {
          if (closed) return;
          preparing = undefined;
          await media.start(bin);
        },
        (error: unknown) => {
          const step = error instanceof Error ? error.message : String(error);
          if (!closed) log.error({ error }, "no video: the worker could not be prepared");
          onStatus({ state: "failed", step, progress: 0 });
        },
      );
    },
    async close() {
      closed = true;
      headless.close();
      media.close();
      await clips.close();
    },
  };
}
