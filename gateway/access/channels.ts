import { createHash, randomBytes } from "node:crypto";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Clock } from "../clock.ts";
import { createJsonFile } from "./json-file.ts";

const ChannelsFile = Type.Object({
  version: Type.Literal(1),
  /** By the channel's id. */
  channels: Type.Record(
    Type.String(),
    Type.Object({
      /** SHA-256 of the secret: 256 random bits need no slow hash, and a till asks often. */
      hash: Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" }),
      createdAt: Type.Integer(),
    }),
  ),
});
type ChannelsFile = Static<typeof ChannelsFile>;
const checker = Compile(ChannelsFile);

const maxChannels = 100;
/** So that a secret found in a log or a repository says what it opens. */
const prefix = "vch_";

export type Channels = ReturnType<typeof createChannels>;

/**
 * Tills, websites, apps: what sells this shop's goods and is no person. Each has a secret that is told once and kept as a
 * hash in `channels.json`. The command line changes the file while the gateway runs; it counts at the next request.
 */
export function createChannels(dataFolder: string, clock: Clock) {
  const file = createJsonFile<ChannelsFile>({
    folder: dataFolder,
    name: "channels.json",
    empty: () => ({ version: 1, channels: {} }),
    check: (content): content is ChannelsFile => checker.Check(content),
    damaged: "is not a file of channels: restore it from a backup or add the channels again",
  });

  return {
    /** Makes the channel or gives it a new secret, which ends the old one. "full" at 100 channels. */
    async add(id: string): Promise<{ ok: true; secret: string } | { ok: false; reason: "full" }> {
      const secret = prefix + randomBytes(32).toString("base64url");
      return file.change(({ channels }) => {
        if (!Object.hasOwn(channels, id) && Object.keys(channels).length >= maxChannels)
          return { ok: false, reason: "full" };
        channels[id] = { hash: hashOf(secret), createdAt: clock.now() };
        return { ok: true, secret };
      });
    },
    /** False when there was none. */
    remove: (id: string) =>
      file.change(({ channels }) => {
        if (!Object.hasOwn(channels, id)) return false;
        delete channels[id];
        return true;
      }),
    list: async () => Object.entries((await file.current()).channels).map(([id, { createdAt }]) => ({ id, createdAt })),
    /** The channel with this secret; where an id is said, that one only. */
    async open(secret: string, id?: string): Promise<{ channelId: string } | undefined> {
      if (!secret.startsWith(prefix) || secret.length > 100) return undefined;
      const hash = hashOf(secret);
      // A hash of 256 random bits: how far a comparison came tells nothing that helps to guess the secret.
      const found = Object.entries((await file.current()).channels).find(([, channel]) => channel.hash === hash);
      return found && (id === undefined || id === found[0]) ? { channelId: found[0] } : undefined;
    },
  };
}

const hashOf = (secret: string) => createHash("sha256").update(secret).digest("base64url");
