import { createServer } from "node:net";
import type { types as ms } from "mediasoup";
import { routerCodecs } from "./codecs.ts";
import { createRelays, type Relays } from "./relays.ts";

/** One worker process with everything that lives and dies with it. */
export type Engine = {
  pid: number;
  port: number;
  server: ms.WebRtcServer;
  router: ms.Router;
  relays: Relays;
  close(): void;
};

export type EngineOptions = {
  bin: string;
  listenIp: string;
  /** What clients are told to send to; needed when `listenIp` is 0.0.0.0. */
  announcedAddress?: string;
  /** One UDP and TCP port for all video; 0 = a free one. */
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
  try {
    const port = options.port === 0 ? await freePort(options.listenIp) : options.port;
    const [server, router] = await Promise.all([
      worker.createWebRtcServer({ listenInfos: listenInfos(options, port) }),
      worker.createRouter({ mediaCodecs: routerCodecs }),
    ]);
    return {
      pid: worker.pid,
      port,
      server,
      router,
      relays: createRelays(worker, router),
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

function listenInfos({ listenIp, announcedAddress }: EngineOptions, port: number): ms.TransportListenInfo[] {
  const announced = announcedAddress === undefined ? {} : { announcedAddress };
  return (["udp", "tcp"] as const).map((protocol) => ({ protocol, ip: listenIp, port, ...announced }));
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
