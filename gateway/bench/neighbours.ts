import { fixed, median, percentile, printTable, whole } from "./figures.ts";
import type { Load } from "./load.ts";
import type { Jobs } from "./load-jobs.ts";
import { startGateway } from "./servers.ts";

const rounds = 7;
const seconds = 4;
type Trouble = Jobs["neighbours"]["ask"]["trouble"];
const troubles: { trouble: Trouble; name: string }[] = [
  { trouble: "none", name: "nobody is trouble" },
  { trouble: "frozen", name: "a subscriber of everything stops reading" },
  { trouble: "loud", name: "one device publishes 5,000 a second" },
];

/**
 * Ten devices of 20 readings a second: what one that misbehaves does to them. By turns, and each turn is compared with the
 * quiet one of its own round, because on a busy machine the disk alone makes rounds differ by more than the trouble does.
 */
export async function measureNeighbours(generator: Load) {
  const gateway = await startGateway({ extraShelves: 1, accounts: true, throttled: true });
  const p99 = { none: [] as number[], frozen: [] as number[], loud: [] as number[] };
  const all = { none: [] as number[], frozen: [] as number[], loud: [] as number[] };
  let published = 0;
  try {
    for (let round = 0; round <= rounds; round++) {
      for (let turn = 0; turn < troubles.length; turn++) {
        const trouble = troubles[(turn + round) % troubles.length]?.trouble ?? "none";
        const answer = await generator.run("neighbours", { port: gateway.port, trouble, seconds });
        // the first round only warms up
        if (round === 0) continue;
        all[trouble].push(...answer.milliseconds);
        p99[trouble].push(percentile(answer.milliseconds, 0.99));
        published += answer.published;
      }
    }
  } finally {
    await gateway.close();
  }
  printTable("PUBLISH → PUBACK of ten ordinary devices", [
    ["milliseconds", "p50", "p95", "p99", "p99 of a round", "of the quiet one", "budget"],
    ...troubles.map(({ trouble, name }) => {
      const shares = [0.5, 0.95, 0.99].map((share) => fixed(percentile(all[trouble], share), 2));
      const ratios = p99[trouble].map((value, round) => value / (p99.none[round] ?? Number.NaN));
      const compared = trouble === "none" ? ["", ""] : [fixed(median(ratios), 2), "≤ 2"];
      return [name, ...shares, fixed(median(p99[trouble]), 2), ...compared];
    }),
  ]);
  console.log(
    `  the loud one was let through at ${whole(published / (rounds * seconds))} a second, and nothing of it was lost`,
  );
}
