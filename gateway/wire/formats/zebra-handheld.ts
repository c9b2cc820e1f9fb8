import { Type } from "typebox";
import type { Decoded, DecodeResult, MqttFormat } from "../decoded.ts";
import { createJsonReader } from "../json.ts";
import { bounds } from "../readings.ts";
import { foreignDeviceId } from "./device-id.ts";
import { EpcHex, epochMs, readsOf, Timestamp, tagRead } from "./tag-reads.ts";

/**
 * Zebra handheld readers RFD40 and RFD90: `<tenant>/DATA/clients/data1event/<serial>` (techdocs.zebra.com, rfd40-90-mqtt).
 * "A statistical view of the tag population, not a guaranteed log." Dedupe key: none; a tag read twice changes nothing.
 */

const name = "zebra-handheld";
/** A handheld has one antenna and never says so. */
const onlyAntenna = 1;

// Of a record only eventNum is always there; which other fields it has is decided by the reader's operating mode.
const dataEvent = createJsonReader(
  Type.Object({
    timestamp: Type.Optional(Timestamp),
    data: Type.Object({
      tagData: Type.Optional(
        Type.Array(
          Type.Object({
            EPCid: Type.Optional(EpcHex),
            EPC: Type.Optional(EpcHex),
            peakRssi: Type.Optional(Type.Number({ minimum: -150, maximum: 40 })),
          }),
          { maxItems: bounds.maxReadsPerMessage },
        ),
      ),
    }),
  }),
);

export const zebraHandheldFormats: MqttFormat[] = [
  { name, topic: "+/DATA/clients/data1event/+", decode: decodeDataEvent },
];

function decodeDataEvent(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const deviceId = foreignDeviceId(name, [levels[4]!]);
  if (!deviceId.ok) return deviceId;
  const event = dataEvent.read(bytes);
  if (!event.ok) return event;
  const { timestamp, data } = event.value;
  if (!data.tagData) return { ok: false, reason: "no tag was read: barcodes belong to the till" };
  const at = epochMs(timestamp);
  const reads = data.tagData.flatMap(({ EPCid, EPC, peakRssi }) => {
    const epc = EPCid ?? EPC;
    return epc === undefined ? [] : [tagRead(epc, { antenna: onlyAntenna, rssiDbm: peakRssi, at })];
  });
  return { ok: true, value: readsOf({ deviceId: deviceId.value, format: name }, reads, at) };
}
