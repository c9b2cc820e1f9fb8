import { hostname, networkInterfaces } from "node:os";
import type { LoadedConfig, TlsConfig } from "#wire/store-config.ts";
import type { Api } from "../api/create-api.ts";
import type { Clock } from "../clock.ts";
import type { Announced } from "../discovery/mdns.ts";
import type { Log } from "../log.ts";
import type { Certificates } from "../tls/certificates.ts";
import { createTlsListener } from "../tls/listener.ts";
import { createRedirect } from "../tls/redirect.ts";
import type { Broker } from "./broker.ts";

type Parts = {
  log: Log;
  clock: Clock;
  loaded: LoadedConfig;
  dataFolder: string;
  demo: boolean;
  host: string;
  /** This machine's address in the shop's network; left out: loopback only. */
  publicHost?: string;
};
type Doors = { broker: Broker; api: Api };

const maxConnections = 2_500;

/**
 * Every port that is open, and what is said of them. With `tls` the pages' port speaks https and MQTT over TLS has a port
 * beside the plain one; the HTTP server itself then listens on loopback only. The demo is on loopback and stays plain.
 */
export function wireDoors(parts: Parts) {
  const { log, loaded, demo, host, publicHost } = parts;
  const { config } = loaded;
  const tls = demo ? undefined : spelt(config.tls);
  const closers: (() => Promise<void>)[] = [];
  let certificates: Certificates | undefined;

  async function startTls({ broker, api }: Doors, setting: TlsConfig) {
    // x509 costs 15 MB: for shops that use it
    const { createCertificates } = await import("../tls/certificates.ts");
    certificates = await createCertificates({
      ...{ log: log.child("tls"), clock: parts.clock, dataFolder: parts.dataFolder, setting },
      ...{ shopName: config.store.name, names: machineNames },
    });
    const shared = { log: log.child("tls"), certificates, host, maxConnections };
    const https = createTlsListener({
      ...shared,
      port: config.http.port,
      protocol: "http/1.1",
      onConnection: (socket) => void api.server.emit("connection", socket),
    });
    const { port: httpPort } = await https.start();
    closers.push(https.close);
    if (config.http.plainPort !== undefined) {
      const { caPem } = certificates;
      const redirect = createRedirect({ host, port: config.http.plainPort, httpsPort: () => httpPort, caPem });
      const { port } = await redirect.start();
      closers.push(redirect.close);
      log.info({ port }, "plain HTTP redirects to https, and hands out /ca.crt");
    }
    if (config.broker) return { httpPort };
    const mqtts = createTlsListener({
      ...shared,
      port: config.mqtt.tlsPort,
      clients: setting.clients,
      onConnection: (socket, peer) => broker.adopt(socket, peer),
    });
    const { port: mqttsPort } = await mqtts.start();
    closers.push(mqtts.close);
    return { httpPort, mqttsPort };
  }

  async function tell({ mqttPort, mqttsPort, httpPort }: { mqttPort: number; mqttsPort?: number; httpPort: number }) {
    if (publicHost === undefined || demo || !config.mdns) return;
    const services: Announced[] = [{ type: tls ? "https" : "http", port: httpPort }];
    if (mqttPort > 0 && tls?.clients !== "required") services.push({ type: "mqtt", port: mqttPort });
    if (mqttsPort !== undefined) services.push({ type: "secure-mqtt", port: mqttsPort });
    const { announce } = await import("../discovery/mdns.ts");
    const about = { name: `Vitrine ${config.store.name}`, machine: machineName(), storeId: config.store.id };
    closers.push(announce({ log: log.child("mdns"), ...about, services }).close);
  }

  return {
    async start(doors: Doors) {
      const { port: mqttPort } = await doors.broker.start();
      const plain = await doors.api.start(tls ? { host: "127.0.0.1", port: 0 } : { host, port: config.http.port });
      const secure = tls && (await startTls(doors, tls));
      const httpPort = secure?.httpPort ?? plain.port;
      const { mqttsPort } = secure ?? {};
      // a certificate from elsewhere is seldom good for an address in numbers
      const name = publicHost === undefined ? "127.0.0.1" : (certificates?.nameFor(publicHost) ?? publicHost);
      await tell({ mqttPort, httpPort, ...(mqttsPort === undefined ? {} : { mqttsPort }) });
      const broker = mqttsPort === undefined ? `mqtt://${name}:${mqttPort}` : `mqtts://${name}:${mqttsPort}`;
      return {
        ...{ mqttPort, mqttsPort, httpPort },
        publicUrl: `${tls ? "https" : "http"}://${name}:${httpPort}`,
        mqttUrl: config.broker?.url ?? broker,
      };
    },

    /** The certificate of our own CA, for phones and devices to trust. */
    caPem: () => certificates?.caPem(),
    counters: () =>
      certificates
        ? [
            {
              name: "vitrine_tls_certificate_expires_seconds",
              help: "when the TLS certificate ends, Unix time",
              value: Math.floor(certificates.expiresAt() / 1000),
            },
          ]
        : [],

    async close() {
      certificates?.close();
      for (const close of closers.splice(0)) await close();
    },
  };
}

function spelt(tls: LoadedConfig["config"]["tls"]): TlsConfig | undefined {
  return tls === "own" ? {} : tls;
}

/** The first part of the host name, as mDNS says it with ".local" behind. */
function machineName(): string {
  return (hostname().split(".")[0] ?? "").replace(/[^A-Za-z0-9-]/g, "") || "vitrine";
}

/** What this machine may be called in the shop's network; the first is the name in the certificate. */
export function machineNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = addresses.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  return [`${machineName()}.local`, machineName(), "localhost", ...own];
}
