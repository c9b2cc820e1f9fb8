import type { EventEmitter } from "node:events";
import { Bonjour, type Service } from "bonjour-service";
import type { Log } from "../log.ts";

export type Announced = { type: "mqtt" | "secure-mqtt" | "http" | "https"; port: number };
export type MdnsOptions = {
  log: Log;
  /** As people read it in a list: "Vitrine Rue des Lisières". */
  name: string;
  /** Without ".local". */
  machine: string;
  storeId: string;
  services: Announced[];
  /** How long to listen for others of the same name. */
  listenMs?: number;
};

const maxTries = 20;

/**
 * Says on the shop's network where the broker and the pages are (RFC 6762, 6763), and takes it back on close. A name that
 * somebody else has already becomes "… (2)". A network that cannot multicast costs a warning, never the gateway.
 */
export function announce(options: MdnsOptions) {
  const { log, services, machine, storeId } = options;
  const bonjour = new Bonjour({}, failed);
  // the library leaves the socket's own errors to whoever reaches through it; unheard they would end the process
  const { server } = bonjour as unknown as { server: { mdns: EventEmitter } };
  server.mdns.on("error", failed);
  server.mdns.on("warning", failed);
  const taken = new Set<string>();
  const browsers = services.map(({ type }) => bonjour.find({ type }, ({ name }: Service) => void taken.add(name)));
  let name = options.name.replaceAll(".", "-").slice(0, 55);
  let published: Service[] = [];
  let warned = false;
  let closed = false;

  function failed(error: unknown) {
    if (!warned) log.warn({ error }, "cannot announce the gateway on this network (mDNS)");
    warned = true;
  }

  const ready = new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => {
      for (const browser of browsers) browser.stop();
      if (closed) return resolve(undefined);
      name = freeName(name, taken);
      const about = { host: `${machine}.local`, txt: { store: storeId }, probe: false };
      published = services.map(({ type, port }) => bonjour.publish({ ...about, name, type, port }));
      log.info({ name, services: services.map(({ type, port }) => `_${type}._tcp:${port}`) }, "announced by mDNS");
      resolve(name);
    }, options.listenMs ?? 1_500);
    timer.unref();
  });

  return {
    /** The name in use, once it is announced; undefined when closed before. */
    ready,
    /** Says goodbye: whoever listens forgets us now, not in hours. */
    async close() {
      if (closed) return;
      closed = true;
      if (published.length > 0) await new Promise<void>((resolve) => bonjour.unpublishAll(() => resolve()));
      await new Promise<void>((resolve) => bonjour.destroy(() => resolve()));
    },
  };
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  for (let n = 1; n <= maxTries; n++) {
    const name = n === 1 ? wanted : `${wanted} (${n})`;
    if (!taken.has(name)) return name;
  }
  return `${wanted} (${process.pid})`;
}
