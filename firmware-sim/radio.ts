import type { Advert, Frame } from "./beacons/frame.ts";
import { encodeIBeacon, encodePhoneChatter, measuredPowerDbm } from "./beacons/ibeacon.ts";
import type { Point } from "./floor-paths.ts";
import { createRandom, type Random } from "./random.ts";
import type { Person, Shop } from "./shop.ts";

/** Numbers and where they come from: docs/noise-model.md. */
const pathLossExponent = 2.7;
const receiverAboveBasketM = 1;
const shadowFieldSdDb = 3;
const shadowFieldLengthM = 2;
const shadowSlowSdDb = 1.5;
const shadowSlowMs = 30_000;
const fadingSdDb = 3;
const bodyLossDb = 9;
const basketSpreadDb = 2;
const sensitivityDbm = -94;
const missedShare = 0.25;
const beaconEveryMs = 500;
const phoneEveryMs = 700;
const addressLifeMs = 900_000;

/** One advert as it leaves an antenna. */
export type Emission = {
  sender: string;
  mac: string;
  /** The sender made its address up. */
  random: boolean;
  data: string;
  /** What it says, for receivers that decode it; nothing for phones. */
  frame?: Frame;
  at: number;
  from: Point;
  offsetDb: number;
  /** Where the body that may be in the way looks. */
  headingRad?: number;
};

/** The same as one receiver heard it. */
export type Heard = Pick<Emission, "mac" | "random" | "data" | "frame" | "at"> & { rssi: number };

/** A tag that lies somewhere and says the same kind of thing for ever. */
export type AirTag = { id: string; mac: string; at: Point; everyMs: number; advert(nowMs: number): Advert };

/** Log-distance path loss: what is heard at `metres` (straight line) when nothing is in the way. */
export function medianRssiDbm(metres: number): number {
  return measuredPowerDbm - 10 * pathLossExponent * Math.log10(Math.max(0.3, metres));
}

export function distanceToReceiverM(from: Point, receiver: Point): number {
  return Math.hypot(from[0] - receiver[0], from[1] - receiver[1], receiverAboveBasketM);
}

/** Everything that sends in and around the shop: the baskets' beacons, and phones that are nobody's business. */
export function createAir(options: {
  shop: Shop;
  seed: string;
  startMs: number;
  neighbourPhones: number;
  tags?: readonly AirTag[];
}) {
  const { shop, seed, startMs, neighbourPhones, tags = [] } = options;
  const { uuid, major } = shop.world.config.baskets;
  const beacons = shop.baskets.map((basket) => {
    const random = createRandom(seed, `beacon/${basket.minor}`);
    const mac = `c3:00:${random.hex(1)}:${random.hex(1)}:${hexByte(basket.minor >> 8)}:${hexByte(basket.minor)}`;
    const advert = encodeIBeacon(uuid, major, basket.minor);
    return { basket, random, mac, advert, offsetDb: random.normal(0, basketSpreadDb), nextMs: 0 };
  });
  const phones = new Map<string, Phone>();
  const { widthM, depthM } = shop.world.config.floor;
  const neighbours = Array.from({ length: neighbourPhones }, (_, index) => {
    const random = createRandom(seed, `neighbour/${index}`);
    return { id: `neighbour-${index}`, at: [random.between(0, widthM), random.between(0, depthM)] as const };
  });

  function talk(sender: string, person: { at: Point; headingRad?: number }, nowMs: number): Emission[] {
    const phone = phones.get(sender) ?? createPhone(createRandom(seed, `phone/${sender}`), startMs);
    phones.set(sender, phone);
    return phone(nowMs).map((advert) => ({
      ...advert,
      sender,
      random: true,
      from: person.at,
      offsetDb: -6,
      ...(person.headingRad === undefined ? {} : { headingRad: person.headingRad }),
    }));
  }
  return function listen(nowMs: number, sinceMs: number): Emission[] {
    const emissions: Emission[] = [];
    for (const beacon of beacons) {
      const { basket, random, mac, advert, offsetDb } = beacon;
      if (!basket.carrier && basket.awakeUntilMs <= nowMs) {
        beacon.nextMs = 0;
        continue;
      }
      if (beacon.nextMs === 0) beacon.nextMs = sinceMs + random.between(0, beaconEveryMs);
      for (; beacon.nextMs <= nowMs; beacon.nextMs += beaconEveryMs + random.between(0, 10)) {
        const from = basket.carrier?.at ?? basket.at;
        const heading = basket.carrier ? { headingRad: basket.carrier.headingRad } : {};
        const at = Math.round(beacon.nextMs);
        emissions.push({ sender: mac, mac, random: true, ...advert, at, from, offsetDb, ...heading });
      }
    }
    for (const tag of tags) {
      const step = Math.floor(nowMs / tag.everyMs);
      if (step === Math.floor(sinceMs / tag.everyMs)) continue;
      const { id: sender, mac, at: from } = tag;
      emissions.push({ sender, mac, random: true, ...tag.advert(nowMs), at: step * tag.everyMs, from, offsetDb: 0 });
    }
    const here = shop.people.filter((person: Person) => person.phone);
    for (const person of here) emissions.push(...talk(person.id, person, nowMs));
    for (const neighbour of neighbours) emissions.push(...talk(neighbour.id, neighbour, nowMs));
    // Who has left takes the phone along.
    if (phones.size > here.length + neighbours.length) {
      const present = new Set([...here, ...neighbours].map(({ id }) => id));
      for (const id of phones.keys()) if (!present.has(id)) phones.delete(id);
    }
    return emissions;
  };
}

