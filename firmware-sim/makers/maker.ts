import type { Will } from "../device.ts";
import type { Heard } from "../radio.ts";
import type { Random } from "../random.ts";

/** One message as a maker's device sends it; QoS 0 and not retained unless it says so. */
export type Post = { topic: string; payload: string | Uint8Array; retain?: true; qos?: 1 };

/** What a device senses of the shop, by what it is. */
export type Senses = {
  scale: { plate: number; grams: number; items: number; tempC: number }[];
  ear: Heard[];
  reader: { epc: string; antenna: number; rssi: number }[];
  camera: { zone: string; people: number }[];
  room: { people: number; tempC: number; humidity: number };
};
export type Role = keyof Senses;

export type VoiceOptions = { name: string; storeId: string; random: Random; address: string };
/** The device's own time, ms since it was switched on, and its battery in %. */
export type Moment = { nowMs: number; uptimeMs: number; battery: number };

/** How one device of a maker talks, from power on to power off. */
export type Voice<Sense> = {
  /** Asked for before every connection; left out where the maker has none. */
  will?(): Will;
  greet?(moment: Moment): Post[];
  /** `sense` is what there is to say now, as the maker's firmware decides it: see `everyMs`. */
  say(sense: Sense, moment: Moment): Post[];
  listensTo?: readonly string[];
  /** What it answers is sent with its next step. */
  hear?(topic: string, payload: Uint8Array, moment: Moment): Post[];
};

export type Maker<R extends Role = Role> = {
  role: R;
  /** How often it looks. A scale and a camera say what changed then, and everything each `heartbeatMs`. */
  everyMs: number;
  heartbeatMs?: number;
  voice(options: VoiceOptions): Voice<Senses[R]>;
};

export const retainedText = (topic: string, payload: string): Post => ({ topic, payload, retain: true });
export const willText = (topic: string, payload: string, qos: 0 | 1 = 0): Will => ({
  topic,
  payload,
  retain: true,
  qos,
});
/** "c3:00:01:02:03:04" -> "C30001020304". */
export const bareAddress = (mac: string) => mac.replaceAll(":", "").toUpperCase();
