import type { Log } from "../log.ts";
import { writeAnswer } from "./answer.ts";
import { type Codec, routerCodecs, sameCodec } from "./codecs.ts";
import type { Engine } from "./engine.ts";
import { watchKeyFrames } from "./key-frames.ts";
import { parseOffer, producerParameters } from "./offer.ts";
import type { Opened, Refusal } from "./results.ts";
import type { Sessions } from "./sessions.ts";
import type { Streams } from "./streams.ts";

type Parts = { engine: Engine; sessions: Sessions; streams: Streams; log: Log };

/** Takes a publisher in. An older publisher of the stream goes only once the new one is fully accepted. */
export async function publish(parts: Parts, streamId: string, text: string): Promise<Opened | Refusal> {
  const { engine, sessions, streams, log } = parts;
  const parsed = parseOffer(text);
  if (!parsed.ok) return { ok: false, status: parsed.status, title: parsed.reason };
  const offer = parsed.value;
  const { rtpCapabilities } = engine.router;
  const wanted = offer.media.map((offered) => ({
    offered,
    rtp: offered.sends ? producerParameters(offered, rtpCapabilities, passes) : undefined,
  }));
  // [RFC 9725 4.2] no partially successful answers
  if (wanted.some(({ rtp }) => !rtp)) {
    return { ok: false, status: 422, title: "Every section must send Opus, VP8 or H.264 baseline." };
  }
  const session = await sessions.open(
    { engine, router: engine.router, offer, kind: "publish", streamId, audience: "" },
    {
      onConnected: () => log.info({ streamId }, "publisher connected"),
      onClosed: (closed) => streams.drop(streamId, closed),
    },
  );
  try {
    const tracks = [];
    for (const { offered, rtp } of wanted) {
      if (!rtp) continue;
      const producer = await session.transport.produce({ kind: offered.kind, rtpParameters: rtp });
      tracks.push({ producer, keyFrames: watchKeyFrames(producer) });
    }
    streams.take(streamId, { publisher: session, tracks });
  } catch (error) {
    session.close("refused");
    throw error;
  }
  const answer = writeAnswer(
    offer,
    session.transport,
    wanted.map(({ offered, rtp }) => ({ offered, ...(rtp ? { rtp } : {}), direction: "recvonly" })),
  );
  return { ok: true, sessionId: session.id, etag: session.etag, answer };
}

function passes(codec: Codec): boolean {
  return routerCodecs.some((known) => sameCodec(known, codec));
}
