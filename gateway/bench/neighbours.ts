import { fixed, percentile, printTable, whole } from "./figures.ts";
import type { Load } from "./load.ts";
import type { Jobs } from "./load-jobs.ts";
import { startGateway } from "./servers.ts";

const rounds = 5;
const seconds = 4;
type Trouble = Jobs["neighbours"]["ask"]["trouble"];
const troubles: { trouble: Trouble; name: string }[] = [
  { trouble: "none", name: "nobody is trouble" },
  { trouble: "frozen", name: "a subscriber of everything stops reading" },
  { trouble: "loud", name: "one device publishes 5,000 a second" },
];

/** Ten devices of 20 readings a second: what one that misbehaves does to them. By turns, so that all meet the same weather. */
export async function measureNeighbours(generator: Load) {
  const gateway = await startGateway({ extraShelves: 1, accounts: true, throttled: true });
  const waits = new Map<Trouble, number[]>(troubles.map(({ trouble }) => [trouble, []]));
  let published = 0;
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const { trouble } of troubles) {
        const answer = await generator.run("neighbours", { port: gateway.port, trouble, seconds });
        // the first round only warms up
        if (round === 0) continue;
        waits.get(trouble)?.push(...answer.milliseconds);
        published += answer.published;
      }
    }
  } finally {
    await gateway.close();
  }
  const quiet = percentile(waits.get("none") ?? [], 0.99);
  printTable("PUBLISH → PUBACK of ten ordinary devices", [
    ["milliseconds", "p50", "p95", "p99", "most", "p99 of quiet", "budget"],
    ...troubles.map(({ trouble, name }) => {
      const all = waits.get(trouble) ?? [];
      const shares = [0.5, 0.95, 0.99, 1].map((share) => fixed(percentile(all, share), 2));
      const ratio = fixed(percentile(all, 0.99) / quiet, 2);
      return [name, ...shares, ratio, trouble === "none" ? "" : "≤ 2"];
    }),
  ]);
  console.log(
    `  the loud one was let through at ${whole(published / (rounds * seconds))} a second (its limit is 1,000)`,
  );
}
