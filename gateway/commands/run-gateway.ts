import { networkInterfaces } from "node:os";
import type { LoadedConfig } from "#wire/store-config.ts";
import type { MediaStatus } from "#wire/views.ts";
import { createGateway } from "../gateway.ts";
import { prepareMediaWorker } from "../install/media-worker.ts";
import { createLog, type Log } from "../log.ts";
import { codeOf, lockDataFolder, onStop, pagesFolder, plain } from "./setting.ts";

export type RunOptions = { loaded: LoadedConfig; dataFolder: string; demo: boolean; lan: boolean; video: boolean };

/** Starts a gateway for `start` and `demo`, and stops it on a signal; `beforeClose` goes first. */
export async function runGateway(options: RunOptions, beforeClose: () => Promise<void> = async () => {}) {
  const log = createLog();
  const unlock = lockDataFolder(options.dataFolder);
  const stopPreparing = new AbortController();
  const { lan, demo, loaded, dataFolder } = options;
  const publicHost = lan ? lanAddress() : undefined;
  const gateway = await createGateway({
    loaded,
    dataFolder,
    pagesFolder,
    log,
    demo,
    host: lan ? "0.0.0.0" : "127.0.0.1",
    ...(publicHost === undefined ? {} : { publicHost }),
    ...(options.video
      ? {
          prepareVideo: (onStatus) => {
            const tell = tellProgress(log.child("video"));
            const both = (status: MediaStatus) => {
              tell(status);
              onStatus(status);
            };
            return prepareMediaWorker({ log: log.child("video"), onStatus: both, signal: stopPreparing.signal });
          },
        }
      : {}),
  });
  onStop(async () => {
    stopPreparing.abort();
    await beforeClose();
    await gateway.close();
    unlock();
  });
  const ports = await gateway.start().catch((error: unknown) => {
    if (error instanceof Error && error.message.startsWith("The TLS certificate")) throw plain(error.message);
    throw codeOf(error) === "EADDRINUSE" ? plain(taken(error)) : error;
  });
  return { gateway, log, ...ports };
}

function taken(error: unknown): string {
  const port = error instanceof Error && "port" in error ? `Port ${error.port}` : "A port";
  return `${port} is taken by another program. Stop it, or set VITRINE_MQTT_PORT, VITRINE_MQTTS_PORT or VITRINE_HTTP_PORT.`;
}

/** The worker's progress on the console: a line for each new kind of step and each tenth, not for each file. */
function tellProgress(log: Log) {
  let said = "";
  return ({ step, progress }: MediaStatus) => {
    const key = `${step.replace(/\d+/g, "")} ${Math.floor(progress * 10)}`;
    if (key !== said) log.info({ percent: Math.round(progress * 100) }, step);
    said = key;
  };
}

/** The first IPv4 address of this machine in the shop's network. */
export function lanAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}
