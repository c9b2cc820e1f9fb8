/** What the bench asks of its load process, and what that answers. */
export type Jobs = {
  /** As many readings as the server acknowledges, to one subscriber that must receive every one of them. */
  flood: {
    ask: {
      port: number;
      share: number;
      seconds: number;
      connections: number;
      inFlight: number;
      /** Each connection is one device with its own account, and the subscriber has one. */
      accounts?: boolean;
    };
    answer: { messages: number; seconds: number; duplicates: number };
  };
  /** Readings at a steady pace, each changing a count; how long until a listener knows the new count, in ms. */
  pace: {
    ask: { port: number; url: string; listen: "page" | "topic"; perSecond: number; seconds: number };
    answer: { sent: number; seen: number; milliseconds: number[] };
  };
  /** Opens connections that each send a reading a second, and holds them. */
  crowd: { ask: { port: number; connections: number; seconds: number }; answer: { connected: number } };
  /** Opens so many connections at once, each with its own credentials; how long until each was let in. */
  reconnect: { ask: { port: number; connections: number }; answer: { milliseconds: number[]; refused: number } };
  /** What ordinary devices wait for their PUBACK. */
  neighbours: { ask: { port: number; seconds: number }; answer: { milliseconds: number[] } };
  /** Begins to be trouble: a subscriber that never reads, or a device that publishes 5,000 a second. */
  trouble: { ask: { port: number; trouble: "frozen" | "loud" }; answer: Record<string, never> };
  /** Ends it: what the loud device tried to say, and how much of that was acknowledged. */
  calm: { ask: Record<string, never>; answer: { said: number; acknowledged: number } };
  /** Sends the same encoded video again and again: by WHIP, or as bare RTP to a port of this computer. */
  send: { ask: { kbps: number; to: { url: string; token: string } | { port: number } }; answer: { kbps: number } };
  /** Adds viewers: by WHEP, or of the stream of a Janus. Answers when all of them are connected. */
  watch: { ask: { viewers: number; at: { url: string } | { janusPort: number } }; answer: { profile: string } };
  /** What all viewers together receive in so many seconds, and the processor time of this process meanwhile. */
  count: {
    ask: { seconds: number };
    answer: { packets: number; bytes: number; lost: number; broken: number; receiving: number; micros: number };
  };
  /** When any viewer last received something, in epoch ms. */
  lastPacket: { ask: Record<string, never>; answer: number };
  /** Ends viewers and sender. */
  unwatch: { ask: Record<string, never>; answer: Record<string, never> };
  /** Lets go of what `crowd` holds. */
  leave: { ask: Record<string, never>; answer: Record<string, never> };
};
export type JobName = keyof Jobs;
export type Request = { [Name in JobName]: { id: number; name: Name; ask: Jobs[Name]["ask"] } }[JobName];
export type Response = { id: number; answer?: unknown; error?: string };
