import type { Viewer } from "#wire/share-words.ts";
import type { MediaStatus } from "#wire/views.ts";
import type { Log } from "../log.ts";
import { writeFragment } from "./answer.ts";
import type { Engine } from "./engine.ts";
import { createEngines } from "./engines.ts";
import { createIdle } from "./idle.ts";
import { type NotAsItIs, type PlayRequest, play } from "./play.ts";
import { publish } from "./publish.ts";
import type { Offered, Opened, Patched, Refusal } from "./results.ts";
import { forgetSentAway, isViewer, nobody, sendAway, type Watching } from "./seats.ts";
import { offerPicture, takeAnswer } from "./server-offer.ts";
import { createSessions, newEtag, type Session } from "./sessions.ts";
import { watchSilence } from "./silence.ts";
import { type MediaStats, readStats } from "./stats.ts";
import { createStreams, type StreamState } from "./streams.ts";
import { takeBackAny } from "./waiting.ts";
import { createWords } from "./words.ts";

export type MediaOptions = {
  log: Log;
  listenIp: string;
  /** Names or addresses under which phones reach this computer; left out: its own on every network. */
  addresses?: string[];
  /** The address that clients are told first. */
  announcedAddress?: string;
  /** One UDP and TCP port for all video of a worker, counted up; 0 = free ones, kept for the life of this object. */
  port: number;
  /** Worker processes; 1 when left out. */
  workers?: number;
  /** How long a player may think about an offer of ours; 30 s when left out. */
  answerWithinMs?: number;
  /** A player without a handshake gives way to others after so long; 5 s when left out. */
  yieldsAfterMs?: number;
  /** Epoch ms; left out: this computer's clock. */
  now?(): number;
  onStatus(status: MediaStatus): void;
  /** Called with a stream's new state: its publisher came, went, fell silent or sends again, or the viewers changed. */
  onStreams(stream: StreamState): void;
};

export type Media = {
  /** Starts the workers. Never rejects: what went wrong is in the status, and it is tried again. */
  start(bin: string): Promise<void>;
  close(): void;
  status(): MediaStatus;
  /** The first worker's port, 0 before the first start. */
  port(): number;
  /** Process id of the first worker, for those who measure it. */
  workerPid(): number | undefined;
  /** A publisher's SDP offer. The last publisher of a stream wins. */
  publish(streamId: string, offer: string): Promise<Opened | Refusal>;
  /** A player's SDP offer; 406 when it cannot be served as it is and an offer of ours might do. */
  play(request: PlayRequest): Promise<Opened | NotAsItIs | Refusal>;
  /** An SDP offer of ours, for players that send none. */
  offer(request: Watching): Promise<Offered | Refusal>;
  /** The answer to it. */
  answer(sessionId: string, sdp: string): Promise<{ ok: true } | Refusal>;
  /** Trickle candidates or an ICE restart for a session, by the rules of RFC 9725 4.3. */
  patch(sessionId: string, ifMatch: string | undefined, fragment: string): Promise<Patched>;
  /** `offered`: it began with an offer of ours. */
  session(sessionId: string): { kind: Session["kind"]; streamId: string; offered: boolean } | undefined;
  /** Whether it was a session not long ago. */
  hasEnded(sessionId: string): boolean;
  /** Ends one session; false when there is none of that id. */
  end(sessionId: string): boolean;
  stream(streamId: string): StreamState;
  /** Players connected on behalf of one share. */
  viewersOf(audience: string): number;
  /** Who watches on behalf of one share, in the order in which they came. */
  viewers(audience: string): Viewer[];
  /** Asks one of them to leave, at once, and not to come back by the same link; false when there is none of that id. */
  removeViewer(audience: string, viewerId: string): boolean;
  /** Ends everyone who watches on behalf of a share. Their pages hear of it before the transport goes. */
  closeViewers(audience: string): void;
  /** Ends the publisher of a stream and with it all its viewers. */
  closeStream(streamId: string): void;
  /** For /metrics. */
  stats(): Promise<MediaStats>;
};

/** Counted apart: friends may be many, and must not shut out the mirror that they want to see. */
const maxSessions = { publish: 100, play: 400 };
/** A page that has not heard one for two and a half of these knows that the line is gone. */
const beatMs = 500;
const starting: Refusal = { ok: false, status: 503, title: "Video is still being prepared here.", retryAfterS: 5 };
const tooMany: Refusal = {
  ok: false,
  status: 503,
  title: "Too many people are watching in this shop right now.",
  retryAfterS: 30,
};
const over: Refusal = { ok: false, status: 404, title: "This session is over." };

