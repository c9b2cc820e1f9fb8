import { createHmac, randomBytes } from "node:crypto";

/** As RTCPeerConnection takes it. */
export type IceServer = { urls: string[]; username: string; credential: string };

export type Turn = {
  /** The relay with credentials of its own for one player or publisher of a link that ends then (epoch ms). */
  iceServers(linkEndsAt: number): IceServer[];
};

/**
 * So long a login opens ways through the relay, and never longer than its link lasts: nobody can tell the relay that a link
 * was taken back. Whoever comes anew asks for the link anew, and gets another; what is open already goes on.
 */
const loginMs = 10 * 60_000;

export type TurnOptions = {
  urls: string[];
  secret: string;
  /** Epoch ms; left out: this computer's clock. */
  now?(): number;
};

/**
 * Time-limited credentials that coturn checks by itself (`use-auth-secret`; draft-uberti-behave-turn-rest-00): the user
 * name is the second at which they end and something that nobody else has, the password its HMAC-SHA1, in base64.
 */
export function createTurn({ urls, secret, now = Date.now }: TurnOptions): Turn {
  return {
    iceServers(linkEndsAt) {
      const expiresAt = Math.min(linkEndsAt, now() + loginMs);
      const username = `${Math.floor(expiresAt / 1000)}:${randomBytes(9).toString("base64url")}`;
      const credential = createHmac("sha1", secret).update(username).digest("base64");
      return [{ urls, username, credential }];
    },
  };
}
