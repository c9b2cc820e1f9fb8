import type { Decoded } from "./decoded.ts";
import { isMinewBinary } from "./formats/minew-binary.ts";
import { readMsgpack } from "./formats/msgpack.ts";
import { decodeSparkplugPayload } from "./formats/sparkplug-payload.ts";
import type { FormatResult } from "./formats.ts";
import { isAdvert } from "./redact.ts";

/** What a payload is by its shape, and what to do about it: set the device, where no mapping would help. */
export type Advice = { about: string; sure: number };

type Known = {
  /** Something that only such a payload has: decoding is tried after this. */
  sign: RegExp;
  topic(store: string, mac: string): string;
  about(store: string, mac: string): string;
};

const address = /"(?:gw_mac|gateway|mac)"\s*:\s*"([0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){5})"/;

/** Formats that say what they are on whatever topic. Their makers let the topic be changed, and people do. */
const knownShapes: Known[] = [
  {
    sign: /"(?:HX711|VL53L[01]X)/,
    topic: () => "tele/x/SENSOR",
    about: () =>
      "This is Tasmota under another topic. Its Prefix or FullTopic was changed: set FullTopic to %prefix%/%topic%/ again.",
  },
  {
    sign: /"(?:gatewayFree|ibeaconUuid|rawData|gateway)"/,
    topic: (_store, mac) => `minew/${mac}/status`,
    about: (_store, mac) => `This is a Minew gateway. Set its topic to minew/${mac}/status.`,
  },
  {
    sign: /"gw_mac"/,
    topic: (_store, mac) => `ruuvi/${mac}/${mac}`,
    about: (_store, mac) => `This is a Ruuvi Gateway. Set its topic prefix to ruuvi/${mac}/ again.`,
  },
  {
    sign: /"action"\s*:\s*"(?:data\.scan|gateway_status)"/,
    topic: (_store, mac) => `up/${mac}/scan`,
    about: (_store, mac) => `This is a Cassia gateway. It speaks on up/${mac}/scan when nothing was changed.`,
  },
  {
    sign: /"method"\s*:\s*"Notify/,
    topic: () => "shelly/events/rpc",
    about: () => "This is a Shelly under another topic. It ends in /events/rpc when nothing was changed.",
  },
  {
    sign: /"tagInventoryEvent"/,
    topic: () => "impinj/x/events",
    about: () => "This is an Impinj reader. Set its topic to impinj/ and its name, then /events.",
  },
  {
    sign: /"(?:idHex|beaconType)"/,
    topic: () => "zebra/x/d-evt",
    about: () => "This is a Zebra reader. Set its topic to zebra/ and its name, then /d-evt.",
  },
  {
    sign: /"EPC(?:id)?"/,
    topic: () => "x/DATA/clients/data1event/x",
    about: () => "This is a Zebra handheld. It speaks below DATA/clients/data1event when nothing was changed.",
  },
  {
    sign: /"(?:model_id|servicedatauuid|manufacturerdata)"/,
    topic: () => "home/x/BTtoMQTT/x",
    about: () => "This is OpenMQTTGateway or Theengs. Set its base topic to home/ and its name again.",
  },
  {
    sign: /"rssi@1m"/,
    topic: () => "espresense/devices/x/x",
    about: () => "This is ESPresense under another topic. It speaks below espresense/ when nothing was changed.",
  },
  {
    sign: /"linkquality"/,
    topic: () => "zigbee2mqtt/x",
    about: () => "This is Zigbee2MQTT under another base topic. Set base_topic to zigbee2mqtt again.",
  },
  ...(
    [
      ["shelf", "reading", /"plates"/],
      ["rfid", "reads", /"reads"/],
      ["ble", "adverts", /"adverts"/],
      ["camera", "event", /"kind"/],
      ["mirror", "event", /"kind"/],
    ] as const
  ).map(
    ([kind, channel, sign]): Known => ({
      sign,
      topic: (store) => `store/${store}/${kind}/x/${channel}`,
      about: (store) =>
        `This speaks our own language on another topic. Let it publish on store/${store}/${kind}/<its name>/${channel}.`,
    }),
  ),
];

type Question = { storeId: string; bytes: Uint8Array; text: string | undefined };

/** Tries the shapes that are known, each with its own decoder, as if the topic had not been changed. */
export function recognise(
  { storeId, bytes, text }: Question,
  decode: (topic: string, bytes: Uint8Array) => FormatResult,
): Advice | undefined {
  if (text === undefined) return recogniseBytes(bytes);
  const mac = address.exec(text)?.[1] ?? "000000000000";
  for (const known of knownShapes) {
    if (!known.sign.test(text)) continue;
    const result = decode(known.topic(storeId, mac), bytes);
    if (result.ok && saysSomething(result.value)) return { about: known.about(storeId, mac), sure: 0.95 };
  }
  const hex = text.trim().replaceAll('"', "");
  if (/^(?:[0-9a-f]{2}){3,}$/i.test(hex) && (isAdvert(Buffer.from(hex, "hex")) || /^02010[0-9a-f]/i.test(hex))) {
    return heardAdverts;
  }
  return undefined;
}

const heardAdverts: Advice = {
  about:
    "Looks like a Bluetooth advert in hex. Which receiver heard it is not said: let it come through a gateway of the list.",
  sure: 0.8,
};

/** An empty list of what was heard would be there for any payload. */
function saysSomething({ readings }: Decoded): boolean {
  return readings.some((reading) => reading.kind !== "sightings" || reading.sightings.length > 0);
}

/** Of a private payload only three bytes are left: its first ones tell the maker. */
function recogniseBytes(bytes: Uint8Array): Advice | undefined {
  const first = bytes[0] ?? 0;
  if (isMinewBinary(bytes)) {
    return {
      about: "Looks like a Minew gateway in its binary form. Set its topic to minew/<its address>/status.",
      sure: 0.8,
    };
  }
  const isCutAdvert = bytes.length === 3 && first === 0x02 && bytes[1] === 0x01;
  if (isAdvert(bytes) || isCutAdvert) return { ...heardAdverts, about: heardAdverts.about.replace(" in hex", "") };
  const sparkplug = bytes.length > 3 ? decodeSparkplugPayload(bytes) : undefined;
  if (sparkplug?.ok && sparkplug.value.metrics.length > 0) {
    return {
      about: "This is Sparkplug B under another topic. It speaks below spBv1.0/<group>/ when nothing was changed.",
      sure: 0.9,
    };
  }
  const isMap = first === 0xde || first === 0xdf || (first >= 0x81 && first <= 0x8f);
  if (isMap && (bytes.length <= 3 || readMsgpack(bytes).ok)) {
    return {
      about:
        "Looks like MessagePack. AprilBrother's gateways speak it on aprilbrother/<their address>/adverts; set other devices to send JSON.",
      sure: 0.6,
    };
  }
  return undefined;
}
