import type { RTCPeerConnection } from "werift";

export type Tally = {
  /** How the packets were sealed. */
  profile: string;
  begin(): void;
  /** Since `begin`: what was received and opened, what is missing between the first and the last, what did not open. */
  end(): { packets: number; bytes: number; lost: number; broken: number };
  /** Epoch ms of the last packet that was opened. */
  lastAt(): number;
};

const profiles: Record<number, string> = { 1: "AES_CM_128_HMAC_SHA1_80", 7: "AEAD_AES_128_GCM" };
const mark = { last: -1, first: -1, packets: 0, bytes: 0, broken: 0 };

/**
 * Opens every SRTP packet of a connection and counts by its sequence number. It takes the place of werift's own receiver,
 * which makes objects of everything and could not follow a hundred streams.
 */
export async function countPackets(peer: RTCPeerConnection, connected: () => Promise<void>): Promise<Tally> {
  await connected();
  const [dtls] = peer.dtlsTransports;
  if (!dtls) throw new Error("no transport");
  let now = { ...mark };
  let arrivedAt = 0;

  const arrives = dtls.iceTransport.connection.onData;
  arrives.allUnsubscribe();
  arrives.subscribe((data) => {
    const second = data[1] ?? 0;
    const isRtp = (data[0] ?? 0) >> 6 === 2 && !(second >= 192 && second <= 223);
    if (!isRtp) return;
    try {
      note(dtls.srtp.decrypt(data));
    } catch {
      now.broken += 1;
    }
  });

  function note(packet: Buffer) {
    const sequence = packet.readUInt16BE(2);
    arrivedAt = Date.now();
    now.packets += 1;
    now.bytes += packet.length;
    if (now.first < 0) {
      now.first = sequence;
      now.last = sequence;
    }
    // numbers go round at 65,536: the nearest number to the last one is meant
    const ahead = ((sequence - (now.last & 0xffff) + 0x18000) % 0x10000) - 0x8000;
    if (ahead > 0) now.last += ahead;
  }

  return {
    profile: profiles[dtls.dtls?.srtp.srtpProfile ?? 0] ?? "",
    begin() {
      now = { ...mark };
    },
    end() {
      const { first, last, packets, bytes, broken } = now;
      return { packets, bytes, broken, lost: packets === 0 ? 0 : last - first + 1 - packets };
    },
    lastAt: () => arrivedAt,
  };
}
