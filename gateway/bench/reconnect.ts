import { fixed, percentile, printTable } from "./figures.ts";
import type { Load } from "./load.ts";
import { startGateway } from "./servers.ts";

const devices = 2_000;

/** A shop after a power cut: the gateway has just started and knows nobody; then once more, when it does. */
export async function measureReconnect(generator: Load) {
  const gateway = await startGateway({ extraShelves: devices, accounts: true });
  try {
    const rows = [["seconds", "p50", "p99", "the last", "refused", "budget"]];
    for (const name of ["just started: every password is checked", "again: checked before"]) {
      const { milliseconds, refused } = await generator.run("reconnect", { port: gateway.port, connections: devices });
      const shares = [0.5, 0.99, 1].map((share) => fixed(percentile(milliseconds, share) / 1_000, 2));
      rows.push([name, ...shares, String(refused), "all ≤ 15, none refused"]);
    }
    printTable(`${devices} devices reconnect at once, with their credentials`, rows);
  } finally {
    await gateway.close();
  }
}
