import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

/** `scrypt$<log2 N>$<salt>$<hash>`, base64url. */
export type StoredHash = string;

/** The gateway shares four pool threads with the disk and the rest: two for devices and one for people leave it air. */
const forDevices = { atOnce: 2, maxWaiting: 4_000 };
/** A person's hash takes a tenth of a second: whoever would wait longer than five is told to come again. */
export const forPeople = { atOnce: 1, maxWaiting: 50 };

/** Device passwords are 144 random bits: the hash only has to be one-way. PINs are short: theirs has to be slow. */
export const costs = { machine: 10, human: 15 } as const;

export type Hasher = {
  hash(secret: string, cost: number): Promise<StoredHash>;
  /** "busy" when too many are waiting already. */
  matches(secret: string, stored: StoredHash): Promise<boolean | "busy">;
};

/**
 * scrypt off the main thread, a few at a time, first come first served. By default for devices: 2,000 that come back
 * after a power cut may wait.
 */
export function createHasher({ atOnce, maxWaiting } = forDevices): Hasher {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) await new Promise<void>((go) => waiting.push(go));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  return {
    async hash(secret, cost) {
      const salt = randomBytes(16);
      const hash = await inTurn(() => derive(secret, salt, cost));
      return ["scrypt", cost, salt.toString("base64url"), hash.toString("base64url")].join("$");
    },
    async matches(secret, stored) {
      if (waiting.length >= maxWaiting) return "busy";
      const [, cost, salt, expected] = stored.split("$");
      const wanted = Buffer.from(expected ?? "", "base64url");
      const found = await inTurn(() => derive(secret, Buffer.from(salt ?? "", "base64url"), Number(cost)));
      return wanted.length === found.length && timingSafeEqual(wanted, found);
    },
  };
}

function derive(secret: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** cost, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, options, (error, hash) => (error ? reject(error) : resolve(hash)));
  });
}
