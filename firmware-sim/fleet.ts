import { type Board, type BoardTiming, createBoard } from "./board.ts";
import { createDeviceLink } from "./device-link.ts";
import { createRow } from "./physics/row.ts";
import { createRandom } from "./random.ts";
import { createShelf } from "./shelf.ts";
import type { Plate } from "./shop.ts";
import type { CutPoint } from "./updater.ts";

export type FleetOptions = {
  /** Of the broker. */
  url: string;
  username: string;
  password: string;
  storeId: string;
  count: number;
  /** Ed25519 public key the devices trust: 32 bytes in base64url. */
  trustedKey: string;
  /** Of the devices; "shelf-1" … where left out. */
  ids?: readonly string[];
  /** Each device's own account, where it has one. */
  account?: (deviceId: string) => { username: string; password: string };
  /** What goes wrong, by device id. */
  faults?: Readonly<Record<string, { powerCuts?: readonly CutPoint[] }>>;
  timing?: Partial<BoardTiming>;
};

const stepMs = 50;

/**
 * So many native shelves in real time, one plate each with half a kilogram on it, that answer requests and can be
 * updated. They have no shop around them: see simulation.ts for that.
 */
export function createFleet(options: FleetOptions) {
  const { url, storeId, count, trustedKey, timing, faults = {} } = options;
  const startMs = Date.now();
  const boards = Array.from({ length: count }, (_, index): Board => {
    const deviceId = options.ids?.[index] ?? `shelf-${index + 1}`;
    const row = createRow({ plates: 1, startMs, random: createRandom(deviceId, "row"), calm: true });
    const item = { serial: index, sku: "", grams: 500, x: 0, width: 0.5 };
    row.add(item);
    const place = { row, index: 0, middle: 0, half: 0.5, items: [item] };
    const plate: Plate = { shelf: deviceId, plate: 1, sku: "", capacity: 1, minimum: 0, ...place };
    return createBoard({
      identity: { storeId, kind: "shelf", deviceId, seed: `fleet-${startMs}`, startMs },
      program: (identity, { scale, settings }) =>
        createShelf(identity, [plate], {
          memory: scale,
          heartbeatMs: () => (typeof settings.reportMs === "number" ? settings.reportMs : 1_000),
        }),
      trustedKeys: [trustedKey],
      powerCuts: faults[deviceId]?.powerCuts ?? [],
      ...(timing ? { timing } : {}),
    });
  });
  const links = boards.map((board) => {
    const { username, password } = options.account?.(board.deviceId) ?? options;
    return createDeviceLink(board, { url, username, password, warn() {} });
  });
  const timer = setInterval(step, stepMs);
  step();

  function step() {
    const now = Date.now();
    boards.forEach((board, index) => {
      const messages = board.step(now);
      if (board.air() === "up") links[index]?.follow("up");
      for (const message of messages) void links[index]?.publish(message);
      links[index]?.follow(board.air());
    });
  }

  return {
    devices: () => boards.map((board) => ({ id: board.deviceId, ...board.state() })),
    async close() {
      clearInterval(timer);
      await Promise.all(links.map((link) => link.close()));
    },
  };
}
