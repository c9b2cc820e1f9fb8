import type { types as ms } from "mediasoup";
import type { Offer, OfferedMedia } from "./offer.ts";
import { candidateLines, dataLines, mediaLines, type Server, sessionLines } from "./sdp-lines.ts";

/** What becomes of one section of an offer; without `rtp` it is answered inactive. */
export type AnswerMedia = {
  offered: OfferedMedia;
  rtp?: ms.RtpParameters;
  direction: "recvonly" | "sendonly" | "inactive";
};

/** The SDP answer [RFC 8829 5.3]. `withData`: the offer's data channel is taken; else its section is refused. */
export function writeAnswer(offer: Offer, server: Server, media: AnswerMedia[], withData = false): string {
  const accepted = withData && offer.data?.usable === true;
  const sections = media.map(({ offered, rtp, direction }) => {
    const { kind, mid, protocol, rids, codecs } = offered;
    const otherwise = codecs[0];
    return {
      mid,
      lines: mediaLines(
        { kind, mid, protocol, direction, rids, ...(rtp ? { rtp } : {}), ...(otherwise ? { otherwise } : {}) },
        server,
        offer.setup,
      ),
    };
  });
  const { data } = offer;
  // sections keep the places that they have in the offer [RFC 3264 6]
  if (data)
    sections.splice(data.place, 0, { mid: data.mid, lines: dataLines({ ...data, accepted }, server, offer.setup) });
  const bundled = sections.map(({ mid }) => mid).filter((mid) => accepted || mid !== data?.mid);
  return `${[...sessionLines(bundled), ...sections.flatMap(({ lines }) => lines)].join("\r\n")}\r\n`;
}

/** Answer to an ICE restart [RFC 9725 4.3.3]: the server's new credentials as a trickle-ice-sdpfrag. */
export function writeFragment(server: Server, { kind, mid, protocol }: FragmentSection): string {
  const lines = [
    "a=ice-lite",
    `a=ice-ufrag:${server.iceParameters.usernameFragment}`,
    `a=ice-pwd:${server.iceParameters.password}`,
    `m=${kind} 9 ${protocol} 0`,
    `a=mid:${mid}`,
    ...candidateLines(server),
  ];
  return `${lines.join("\r\n")}\r\n`;
}

/** The section that carries the ICE lines of a fragment. */
export type FragmentSection = Pick<OfferedMedia, "kind" | "mid" | "protocol">;
