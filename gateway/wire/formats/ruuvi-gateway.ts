import { Type } from "typebox";
import type { Decoded, DecodeResult, MqttFormat } from "../decoded.ts";
import type { Hearing } from "../format-memory.ts";
import { createJsonReader } from "../json.ts";
import { bounds } from "../readings.ts";
import { AdvertHex, Dbm, gatewayIdByMac, heardBy, Mac } from "./ble-gateway.ts";
import { readAdverts } from "./read-adverts.ts";

/**
 * Ruuvi Gateway: `ruuvi/<gateway>/<tag>`, the whole advert of any Bluetooth device, and `ruuvi/<gateway>/gw_status`
 * (ruuvi/docs ruuvi-gateway-firmware/data-formats). Times are whole seconds, written as texts; a gateway that does not
 * know the time sends a counter instead. Dedupe key: none; a RuuviTag's own is its sequence, which is passed on.
 */

const name = "ruuvi";

const heard = createJsonReader(
  Type.Object({
    gw_mac: Type.Optional(Mac),
    rssi: Dbm,
    data: AdvertHex,
    ts: Type.Optional(Type.String({ pattern: "^[0-9]{1,16}$" })),
  }),
);
const status = createJsonReader(
  Type.Object({ state: Type.Union([Type.Literal("online"), Type.Literal("offline")]), gw_mac: Type.Optional(Mac) }),
);

export const ruuviGatewayFormats: MqttFormat[] = [{ name, topic: "ruuvi/+/+", decode }];

function decode(levels: string[], bytes: Uint8Array, hearing: Hearing): DecodeResult<Decoded> {
  return levels[2] === "gw_status"
    ? decodeStatus(levels[1]!, bytes)
    : decodeHeard({ gateway: levels[1]!, tag: levels[2]! }, bytes, hearing);
}

function decodeStatus(gateway: string, bytes: Uint8Array): DecodeResult<Decoded> {
  const result = status.read(bytes);
  if (!result.ok) return result;
  const id = gatewayIdByMac(name, gateway, result.value.gw_mac);
  if (!id.ok) return id;
  const reading = { kind: "status" as const, state: result.value.state };
  return { ok: true, value: heardBy({ deviceId: id.value, format: name }, [reading]) };
}

function decodeHeard(
  { gateway, tag }: { gateway: string; tag: string },
  bytes: Uint8Array,
  hearing: Hearing,
): DecodeResult<Decoded> {
  const result = heard.read(bytes);
  if (!result.ok) return result;
  const { gw_mac, rssi, data, ts } = result.value;
  const id = gatewayIdByMac(name, gateway, gw_mac);
  if (!id.ok) return id;
  const at = ts === undefined ? {} : { at: Number(ts) * 1_000 };
  if (at.at !== undefined && at.at > bounds.maxAtMs) return { ok: false, reason: "ts lies beyond the year 2100" };
  const readings = readAdverts([{ mac: tag, rssi, data, ...at }], hearing);
  return { ok: true, value: heardBy({ deviceId: id.value, format: name, ...at }, readings) };
}
