import { createServer, isIPv6 } from "node:net";
import type { types as ms } from "mediasoup";
import { announce, ownAddresses, ownIpv6 } from "./addresses.ts";
import { createSwitchboard, type Switchboard } from "./channel.ts";
import { routerCodecs } from "./codecs.ts";
import { createRelays, type Relays } from "./relays.ts";

/** One worker process with everything that lives and dies with it. */
export type Engine = {
  pid: number;
  port: number;
  server: ms.WebRtcServer;
  router: ms.Router;
  relays: Relays;
  switchboard: Switchboard;
  /** The candidates that are told to others, from those of a transport. */
  candidates(own: ms.IceCandidate[]): ms.IceCandidate[];
  /** Processor time since its start and largest resident size. */
  usage(): Promise<{ cpuMs: number; maxRssKb: number }>;
  close(): void;
};

export type EngineOptions = {
  bin: string;
  listenIp: string;
  /** Names or addresses under which phones reach this computer; empty: its own on every network. */
  addresses: string[];
  /** The one that is told first. */
  likelyAddress?: string;
  /** One UDP and TCP port for all video of this worker; 0 = a free one. */
  port: number;
  /** Called once when the worker process ends by itself. Everything in it is closed by then. */
  onDeath(reason: string): void;
  onWarning(text: string): void;
};

const answerMs = 15_000;

/** Starts a worker and opens its port. Throws when the program does not run or the port is taken. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const worker = await startWorker(options.bin);
  worker.on("died", (error) => options.onDeath(error.message));
  // a listener of ours that throws would otherwise pass unseen
  worker.on("listenererror", (event, error) => options.onWarning(`${event}: ${error.message}`));
  const addresses = () => ownAddresses(options.listenIp, options.addresses, options.likelyAddress);
  const { ours, missing } = ownIpv6(options.addresses.filter((address) => address !== options.listenIp));
  if (missing.length > 0) options.onWarning(`not an address of this computer: ${missing.join(", ")}`);
  const ips = [options.listenIp, ...ours];
  try {
    const port = options.port === 0 ? await freePort(options.listenIp) : options.port;
    const [server, router] = await Promise.all([
      worker.createWebRtcServer({
        listenInfos: listenInfos(
          ips,
          port,
          addresses()?.find((address) => !isIPv6(address)),
        ),
      }),
      worker.createRouter({ mediaCodecs: routerCodecs }),
    ]);
    const switchboard = await createSwitchboard(router);
    return {
      pid: worker.pid,
      port,
      server,
      router,
      relays: createRelays(worker, router),
      switchboard,
      candidates: (own) => announce(own, addresses()),
      async usage() {
        const { ru_utime, ru_stime, ru_maxrss } = await worker.getResourceUsage();
        return { cpuMs: ru_utime + ru_stime, maxRssKb: ru_maxrss };
      },
      close: () => worker.close(),
    };
  } catch (error) {
    worker.close();
    throw error;
  }
}

/** The program of another version starts and then never says a word; mediasoup itself would wait for ever. */
async function startWorker(bin: string): Promise<ms.Worker> {
  // loaded when first needed: the gateway serves the shop before video exists
  const { createWorker } = await import("mediasoup");
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${bin} does not answer; is it of another version?`)), answerMs);
  });
  try {
    return await Promise.race([createWorker({ logLevel: "warn", workerBin: bin }), silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** The first is announced as the configuration says, the others as themselves. */
function listenInfos(ips: string[], port: number, announcedAddress?: string): ms.TransportListenInfo[] {
  const announced = announcedAddress === undefined ? {} : { announcedAddress };
  return ips.flatMap((ip, index) =>
    (["udp", "tcp"] as const).map((protocol) => ({ protocol, ip, port, ...(index === 0 ? announced : {}) })),
  );
}

/** mediasoup would choose different free ports for UDP and TCP; one number is easier to open in a firewall. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0));
    });
  });
}