type Phone = (nowMs: number) => { mac: string; data: string; at: number }[];

/** A phone changes its random address every quarter of an hour [Bluetooth Core 5.4, Vol 3 Part C, appendix A: TGAP(private_addr_int)]. */
function createPhone(random: Random, startMs: number): Phone {
  let mac = randomAddress(random);
  let newAddressMs = startMs + random.between(0, addressLifeMs);
  let nextMs = 0;
  return (nowMs) => {
    if (nextMs === 0) nextMs = nowMs + random.between(0, phoneEveryMs);
    while (newAddressMs <= nowMs) {
      newAddressMs += addressLifeMs;
      mac = randomAddress(random);
    }
    const adverts: ReturnType<Phone> = [];
    for (; nextMs <= nowMs; nextMs += phoneEveryMs + random.between(0, 10)) {
      adverts.push({ mac, data: encodePhoneChatter(random.hex(5)), at: Math.round(nextMs) });
    }
    return adverts;
  };
}

/** A resolvable private address: the two highest bits are 01. */
function randomAddress(random: Random): string {
  const bytes = Array.from({ length: 6 }, (_, index) =>
    index === 0 ? 0x40 | random.integer(0, 0x3f) : random.integer(0, 255),
  );
  return bytes.map(hexByte).join(":");
}

/**
 * How one receiver hears: path loss, a shadowing field fixed in space (Gaussian, from random plane waves), a slow
 * shadow per link, fast fading, and the carrier's own body. Answers undefined for what is missed.
 */
export function createEar(options: { seed: string; receiverId: string; at: Point }) {
  const { seed, receiverId, at } = options;
  const random = createRandom(seed, `ear/${receiverId}`);
  const waves = Array.from({ length: 12 }, () => ({
    kx: random.normal(0, 1 / shadowFieldLengthM),
    ky: random.normal(0, 1 / shadowFieldLengthM),
    phase: random.between(0, 2 * Math.PI),
  }));
  const slow = new Map<string, { db: number; atMs: number }>();

  function slowShadow(sender: string, nowMs: number): number {
    const before = slow.get(sender);
    const keep = before ? Math.exp(-(nowMs - before.atMs) / shadowSlowMs) : 0;
    const db = (before?.db ?? 0) * keep + random.normal(0, shadowSlowSdDb * Math.sqrt(1 - keep * keep));
    // Re-inserting keeps the map in order of use; beyond 500 senders the one silent for longest is forgotten.
    slow.delete(sender);
    slow.set(sender, { db, atMs: nowMs });
    if (slow.size > 500) slow.delete(slow.keys().next().value ?? "");
    return db;
  }
  return function hear(emission: Emission): number | undefined {
    const { from, headingRad } = emission;
    const field = waves.reduce((sum, wave) => sum + Math.cos(wave.kx * from[0] + wave.ky * from[1] + wave.phase), 0);
    let rssi = medianRssiDbm(distanceToReceiverM(from, at)) + emission.offsetDb;
    rssi += shadowFieldSdDb * Math.sqrt(2 / waves.length) * field;
    rssi += slowShadow(emission.sender, emission.at) + random.normal(0, fadingSdDb);
    if (headingRad !== undefined) {
      // The basket hangs in front: a receiver behind the carrier's back hears it through the body, one overhead does not.
      const towards = Math.atan2(at[1] - from[1], at[0] - from[0]);
      const level = Math.hypot(at[0] - from[0], at[1] - from[1]) / distanceToReceiverM(from, at);
      rssi -= (level * bodyLossDb * (1 - Math.cos(towards - headingRad))) / 2;
    }
    if (random.chance(missedShare) || rssi < sensitivityDbm) return undefined;
    return Math.round(Math.min(-20, rssi));
  };
}

function hexByte(value: number): string {
  return (value & 0xff).toString(16).padStart(2, "0");
}
