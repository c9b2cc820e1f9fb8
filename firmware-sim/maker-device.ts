import type { TopicKind } from "#wire/topics.ts";
import type { Air, Message, PoweredDevice, Will } from "./device.ts";
import type { Maker, Moment, Post, Role, Senses, Voice } from "./makers/maker.ts";
import { createRandom, type Random } from "./random.ts";

/** What there is to say now, undefined for nothing. */
export type Sense<R extends Role> = (nowMs: number, random: Random) => Senses[R] | undefined;

export type MakerDeviceOptions = {
  deviceId: string;
  kind: TopicKind;
  /** The device's own name, as its maker's topics carry it. */
  name: string;
  storeId: string;
  seed: string;
  startMs: number;
  clock?: (nowMs: number) => number;
  battery?: (nowMs: number) => number;
};

/** A device of another maker: the same shop as ours sees, in its maker's words. */
export function createMakerDevice<R extends Role>(
  options: MakerDeviceOptions,
  maker: Maker<R>,
  sense: (startMs: number) => Sense<R>,
): PoweredDevice {
  const { deviceId, kind, seed, clock = (nowMs) => nowMs, battery = () => 97 } = options;
  const address = addressOf(createRandom(seed, `address/${deviceId}`));
  let sinceMs = options.startMs;
  let lastMs = sinceMs;
  let darkUntilMs = 0;
  let air: Air = "up";
  let greeted = false;
  let pending: Post[] = [];
  let random = createRandom(seed, `${kind}/${deviceId}`);
  let voice = start();
  let feel = sense(sinceMs);

  function start(): Voice<Senses[R]> {
    random = createRandom(seed, `${kind}/${deviceId}`);
    return maker.voice({ name: options.name, storeId: options.storeId, random, address });
  }
  const moment = (): Moment => ({ nowMs: clock(lastMs), uptimeMs: lastMs - sinceMs, battery: battery(lastMs) });
  function messageOf({ topic, payload, retain, qos }: Post, greeting?: true): Message {
    const level = qos === 1 ? {} : ({ qos: 0 } as const);
    return {
      at: lastMs,
      kind,
      deviceId,
      topic,
      payload,
      retain: retain ?? false,
      ...level,
      ...(greeting && { greeting }),
    };
  }
  const greet = () => (voice.greet?.(moment()) ?? []).map((post) => messageOf(post, true));

  return {
    kind,
    deviceId,
    air: () => air,
    greet,
    will: (): Will | undefined => voice.will?.(),
    ...(voice.listensTo ? { listensTo: voice.listensTo } : {}),
    hear(topic, payload) {
      if (air === "up") pending.push(...(voice.hear?.(topic, payload, moment()) ?? []));
    },
    restart(nowMs, darkMs, how) {
      air = how;
      darkUntilMs = nowMs + darkMs;
      pending = [];
    },
    step(nowMs) {
      lastMs = nowMs;
      if (darkUntilMs > nowMs) return [];
      if (darkUntilMs > 0) {
        darkUntilMs = 0;
        sinceMs = nowMs;
        air = "up";
        greeted = false;
        voice = start();
        feel = sense(nowMs);
      }
      const messages = greeted ? [] : greet();
      greeted = true;
      messages.push(...pending.splice(0).map((post) => messageOf(post)));
      const felt = feel(nowMs, random);
      if (felt !== undefined) messages.push(...voice.say(felt, moment()).map((post) => messageOf(post)));
      return messages;
    },
  };
}

/** A static random address: its two highest bits are set [Bluetooth Core 5.4, Vol 6 Part B, 1.3.2]. */
export function addressOf(random: Random): string {
  const bytes = Array.from({ length: 6 }, (_, index) =>
    index === 0 ? 0xc0 | random.integer(0, 0x3f) : random.integer(0, 255),
  );
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
