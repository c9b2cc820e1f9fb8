import { readFileSync } from "node:fs";
import { processorMicros } from "./decoding.ts";
import { fixed, median, printTable, whole } from "./figures.ts";
import { type Load, startLoad } from "./load.ts";
import type { Jobs } from "./load-jobs.ts";
import { type JanusServer, startJanus } from "./video-janus.ts";
import { mirrorId, openVideoShop, type Share, type VideoShop } from "./video-shop.ts";

const kbps = 1_000;
const viewers = 10;
const rounds = 3;
const settleMs = 1_500;
const seconds = 8;
const crowdViewers = 100;
const crowdSeconds = 15;

type Counted = Jobs["count"]["answer"];
/** Processor time as shares of one core. */
type Round = { node: number; worker: number; counted: Counted; profile: string };

/** Shares of one core for one viewer, the median of the rounds. */
export type ViewerCost = { gateway: number; janus: number };

/**
 * What ten viewers of the same packets cost the gateway (its video worker and Node together) and Janus, by turns and
 * with the same clients. The gateway receives the stream sealed, as from a mirror; Janus gets it as bare RTP.
 */
export async function measureViewers(): Promise<ViewerCost> {
  const load = startLoad();
  const shop = await openVideoShop({ maxViewers: viewers });
  const janus = await startJanus();
  const [ours, theirs]: [Round[], Round[]] = [[], []];
  try {
    for (let round = 0; round < rounds; round++) {
      ours.push(await throughGateway(load, shop));
      theirs.push(await throughJanus(load, janus));
    }
  } finally {
    load.close();
    await janus.close();
    await shop.close();
  }
  const each = (rounds: Round[]) => median(rounds.map(({ node, worker }) => (node + worker) / viewers));
  const cost = { gateway: each(ours), janus: each(theirs) };
  printTable(
    `Processor time of ${viewers} viewers of a ${fixed(kbps / 1_000, 0)} Mb/s stream, ${rounds} rounds by turns`,
    [
      ["percent of one core", "a viewer", "worker", "Node", "kb/s each", "lost", "ratio", "budget"],
      describe("gateway", ours, [fixed(cost.gateway / cost.janus, 2), "≤ 0.80"]),
      describe("Janus, streaming plugin", theirs, ["1", ""]),
    ],
  );
  console.log(`  ${ours[0]?.profile} and ${theirs[0]?.profile}; Janus is spared the one incoming seal`);
  return cost;
}

async function throughGateway(load: Load, shop: VideoShop): Promise<Round> {
  const share = await openStream(load, shop);
  const { profile } = await load.run("watch", { viewers, at: { url: `${shop.url}/whep/${share.token}` } });
  const round = await during(load, () => {
    const { node, workers } = shop.processorMicros();
    return { node, worker: workers };
  });
  await load.run("unwatch", {});
  await shop.revoke(share.shareId);
  return { ...round, profile };
}

async function throughJanus(load: Load, { port, rtpPort, pid }: JanusServer): Promise<Round> {
  await load.run("send", { kbps, to: { port: rtpPort } });
  const { profile } = await load.run("watch", { viewers, at: { janusPort: port } });
  const round = await during(load, () => ({ node: 0, worker: processorMicros(pid) }));
  await load.run("unwatch", {});
  return { ...round, profile };
}

async function openStream(load: Load, shop: VideoShop): Promise<Share> {
  const share = await shop.share();
  await load.run("send", { kbps, to: { url: `${shop.url}/whip/${mirrorId}`, token: shop.token } });
  return share;
}

async function during(load: Load, micros: () => { node: number; worker: number }): Promise<Omit<Round, "profile">> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const before = micros();
  const from = performance.now();
  const counted = await load.run("count", { seconds });
  const after = micros();
  const elapsed = (performance.now() - from) * 1_000;
  return { counted, node: (after.node - before.node) / elapsed, worker: (after.worker - before.worker) / elapsed };
}

const percent = (share: number) => fixed(100 * share, 2);

function describe(name: string, rounds: Round[], more: string[]): string[] {
  const kbpsEach = rounds.map(({ counted }) => (counted.bytes * 8) / seconds / viewers / 1_000);
  return [
    name,
    percent(median(rounds.map(({ node, worker }) => (node + worker) / viewers))),
    percent(median(rounds.map(({ worker }) => worker))),
    percent(median(rounds.map(({ node }) => node))),
    whole(median(kbpsEach)),
    lossOf(rounds.map(({ counted }) => counted)),
    ...more,
  ];
}

const lossOf = (counts: Counted[]) => whole(counts.reduce((sum, { lost, broken }) => sum + lost + broken, 0));

/** A hundred viewers on one video worker, which has one core, with every packet opened and counted. */
export async function measureCrowd(): Promise<void> {
  const load = startLoad();
  const shop = await openVideoShop({ maxViewers: crowdViewers });
  try {
    const share = await openStream(load, shop);
    await load.run("watch", { viewers: crowdViewers, at: { url: `${shop.url}/whep/${share.token}` } });
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const [before, fullBefore] = [shop.processorMicros(), fullBuffers()];
    const counted = await load.run("count", { seconds: crowdSeconds });
    const [after, full] = [shop.processorMicros(), fullBuffers() - fullBefore];
    const core = (micros: number) => `${fixed(micros / crowdSeconds / 1e4, 0)} %`;
    printTable(
      `${crowdViewers} viewers of a ${fixed(kbps / 1_000, 0)} Mb/s stream through one worker, ${crowdSeconds} s`,
      [
        ["", "receiving", "packets/s", "Mb/s", "lost", "worker", "Node", "load client", "budget"],
        [
          "every packet opened",
          whole(counted.receiving),
          whole(counted.packets / crowdSeconds),
          fixed((counted.bytes * 8) / crowdSeconds / 1e6, 0),
          lossOf([counted]),
          core(after.workers - before.workers),
          core(after.node - before.node),
          core(counted.micros),
          "lost 0, worker < 100 %",
        ],
      ],
    );
    if (full > 0)
      console.log(`  ${whole(full)} packets found a receiver's buffer on this computer full: too busy to read them`);
    await load.run("unwatch", {});
  } finally {
    load.close();
    await shop.close();
  }
}

/** Packets of all programs so far that the kernel dropped because nobody had read those before them. */
function fullBuffers(): number {
  const [names = "", values = ""] = readFileSync("/proc/net/snmp", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Udp: "));
  return Number(values.split(" ")[names.split(" ").indexOf("RcvbufErrors")] ?? 0);
}
