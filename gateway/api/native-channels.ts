import { Type } from "typebox";
import {
  BleAdvertsSchema,
  FacingsSchema,
  MirrorEventSchema,
  PeopleCountSchema,
  RfidReadsSchema,
  ShelfReadingSchema,
  StatusSchema,
} from "#wire/readings.ts";
import { DeviceReplySchema, DeviceRequestSchema } from "#wire/requests.ts";
import type { MqttChannel } from "./asyncapi.ts";
import { AlertSchema, OfferSchema, ZoneSchema } from "./schemas.ts";

const Confidence = Type.Number({ minimum: 0, maximum: 1 });
const StockState = Type.Object({
  sku: Type.String(),
  onShelf: Type.Integer(),
  reserved: Type.Integer(),
  available: Type.Integer(),
  confidence: Confidence,
  at: Type.Integer({ description: "epoch milliseconds" }),
});
const AlertCount = Type.Object({ open: Type.Integer({ minimum: 0 }) });
const DeviceCondition = Type.Object({
  state: Type.Enum(["online", "offline", "unseen"]),
  batteryPercent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
});
const Telemetry = Type.Record(Type.String(), Type.Unknown(), { description: "numbers by name, units in the name" });

/** The native topics below store/<storeId>/. What devices say is described by the very schemas that check it. */
export const nativeChannels: MqttChannel[] = [
  receive("shelf/{deviceId}/reading", "What the plates of a shelf weigh now", ShelfReadingSchema),
  receive("rfid/{deviceId}/reads", "Tags an RFID reader heard", RfidReadsSchema),
  receive("ble/{deviceId}/adverts", "BLE advertisements a receiver heard", BleAdvertsSchema),
  receive("camera/{deviceId}/event", "What a camera counted", Type.Union([PeopleCountSchema, FacingsSchema])),
  receive("mirror/{deviceId}/event", "What happens at a mirror", MirrorEventSchema),
  { ...receive("{kind}/{deviceId}/status", "Online or offline; also the will", StatusSchema), retained: true },
  receive("{kind}/{deviceId}/telemetry", "Battery, temperature, memory, link", Telemetry),
  {
    ...send("{kind}/{deviceId}/command", "A request to a device, answered on reply", DeviceRequestSchema),
    reply: "{kind}/{deviceId}/reply",
  },
  receive("{kind}/{deviceId}/reply", "A device's answer to a request", DeviceReplySchema),
  { ...send("state/stock/{sku}", "How many there are", StockState), retained: true },
  { ...send("state/zone/{zone}", "How many are in a zone", ZoneSchema), retained: true },
  {
    ...send("state/gateway", "online or offline, with homeAssistant set", Type.Enum(["online", "offline"])),
    retained: true,
  },
  { ...send("state/alerts", "How many alerts are open, with homeAssistant set", AlertCount), retained: true },
  { ...send("state/device/{deviceId}", "How a device does, with homeAssistant set", DeviceCondition), retained: true },
  { ...send("alert/{alertId}", "An open alert; cleared when it closes", AlertSchema), retained: true },
  send("shopper/{shopperId}/offer", "An offer, readable by that shopper only", OfferSchema),
];

function receive(topic: string, summary: string, schema: object): MqttChannel {
  return { topic, direction: "receive", summary, schema };
}

function send(topic: string, summary: string, schema: object): MqttChannel {
  return { topic, direction: "send", summary, schema };
}
