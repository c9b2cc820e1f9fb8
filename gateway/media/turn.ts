import { createHmac, randomBytes } from "node:crypto";

/** As RTCPeerConnection takes it. */
export type IceServer = { urls: string[]; username: string; credential: string };

export type Turn = {
  /** The relay with credentials of its own for one player or publisher; they end at `expiresAt` (epoch ms). */
  iceServers(expiresAt: number): IceServer[];
};

/**
 * Time-limited credentials that coturn checks by itself (`use-auth-secret`; draft-uberti-behave-turn-rest-00): the user
 * name is the second at which they end and something that nobody else has, the password its HMAC-SHA1, in base64.
 */
export function createTurn({ urls, secret }: { urls: string[]; secret: string }): Turn {
  return {
    iceServers(expiresAt) {
      const username = `${Math.floor(expiresAt / 1000)}:${randomBytes(9).toString("base64url")}`;
      const credential = createHmac("sha1", secret).update(username).digest("base64");
      return [{ urls, username, credential }];
    },
  };
}
