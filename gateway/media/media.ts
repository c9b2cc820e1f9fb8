import type { MediaStatus } from "#wire/views.ts";
import type { Log } from "../log.ts";
import { writeFragment } from "./answer.ts";
import { createEngine, type Engine } from "./engine.ts";
import { type PlayRequest, play } from "./play.ts";
import { publish } from "./publish.ts";
import type { Opened, Patched, Refusal } from "./results.ts";
import { createSessions, newEtag, type Session } from "./sessions.ts";
import { createStreams, type StreamState } from "./streams.ts";

export type MediaOptions = {
  log: Log;
  listenIp: string;
  /** The address that clients are told; needed when `listenIp` is 0.0.0.0. */
  announcedAddress?: string;
  /** One UDP and TCP port for all video; 0 = a free one, kept for the life of this object. */
  port: number;
  onStatus(status: MediaStatus): void;
  /** Called with a stream's new state when its publisher comes or goes or its number of viewers changes. */
  onStreams(stream: StreamState): void;
};

export type Media = {
  /** Starts the worker. Never rejects: what went wrong is in the status, and it is tried again. */
  start(bin: string): Promise<void>;
  close(): void;
  status(): MediaStatus;
  /** The port in use, 0 before the first start. */
  port(): number;
  /** Process id of the worker, for those who measure it. */
  workerPid(): number | undefined;
  /** A publisher's SDP offer. The last publisher of a stream wins. */
  publish(streamId: string, offer: string): Promise<Opened | Refusal>;
  /** A player's SDP offer. */
  play(request: PlayRequest): Promise<Opened | Refusal>;
  /** Trickle candidates or an ICE restart for a session, by the rules of RFC 9725 4.3. */
  patch(sessionId: string, ifMatch: string | undefined, fragment: string): Promise<Patched>;
  session(sessionId: string): { kind: Session["kind"]; streamId: string } | undefined;
  /** Ends one session; false when there is none of that id. */
  end(sessionId: string): boolean;
  stream(streamId: string): StreamState;
  /** Players connected on behalf of one share. */
  viewersOf(audience: string): number;
  /** Ends everyone who watches on behalf of a share. */
  closeViewers(audience: string): void;
  /** Ends the publisher of a stream and with it all its viewers. */
  closeStream(streamId: string): void;
};

const maxSessions = 400;
/** Waits before the 1st, 2nd, … restart of a worker that keeps dying. */
const restartMs = [0, 500, 2_000, 10_000];
const steadyMs = 60_000;
const starting: Refusal = { ok: false, status: 503, title: "Video is still being prepared here.", retryAfterS: 5 };

/** The video part of the gateway: one worker, one port, publishers and players. */
export function createMedia(options: MediaOptions): Media {
  const { log } = options;
  const sessions = createSessions(log);
  const streams = createStreams({ sessions, onStreams: options.onStreams });
  let current: MediaStatus = { state: "preparing", step: "Waiting for the video worker", progress: 0 };
  let engine: Engine | undefined;
  let port = options.port;
  let deaths = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  function say(status: MediaStatus) {
    current = status;
    options.onStatus(status);
  }

  async function open(bin: string) {
    const { listenIp, announcedAddress } = options;
    try {
      const made = await createEngine({
        bin,
        listenIp,
        ...(announcedAddress === undefined ? {} : { announcedAddress }),
        port,
        onDeath: (reason) => revive(bin, reason),
        onWarning: (text) => log.warn({ text }, "the video worker complains"),
      });
      if (closed) return made.close();
      engine = made;
      port = made.port;
      timer = setTimeout(() => {
        deaths = 0;
      }, steadyMs);
      timer.unref();
      log.info({ pid: made.pid, port }, "video worker ready");
      say({ state: "ready", step: "Video is ready", progress: 1 });
    } catch (error) {
      if (closed) return;
      log.error({ error, port }, "the video worker does not start");
      say({ state: "failed", step: `Video does not start on port ${port}. It is tried again.`, progress: 0 });
      again(bin);
    }
  }

  function revive(bin: string, reason: string) {
    engine = undefined;
    if (closed) return;
    log.warn({ reason, deaths }, "the video worker ended; starting another");
    say({ state: "preparing", step: "Video stopped and is starting again", progress: 0 });
    again(bin);
  }

  function again(bin: string) {
    const waitMs = restartMs[Math.min(deaths, restartMs.length - 1)];
    deaths += 1;
    clearTimeout(timer);
    timer = setTimeout(() => void open(bin), waitMs);
  }

  /** Runs `work` on the worker; what fails inside, because the worker died or the offer is nonsense, is an answer. */
  async function withEngine(work: (engine: Engine) => Promise<Opened | Refusal>): Promise<Opened | Refusal> {
    const now = engine;
    if (!now) return starting;
    if (sessions.list().length >= maxSessions) {
      return { ok: false, status: 503, title: "Too many people are watching in this shop right now.", retryAfterS: 30 };
    }
    try {
      return await work(now);
    } catch (error) {
      if (engine !== now) return { ...starting, retryAfterS: 1 };
      log.debug({ error }, "an offer was refused by the media server");
      return { ok: false, status: 422, title: "The media server cannot use this offer." };
    }
  }

  return {
    async start(bin) {
      if (!closed && !engine) await open(bin);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      engine?.close();
      engine = undefined;
    },
    status: () => current,
    port: () => port,
    workerPid: () => engine?.pid,
    publish: (streamId, offer) =>
      withEngine((now) => publish({ engine: now, sessions, streams, log }, streamId, offer)),
    play: (request) => withEngine((now) => play({ engine: now, sessions, streams }, request)),
    async patch(sessionId, ifMatch, fragment) {
      const session = sessions.get(sessionId);
      if (!session) return { ok: false, status: 404, title: "This session is over." };
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
        return { ok: false, status: 404, title: "This session is over." };
      }
      session.etag = newEtag();
      return { ok: true, status: 200, etag: session.etag, fragment: writeFragment(session.transport, session.media) };
    },
    session(sessionId) {
      const session = sessions.get(sessionId);
      return session && { kind: session.kind, streamId: session.streamId };
    },
    end(sessionId) {
      const session = sessions.get(sessionId);
      session?.close("ended by its owner");
      return session !== undefined;
    },
    stream: streams.state,
    viewersOf: streams.viewersOf,
    closeViewers(audience) {
      for (const session of sessions.list()) {
        if (session.kind === "play" && session.audience === audience) session.close("the share is over");
      }
    },
    closeStream(streamId) {
      streams.get(streamId)?.publisher.close("the stream is over");
    },
  };
}
