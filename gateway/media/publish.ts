import type { Log } from "../log.ts";
import { writeAnswer } from "./answer.ts";
import { openChannel } from "./channel.ts";
import { type Codec, routerCodecs, sameCodec } from "./codecs.ts";
import type { Engine } from "./engine.ts";
import type { Idle } from "./idle.ts";
import { keyFrameRequestDelayMs } from "./key-frames.ts";
import { parseOffer, producerParameters } from "./offer.ts";
import type { Opened, Refusal } from "./results.ts";
import { handshakeMs, type Sessions } from "./sessions.ts";
import type { Streams } from "./streams.ts";
import type { Words } from "./words.ts";

type Parts = { engine: Engine; sessions: Sessions; streams: Streams; words: Words; idle: Idle; log: Log };

/** Takes a publisher in. An older publisher of the stream goes only once the new one is fully accepted. */
export async function publish(parts: Parts, streamId: string, text: string): Promise<Opened | Refusal> {
  const { engine, sessions, streams, words, idle, log } = parts;
  const parsed = parseOffer(text);
  if (!parsed.ok) return { ok: false, status: parsed.status, title: parsed.reason };
  const offer = parsed.value;
  const { rtpCapabilities } = engine.router;
  const wanted = offer.media.map((offered) => ({
    offered,
    rtp: offered.sends ? producerParameters(offered, rtpCapabilities, passes) : undefined,
  }));
  const first = offer.media[0];
  // [RFC 9725 4.2] no partially successful answers
  if (!first || wanted.some(({ rtp }) => !rtp)) {
    return { ok: false, status: 422, title: "Every section must send Opus, VP8 or H.264 baseline." };
  }
  const withData = offer.data?.usable === true;
  const session = await sessions.open(
    {
      engine,
      router: engine.router,
      kind: "publish",
      streamId,
      media: first,
      sctp: withData,
      patienceMs: handshakeMs,
    },
    {
      onConnected: () => log.info({ streamId }, "publisher connected"),
      onClosed: (closed) => streams.drop(streamId, closed),
    },
  );
  try {
    await session.connect(offer.dtls);
    const producers = [];
    for (const { offered, rtp } of wanted) {
      if (!rtp) continue;
      const { kind } = offered;
      const delay = kind === "video" ? { keyFrameRequestDelay: keyFrameRequestDelayMs } : {};
      producers.push(await session.transport.produce({ kind, rtpParameters: rtp, ...delay }));
    }
    // mirrors listen and say nothing
    if (withData) session.channel = await openChannel(engine, session.transport, () => {});
    streams.take(streamId, { publisher: session, producers, idle: false, silent: false });
    session.channel?.whenOpen(() => {
      idle.tell(streamId);
      words.tellViewers(streamId);
    });
    idle.look(streamId);
  } catch (error) {
    session.close("refused");
    throw error;
  }
  const answer = writeAnswer(
    offer,
    session.server(),
    wanted.map(({ offered, rtp }) => ({ offered, ...(rtp ? { rtp } : {}), direction: "recvonly" })),
    withData,
  );
  return { ok: true, sessionId: session.id, etag: session.etag, answer };
}

function passes(codec: Codec): boolean {
  return routerCodecs.some((known) => sameCodec(known, codec));
}
