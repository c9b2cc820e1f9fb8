import type { StoreConfig } from "#wire/store-config.ts";
import { alertTopic, offerTopic, stockTopic, zoneTopic } from "#wire/topics.ts";
import type { Alert, StockItem, Zone } from "#wire/views.ts";
import type { Bus } from "../bus.ts";
import type { EventOf } from "../events.ts";
import type { Live } from "../live.ts";
import type { Views } from "../views.ts";
import { wireHomeAssistant } from "./home-assistant.ts";

export type Publish = (
  topic: string,
  payload: string | Uint8Array,
  options?: { qos?: 0 | 1; retain?: boolean },
) => void;

type Parts = { config: StoreConfig; bus: Bus; live: Live; views: Views; publish: Publish; publicUrl(): string };

/** The gateway's own words on MQTT: retained stock, zones and alerts as they change, and offers to their shopper. */
export function wireTopics({ config, bus, live, views, publish, publicUrl }: Parts) {
  const storeId = config.store.id;
  const homeAssistant = wireHomeAssistant({ config, live, views, publish, publicUrl });
  const retained = { retain: true, qos: 1 } as const;

  function stock({ sku, onShelf, reserved, available, confidence, at }: StockItem) {
    publish(stockTopic(storeId, sku), JSON.stringify({ sku, onShelf, reserved, available, confidence, at }), retained);
  }
  function zone({ zone: id, occupancy, at }: Zone) {
    publish(zoneTopic(storeId, id), JSON.stringify({ zone: id, occupancy, at }), retained);
  }
  function alert(changed: Alert) {
    publish(alertTopic(storeId, changed.id), changed.state === "closed" ? "" : JSON.stringify(changed), retained);
  }
  function offer(event: Pick<EventOf<"offer-issued">, "code" | "shopperId">) {
    const issued = views.offerByCode(event.code);
    if (issued) publish(offerTopic(storeId, event.shopperId), JSON.stringify(issued), { qos: 1 });
  }

  live.subscribe((message) => {
    if (message.event === "stock") stock(message.data);
    else if (message.event === "zone") zone(message.data);
    else if (message.event === "alert") alert(message.data);
  });
  bus.on("offer-issued", offer);
  // the phone shows what became of a code as soon as the till knows
  for (const type of ["offer-redeemed", "offer-rolled-back", "offer-dismissed"] as const) {
    bus.on(type, ({ code }) => {
      const shopperId = views.holderOf(code);
      if (shopperId !== undefined) offer({ code, shopperId });
    });
  }

  return {
    /** After a start everything retained is said again: it is a function of the state, and the broker's copy may be older. */
    sayAll() {
      homeAssistant.sayAll();
      for (const item of views.stock()) if (item.at > 0) stock(item);
      for (const each of views.zones()) zone(each);
      for (const each of views.alerts()) alert(each);
    },
    /** An effect that a crash cut off. Phones know a code when they see it again. */
    offer,
    close: homeAssistant.close,
  };
}
