import type { Clock } from "../clock.ts";

export type Lockout = {
  /** 0, or how many ms this key must wait before it may try again. */
  blockedForMs(key: string): number;
  failed(key: string): void;
  succeeded(key: string): void;
  /** One failure was none after all. */
  undo(key: string): void;
};

/**
 * After `limit` failures each further one doubles the wait, from `lockMs` up to `maxWaitMs`. Keys are address + account, so
 * that a stranger cannot lock a colleague out. At `maxKeys` the key that has been quiet longest is forgotten.
 */
export function createLockout(
  clock: Clock,
  { limit = 5, lockMs = 5_000, maxWaitMs = 3_600_000, maxKeys = 10_000 } = {},
): Lockout {
  const failures = createBoundedMap<{ count: number; until: number }>(maxKeys);
  return {
    blockedForMs: (key) => Math.max(0, (failures.get(key)?.until ?? 0) - clock.now()),
    failed(key) {
      const count = (failures.get(key)?.count ?? 0) + 1;
      const waitMs = count < limit ? 0 : Math.min(lockMs * 2 ** (count - limit), maxWaitMs);
      failures.set(key, { count, until: clock.now() + waitMs });
    },
    succeeded: (key) => failures.delete(key),
    undo(key) {
      const entry = failures.get(key);
      if (entry && entry.count > 1) failures.set(key, { count: entry.count - 1, until: 0 });
      else failures.delete(key);
    },
  };
}

export type RateLimit = {
  /** Takes one; 0 when granted, else how many ms until the next one is. */
  take(key: string): number;
};

/** Token bucket per key: `perSecond` on average, `burst` at once. At `maxKeys` the key quiet for longest is forgotten. */
export function createRateLimit(
  clock: Clock,
  { perSecond, burst, maxKeys = 10_000 }: { perSecond: number; burst: number; maxKeys?: number },
): RateLimit {
  const buckets = createBoundedMap<{ left: number; at: number }>(maxKeys);
  return {
    take(key) {
      const now = clock.now();
      const bucket = buckets.get(key) ?? { left: burst, at: now };
      // A clock set back must not empty the bucket.
      const sinceMs = Math.max(0, now - bucket.at);
      const left = Math.min(burst, bucket.left + (sinceMs * perSecond) / 1000);
      const granted = left >= 1;
      buckets.set(key, { left: granted ? left - 1 : left, at: now });
      return granted ? 0 : Math.ceil(((1 - left) / perSecond) * 1000);
    },
  };
}

/** A Map that keeps the `max` keys written last. */
export function createBoundedMap<V>(max: number) {
  const entries = new Map<string, V>();
  return {
    get: (key: string) => entries.get(key),
    set(key: string, value: V) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size > max) {
        for (const oldest of entries.keys()) {
          entries.delete(oldest);
          break;
        }
      }
    },
    delete: (key: string) => void entries.delete(key),
    get size() {
      return entries.size;
    },
  };
}
