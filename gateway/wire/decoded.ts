import type { Hearing } from "./format-memory.ts";
import type { DeviceReply } from "./requests.ts";

/** What any decoder, native or foreign, makes of one MQTT message. The rooms see nothing else. */
export type Decoded = {
  deviceId: string;
  kind: "shelf" | "rfid" | "ble" | "camera" | "mirror";
  /** Short name of the format, for the device list: "native", "espresense", … */
  format: string;
  /** Random or rising per power-on; absent where the format has none. */
  boot?: number;
  /** Rises by one per message; absent where the format has none. */
  seq?: number;
  /** The device's own time of measurement, epoch ms. Not yet believed: see devices/event-time.ts. */
  at?: number;
  readings: Reading[];
};

export type Reading =
  | { kind: "plates"; plates: PlateReading[] }
  | { kind: "tags"; reads: TagRead[] }
  | { kind: "sightings"; sightings: Sighting[] }
  /** `mac`: whose values; a Bluetooth address, or the device's own id where it measures by itself. */
  | { kind: "sensor"; mac: string; values: SensorValue[] }
  | { kind: "people"; zone: string; people: number }
  | { kind: "facings"; shelf: string; plate: number; count: number }
  | { kind: "mirror"; event: "presence" | "look" | "gesture"; sku?: string; present?: boolean }
  | { kind: "status"; state: "online" | "offline"; firmware?: string }
  /** A device's answer to a request: see wire/requests.ts. */
  | { kind: "reply"; reply: DeviceReply }
  | { kind: "telemetry"; values: Record<string, number> };

export type PlateReading = { plate: number; grams: number; tempC?: number };
/** `antenna` is 0 and `rssiDbm` absent where the reader does not say. */
export type TagRead = { epc: string; antenna: number; rssiDbm?: number; at?: number };
/**
 * One beacon heard by one receiver. `beacon` is canonical: "ibeacon:<uuid>:<major>:<minor>",
 * "eddystone:<namespace>:<instance>" or "altbeacon:<id>", lower case; "eddystone-url:<address>" as it was sent.
 */
export type Sighting = { beacon: string; rssiDbm: number; measuredPowerDbm?: number; at?: number };
export type SensorValue = { property: string; value: number; unit: string };

export type DecodeResult<T> = { ok: true; value: T } | { ok: false; reason: string };

/**
 * A format is data: which topics it speaks for, and a decoder from topic levels and bytes. Decoders never throw. What they
 * remember, and what else they find, is in `hearing`.
 */
export type MqttFormat = {
  name: string;
  /** MQTT topic filter; `{store}` stands for the store id. */
  topic: string;
  /** Taken where it comes, but never asked for at a broker of somebody else. */
  unasked?: true;
  decode(levels: string[], bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded>;
};
