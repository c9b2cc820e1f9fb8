import type { Pipeline } from "../pipeline.ts";
import type { Storage, StorageInfo } from "../storage/storage.ts";
import type { Broker } from "./broker.ts";

type Counter = { name: string; help: string; value: number; labels?: Record<string, string> };
type Parts = {
  pipeline: Pipeline;
  broker: Broker;
  storage: Storage;
  storageInfo: StorageInfo;
  doors: { counters(): Counter[] };
  formats: { counters(): Counter[] };
  access: { counters(): Counter[] };
  asking: { counters(): Counter[] };
  uplink: { counters(): Counter[] };
  media: { counters(): Counter[] };
};

/** What /metrics prints of the gateway itself. */
export function gatewayCounters({ pipeline, broker, storage, storageInfo, ...others }: Parts): Counter[] {
  const { messages, undecodable, notForUs, events, commands, refusedCommands, clockJumps } = pipeline.counters();
  const stats = broker.stats();
  const counter = (name: string, help: string, value: number): Counter => ({ name: `vitrine_${name}`, help, value });
  const outside = broker.externalStats();
  const outsideCounters = outside
    ? [
        counter("broker_connected", "1 while the external broker is reached", broker.isAway() ? 0 : 1),
        counter("broker_connections_total", "connections made to the external broker", outside.connections),
        counter("broker_messages_total", "messages from the external broker", outside.messages),
        counter("broker_redelivered_total", "messages the external broker sent once more", outside.redelivered),
        counter("broker_held", "acknowledgements waiting for the disk", outside.held),
        counter("broker_waiting", "publishes the external broker has not taken yet", outside.waiting),
        counter("broker_dropped_total", "publishes dropped while the external broker was away", outside.dropped),
      ]
    : [];
  return [
    ...outsideCounters,
    ...others.doors.counters(),
    ...others.formats.counters(),
    ...others.access.counters(),
    ...others.asking.counters(),
    ...others.uplink.counters(),
    ...others.media.counters(),
    counter("messages_total", "MQTT messages judged", messages),
    counter("undecodable_total", "messages that landed in the inbox", undecodable),
    counter("not_for_us_total", "messages of Home Assistant and to it, which nobody need read here", notForUs),
    counter("events_total", "domain events decided", events),
    counter("commands_total", "commands asked for over HTTP", commands),
    counter("commands_refused_total", "commands refused with a reason", refusedCommands),
    counter("clock_jumps_total", "times the machine's clock was set back by more than a minute", clockJumps),
    counter("journal_last_id", "newest journal entry", storage.lastId()),
    counter("journal_rows", "rows in the journal", storageInfo.journalRows),
    counter("storage_bytes", "size of the database", storageInfo.bytes),
    counter("storage_synchronous", "PRAGMA synchronous of the live connection; 2 is FULL", storageInfo.synchronous),
    counter("mqtt_clients", "connected MQTT clients", stats.clients),
    counter("mqtt_connections_total", "MQTT connections accepted", stats.connections),
    counter("mqtt_logins_refused_total", "MQTT logins refused", stats.refusedLogins),
    counter("mqtt_publishes_refused_total", "publishes to somebody else's topic", stats.refusedPublishes),
    counter("mqtt_subscriptions_refused_total", "subscriptions beyond the grant", stats.refusedSubscriptions),
    counter("mqtt_slow_subscribers_total", "subscribers disconnected because they did not read", stats.slowSubscribers),
    counter("mqtt_oversized_total", "packets larger than the limit", stats.oversized),
    counter("mqtt_broken_total", "connections ended by broken MQTT", stats.broken),
    counter("broker_throttled_total", "times a device was read more slowly because it was too loud", stats.throttled),
    counter("mqtt_retained_refused_total", "messages not retained because too much is", stats.retainedRefused),
    counter("mqtt_sessions", "sessions that outlive their connection", stats.sessions),
    counter("mqtt_queued", "messages waiting for sleeping sessions", stats.queued),
    counter("mqtt_dropped_total", "queued messages dropped because a session's queue was full", stats.dropped),
    counter("mqtt_retained", "retained topics", stats.retained),
    counter("mqtt_messages_received_total", "publishes from clients and wills", stats.messages),
    counter("mqtt_messages_sent_total", "publishes handed to subscribers", stats.delivered),
    counter("mqtt_bytes_received_total", "bytes from MQTT connections", stats.bytesIn),
    counter("mqtt_bytes_sent_total", "bytes to MQTT connections", stats.bytesOut),
    counter("mqtt_inflight", "publishes that wait for the disk before they are acknowledged", stats.unsaved),
    counter("mqtt_inflight_qos2", "QoS 2 publishes between PUBREC and PUBREL", stats.incoming),
    counter("mqtt_wills", "wills of connected clients", stats.wills),
    ...deviceCounters(pipeline).map(([name, help, value]) => counter(name, help, value)),
    counter("memory_bytes", "resident memory of the gateway process", process.memoryUsage.rss()),
  ];
}

function deviceCounters(pipeline: Pipeline): [name: string, help: string, value: number][] {
  const { devices, turnedAway } = pipeline.decidedState().devices;
  const count = { online: 0, offline: 0, unseen: 0, pending: 0, retired: 0 };
  let lost = 0;
  for (const { state, health } of devices.values()) {
    count[state]++;
    lost += health.lost;
  }
  return [
    ["devices_online", "devices that are there", count.online],
    ["devices_offline", "devices that were there and are not", count.offline],
    ["devices_pending", "devices that wait to be adopted", count.pending],
    ["devices_turned_away_total", "words of strangers for whom no place was left to wait", turnedAway],
    ["devices_lost", "gaps in what devices number, late ones taken back", lost],
  ];
}