/** The video part of the gateway: workers, publishers, players, and what they say to each other. */
export function createMedia(options: MediaOptions): Media {
  const { log, now = Date.now, announcedAddress, answerWithinMs = 30_000 } = options;
  const sessions = createSessions(log, options);
  const streams = createStreams({ sessions, onStreams: options.onStreams });
  const engines = createEngines({
    log,
    listenIp: options.listenIp,
    addresses: options.addresses ?? [],
    ...(announcedAddress === undefined ? {} : { likelyAddress: announcedAddress }),
    workers: options.workers ?? 1,
    port: options.port,
    onStatus: options.onStatus,
  });
  const words = createWords({
    mirror: (streamId) => streams.get(streamId)?.publisher.channel?.say,
    friends: (streamId) =>
      sessions.list().flatMap(({ streamId: watched, connected, watching, channel }) => {
        if (watched !== streamId || !connected || !watching?.viewer) return [];
        return [{ viewer: watching.viewer, streamId, ...(channel ? { say: channel.say } : {}) }];
      }),
  });

  const idle = createIdle({ sessions, streams });
  const stopWatching = watchSilence(streams);

  function changed(streamId: string) {
    streams.tell(streamId);
    idle.look(streamId);
    words.tellViewers(streamId);
  }
  const parts = { sessions, streams, words, idle, changed, now, log };

  const beat = setInterval(() => {
    for (const { engine } of engines.list()) engine?.switchboard.tellEverybody({ kind: "beat" });
  }, beatMs);
  beat.unref();

  /** A new stream goes where the fewest are; one that comes again stays where it was. */
  function engineFor(streamId: string): Engine | undefined {
    const before = streams.get(streamId)?.publisher.engine;
    if (before && engines.runs(before)) return before;
    const all = sessions.list();
    return engines.pick((engine) => all.filter((session) => session.engine === engine).length);
  }

  /** Sessions that are being made: a rush must not pass the limit while they are. */
  const underway = { publish: 0, play: 0 };

  /** Runs `work` on a worker; what fails inside, because the worker died or the offer is nonsense, is an answer. */
  async function on<T>(
    engine: Engine | undefined,
    kind: Session["kind"],
    work: (engine: Engine) => Promise<T>,
  ): Promise<T | Refusal> {
    if (!engine) return starting;
    const count = sessions.list().filter((session) => session.kind === kind).length + underway[kind];
    const isFull = count >= maxSessions[kind];
    if (isFull && (kind === "publish" || !takeBackAny(sessions))) return tooMany;
    underway[kind] += 1;
    try {
      return await work(engine);
    } catch (error) {
      if (!engines.runs(engine)) return { ...starting, retryAfterS: 1 };
      log.debug({ error }, "an offer was refused by the media server");
      return { ok: false, status: 422, title: "The media server cannot use this offer." };
    } finally {
      underway[kind] -= 1;
    }
  }

  /** Where a stream is to be watched: on its publisher's worker. */
  function onStream<T>(streamId: string, work: (engine: Engine) => Promise<T>): Promise<T | Refusal> {
    const stream = streams.get(streamId);
    if (stream) return on(stream.publisher.engine, "play", work);
    return Promise.resolve(engines.list().some(({ engine }) => engine) ? nobody : starting);
  }

  return {
    start: engines.start,
    close() {
      clearInterval(beat);
      stopWatching();
      engines.close();
    },
    status: engines.status,
    port: () => engines.list()[0]?.port ?? 0,
    workerPid: () => engines.list()[0]?.engine?.pid,
    publish: (streamId, offer) =>
      on(engineFor(streamId), "publish", (engine) => publish({ ...parts, engine }, streamId, offer)),
    play: (request) => onStream(request.streamId, (engine) => play({ ...parts, engine }, request)),
    offer: (request) =>
      onStream(request.streamId, (engine) => offerPicture({ ...parts, engine, answerWithinMs }, request)),
    async answer(sessionId, sdp) {
      const session = sessions.get(sessionId);
      return session ? takeAnswer(sessions, session, sdp) : over;
    },
    async patch(sessionId, ifMatch, fragment) {
      const session = sessions.get(sessionId);
      if (!session) return over;
      // npm whip-whep's player never sends If-Match; a publisher has no such excuse [RFC 9725 4.3.1]
      if (ifMatch === undefined) {
        return session.kind === "play"
          ? { ok: true, status: 204 }
          : { ok: false, status: 428, title: "If-Match is missing." };
      }
      // mediasoup is ICE-lite: it never needs the candidates of the other side
      if (ifMatch === session.etag) return { ok: true, status: 204 };
      if (ifMatch !== "*") return { ok: false, status: 412, title: "If-Match names an older state of this session." };
      if (!/^a=ice-ufrag:.+$/m.test(fragment) || !/^a=ice-pwd:.+$/m.test(fragment)) {
        return { ok: false, status: 400, title: "An ICE restart needs new ICE credentials." };
      }
      try {
        await session.transport.restartIce();
      } catch (error) {
        log.debug({ error }, "ICE restart failed");
        return over;
      }
      session.etag = newEtag();
      return { ok: true, status: 200, etag: session.etag, fragment: writeFragment(session.server(), session.media) };
    },
    session(sessionId) {
      const session = sessions.get(sessionId);
      return session && { kind: session.kind, streamId: session.streamId, offered: session.offered !== undefined };
    },
    hasEnded: sessions.hasEnded,
    end(sessionId) {
      const session = sessions.get(sessionId);
      session?.close("ended by its owner");
      return session !== undefined;
    },
    stream: streams.state,
    viewersOf: (audience) => streams.viewersOf(audience).length,
    viewers: streams.viewersOf,
    removeViewer(audience, viewerId) {
      const found = sessions.list().find((one) => isViewer(one, audience) && one.watching?.viewer?.id === viewerId);
      // who is leaving already has left: nothing more is to be remembered of them
      if (!found?.connected) return false;
      sendAway(sessions, found);
      found.leave("asked to leave", { kind: "over", why: "removed" });
      changed(found.streamId);
      return true;
    },
    closeViewers(audience) {
      forgetSentAway(sessions, audience);
      const leaving = sessions.list().filter(({ watching }) => watching?.audience === audience);
      for (const session of leaving) session.leave("the share is over", { kind: "over", why: "ended" });
      for (const streamId of new Set(leaving.map((session) => session.streamId))) changed(streamId);
    },
    closeStream(streamId) {
      streams.get(streamId)?.publisher.close("the stream is over");
    },
    stats: () => readStats(engines, sessions.list(), words),
  };
}
