import { fixed, median, percentile, printTable, whole } from "./figures.ts";
import { type Load, startLoad } from "./load.ts";
import { startGateway } from "./servers.ts";

const rounds = 7;
const seconds = 4;
const troubles = [
  { trouble: "none", name: "nobody is trouble" },
  { trouble: "frozen", name: "a subscriber of everything stops reading" },
  { trouble: "loud", name: "one device publishes 5,000 a second" },
] as const;

/**
 * Ten devices of 20 readings a second: what one that misbehaves does to them. By turns, and each turn is compared with the
 * quiet one of its own round, because on a busy machine the disk alone makes rounds differ by more than the trouble does.
 * The troublemaker has a process of its own: sharing one with the ten, it would hold them up itself.
 */
export async function measureNeighbours(generator: Load) {
  const gateway = await startGateway({ extraShelves: 1, accounts: true, throttled: true });
  const p99 = { none: [] as number[], frozen: [] as number[], loud: [] as number[] };
  const all = { none: [] as number[], frozen: [] as number[], loud: [] as number[] };
  let said = 0;
  let acknowledged = 0;
  const troublemaker = startLoad();
  try {
    for (let round = 0; round <= rounds; round++) {
      for (let turn = 0; turn < troubles.length; turn++) {
        const trouble = troubles[(turn + round) % troubles.length]?.trouble ?? "none";
        if (trouble !== "none") await troublemaker.run("trouble", { port: gateway.port, trouble });
        const { milliseconds } = await generator.run("neighbours", { port: gateway.port, seconds });
        const loud = await troublemaker.run("calm", {});
        // the first round only warms up
        if (round === 0) continue;
        all[trouble].push(...milliseconds);
        p99[trouble].push(percentile(milliseconds, 0.99));
        said += loud.said;
        acknowledged += loud.acknowledged;
      }
    }
  } finally {
    troublemaker.close();
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
  const perSecond = (count: number) => whole(count / (rounds * seconds));
  console.log(`  of ${perSecond(said)} a second that the loud one said, ${perSecond(acknowledged)} were acknowledged`);
}
