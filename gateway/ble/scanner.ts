import type { AdapterState, Noble, Peripheral } from "@stoprocent/noble";
import type { Log } from "../log.ts";

export type ScannerOptions = {
  /** A fresh noble. Called again at every restart. May throw when the native part does not load. */
  openNoble(): Noble;
  onDiscover(peripheral: Peripheral): void;
  onScanning(scanning: boolean): void;
  /** Scanning is over for good; the sentence is for the person who will read the log. */
  onFailed(failure: ScannerFailure): void;
  log: Log;
  /** An adapter that is on and says nothing for this long hangs. Doubles with every restart that did not help. */
  silentAfterMs: number;
  /** Restarts in a row without one advert before giving up. */
  maxRestarts: number;
  /** noble never forgets an address; with this many it is started afresh. */
  maxAddresses: number;
};
export type ScannerFailure = { kind: "no-adapter" | "hung"; sentence: string };
export type Scanner = { start(): void; restarts(): number; close(): void };

/** Keeps noble scanning: starts it, watches that it hears something, restarts it, and says so when that does not help. */
export function createScanner(options: ScannerOptions): Scanner {
  const { log, silentAfterMs, maxRestarts, maxAddresses } = options;
  const addresses = new Set<string>();
  let noble: Noble | undefined;
  let state: AdapterState = "unknown";
  let restarts = 0;
  let inVain = 0;
  let quietSince = 0;
  let watchdog: NodeJS.Timeout | undefined;

  function open() {
    quietSince = performance.now();
    state = "unknown";
    addresses.clear();
    try {
      const opened = options.openNoble();
      noble = opened;
      opened.on("stateChange", (next) => onState(opened, next));
      opened.on("scanStart", () => options.onScanning(true));
      opened.on("discover", onDiscover);
    } catch (error) {
      log.error({ error }, "Bluetooth cannot be opened");
      fail({ kind: "no-adapter", sentence: sentences.cannotOpen });
    }
  }

  function onState(from: Noble, next: AdapterState) {
    if (from !== noble) return;
    state = next;
    quietSince = performance.now();
    if (next === "poweredOn") {
      from.startScanning([], true, (error) => {
        if (error) log.warn({ error }, "scanning did not start; it is tried again");
      });
      return;
    }
    options.onScanning(false);
    if (next === "unsupported") fail({ kind: "no-adapter", sentence: sentences.noAdapter });
    else if (next === "unauthorized") fail({ kind: "no-adapter", sentence: sentences.noPermission });
    else if (next === "poweredOff") log.warn({}, sentences.off);
  }

  function onDiscover(peripheral: Peripheral) {
    quietSince = performance.now();
    inVain = 0;
    options.onDiscover(peripheral);
    addresses.add(peripheral.id);
    if (addresses.size > maxAddresses) {
      log.info({ addresses: addresses.size }, "starting Bluetooth afresh, it remembers too many addresses");
      reopen();
    }
  }

  /** An adapter that somebody switched off is not hanging; noble itself sees it come back. */
  function watch() {
    const quietMs = performance.now() - quietSince;
    if (state === "poweredOff" || quietMs < silentAfterMs * 2 ** inVain) return;
    if (inVain >= maxRestarts) {
      fail({ kind: "hung", sentence: sentences.hung });
      return;
    }
    inVain += 1;
    log.warn(
      { quietMs: Math.round(quietMs), state, restart: inVain },
      "the Bluetooth adapter is silent; restarting it",
    );
    reopen();
  }

  function reopen() {
    restarts += 1;
    stopNoble();
    open();
  }

  function stopNoble() {
    const stopping = noble;
    noble = undefined;
    if (!stopping) return;
    stopping.removeAllListeners();
    try {
      stopping.stop();
    } catch (error) {
      // noble throws here when it never came up; there is nothing left to stop then.
      log.debug({ error }, "stopping Bluetooth");
    }
  }

  function fail(failure: ScannerFailure) {
    close();
    options.onFailed(failure);
  }

  function close() {
    clearInterval(watchdog);
    watchdog = undefined;
    stopNoble();
  }

  return {
    start() {
      watchdog = setInterval(watch, Math.max(10, silentAfterMs / 4));
      open();
    },
    restarts: () => restarts,
    close,
  };
}

const sentences = {
  noAdapter:
    "There is no Bluetooth adapter here. Plug one in (any USB one that speaks Bluetooth 4.0 or newer), or run this receiver on a machine that has one.",
  noPermission:
    "This process may not use the Bluetooth adapter. On Linux: sudo setcap cap_net_raw,cap_net_admin+eip $(readlink -f $(which node))",
  cannotOpen: "Bluetooth cannot be opened on this machine; the line before says why.",
  off: "The Bluetooth adapter is switched off. Switch it on (rfkill unblock bluetooth; bluetoothctl power on); the receiver goes on by itself.",
  hung: "The Bluetooth adapter stays silent although it was restarted several times. Unplug it or restart the machine.",
} as const;
