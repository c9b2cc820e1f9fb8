import { type Static, Type } from "typebox";
import type { Decoded, DecodeResult, MqttFormat, Reading } from "../decoded.ts";
import { createJsonReader, textOf } from "../json.ts";
import { bounds, collectNumbers } from "../readings.ts";
import { canonicalMac } from "./ble-address.ts";
import { Dbm, heardBy, Mac } from "./ble-gateway.ts";
import { foreignDeviceId } from "./device-id.ts";
import { type Measured, numberOf, readMeasured } from "./measured-values.ts";

/**
 * Shelly Gen2 and later as ears for BLU sensors: `<topic prefix>/events/rpc`, JSON-RPC notifications
 * (shelly-api-docs.shelly.cloud gen2/General/Notifications). Two ways lead to a sensor's values: the maker's script, which
 * emits the event `shelly-blu`, and BTHome components, which say a value but neither whose nor what it is: those become
 * telemetry of the Shelly, to be mapped by hand.
 * `<topic prefix>/online`, true or false and also the will, is believed where the prefix is a Shelly's own id: others say
 * such words too.
 * Dedupe key: none of the message; a BLU sensor's own is its packet id, which is passed on.
 */

const name = "shelly";

const FrameSchema = Type.Object({
  method: Type.String({ maxLength: 40 }),
  // A Shelly that has not heard the time yet says null.
  params: Type.Object({ ts: Type.Optional(Type.Unknown()) }),
});
const frame = createJsonReader(FrameSchema);
const notice = createJsonReader(
  Type.Object({
    events: Type.Array(
      Type.Object({ event: Type.Optional(Type.String({ maxLength: 80 })), data: Type.Optional(Type.Unknown()) }),
      { maxItems: 100 },
    ),
  }),
);
const blu = createJsonReader(
  Type.Object({ address: Mac, rssi: Type.Optional(Dbm), encryption: Type.Optional(Type.Boolean()) }),
);
const component = createJsonReader(
  Type.Object({
    value: Type.Optional(Type.Unknown()),
    battery: Type.Optional(Type.Unknown()),
    rssi: Type.Optional(Type.Unknown()),
  }),
);

const yesNo = { unit: "", min: 0, max: 1 };
/** The names of the script's own table, beside ours (ALLTERCO/shelly-script-examples ble/). */
const measured: ReadonlyMap<string, Measured> = new Map([
  ["pid", { property: "packetId", unit: "", min: 0, max: 255 }],
  ["battery", { property: "battery", unit: "%", min: 0, max: 100 }],
  ["temperature", { property: "temperature", unit: "°C", min: -60, max: 150 }],
  ["humidity", { property: "humidity", unit: "%", min: 0, max: 120 }],
  ["illuminance", { property: "illuminance", unit: "lx", min: 0, max: 200_000 }],
  ["pressure", { property: "pressure", unit: "hPa", min: 300, max: 1_200 }],
  ["motion", { property: "motion", ...yesNo }],
  ["window", { property: "window", ...yesNo }],
  ["door", { property: "door", ...yesNo }],
  ["vibration", { property: "vibration", ...yesNo }],
  ["rotation", { property: "rotation", unit: "°", min: -3_600, max: 3_600 }],
  ["button", { property: "button", unit: "", min: 0, max: 255 }],
]);

export const shellyFormats: MqttFormat[] = [
  { name, topic: "+/events/rpc", decode },
  { name, topic: "+/online", decode: decodeOnline },
];

function decodeOnline(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const id = shellyDeviceId(levels[0]!);
  if (!id.ok || id.value !== levels[0]) return { ok: false, reason: "the topic does not name a Shelly by its own id" };
  const said = textOf(bytes.subarray(0, 16));
  if (said !== "true" && said !== "false") return { ok: false, reason: "online must be true or false" };
  const status = { kind: "status", state: said === "true" ? "online" : "offline" } as const;
  return { ok: true, value: heardBy({ deviceId: id.value, format: name }, [status]) };
}

function decode(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const result = frame.read(bytes);
  if (!result.ok) return result;
  const id = shellyDeviceId(levels[0]!);
  if (!id.ok) return id;
  const at = timeOf(result.value);
  if (!at.ok) return at;
  const readings = readingsOf(result.value);
  if (!readings.ok) return readings;
  const gateway = { deviceId: id.value, format: name, ...(at.value === undefined ? {} : { at: at.value }) };
  return { ok: true, value: heardBy(gateway, readings.value) };
}

/** A Shelly's own id names its maker already; a prefix that somebody chose does not. */
export function shellyDeviceId(prefix: string): DecodeResult<string> {
  return /^shelly[a-z0-9]{1,24}-[0-9a-f]{6,12}$/.test(prefix)
    ? { ok: true, value: prefix }
    : foreignDeviceId(name, [prefix]);
}

function timeOf({ params }: Static<typeof FrameSchema>): DecodeResult<number | undefined> {
  if (params.ts === undefined || params.ts === null) return { ok: true, value: undefined };
  const seconds = numberOf(params.ts);
  if (seconds === undefined) return { ok: false, reason: "params.ts must be a number" };
  const at = Math.round(seconds * 1_000);
  if (at < 0 || at > bounds.maxAtMs) return { ok: false, reason: `params.ts must be a time, not ${seconds}` };
  return { ok: true, value: at };
}

function readingsOf({ method, params }: Static<typeof FrameSchema>): DecodeResult<Reading[]> {
  switch (method) {
    case "NotifyEvent":
      return sensorsOf(params);
    case "NotifyStatus":
    case "NotifyFullStatus":
      return telemetryOf(params);
    default:
      return { ok: false, reason: `method has a value nobody knows: "${method}"` };
  }
}

/** Other events, of buttons and relays of the Shelly itself, mean nothing here. */
function sensorsOf(params: object): DecodeResult<Reading[]> {
  const events = notice.check(params);
  if (!events.ok) return events;
  const readings: Reading[] = [];
  for (const { event, data } of events.value.events) {
    if (event !== "shelly-blu") continue;
    const heard = blu.check(data);
    if (!heard.ok) return { ok: false, reason: `a shelly-blu event is wrong: ${heard.reason}` };
    const values = readMeasured(heard.value, measured);
    if (!values.ok) return { ok: false, reason: `a shelly-blu event is wrong: ${values.reason}` };
    const mac = canonicalMac(heard.value.address);
    if (mac === undefined || values.value.length === 0 || heard.value.encryption) continue;
    readings.push({ kind: "sensor", mac, values: values.value });
  }
  return { ok: true, value: readings };
}

const bthomeComponent = /^bthome(?:sensor|device):[0-9]{1,4}$/;

/** `bthomesensor:201` -> its value, `bthomedevice:200` -> its battery and its level. */
function telemetryOf(params: object): DecodeResult<Reading[]> {
  const numbers: Record<string, number> = {};
  for (const [key, status] of Object.entries(params)) {
    if (!bthomeComponent.test(key)) continue;
    const result = component.check(status);
    if (!result.ok) return { ok: false, reason: `${key} is wrong: ${result.reason}` };
    const { value, battery, rssi } = result.value;
    for (const [field, found] of Object.entries({ [key]: value, [`${key}.battery`]: battery, [`${key}.rssi`]: rssi })) {
      const number = numberOf(found);
      if (number !== undefined) numbers[field] = number;
    }
  }
  const values = collectNumbers(numbers);
  if (!values.ok) return values;
  const known = Object.keys(values.value).length > 0;
  return { ok: true, value: known ? [{ kind: "telemetry", values: values.value }] : [] };
}
