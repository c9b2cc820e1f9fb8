import { fixed, median, printTable, whole } from "./figures.ts";
import type { Load } from "./load.ts";
import { startAedes, startGateway, startMosquitto } from "./servers.ts";

const rounds = 5;
const load = { seconds: 1.2, connections: 10, inFlight: 100 };

/** QoS 1 readings from ten devices to one subscriber, by turns through each server, so that all meet the same weather. */
export async function measureIngest(generator: Load) {
  const gateway = await startGateway();
  const aedes = await startAedes();
  const mosquitto = await startMosquitto();
  const runs = [
    { name: "gateway, every reading changes a count", server: gateway, share: 1 },
    { name: "gateway, 1 % of the readings do", server: gateway, share: 0.01 },
    { name: "bare aedes (in memory)", server: aedes, share: 1 },
    { name: "Mosquitto (in memory)", server: mosquitto, share: 1 },
  ].map((run) => ({ ...run, rates: [] as number[] }));

  try {
    for (let round = 0; round <= rounds; round++) {
      for (const { server, share, rates } of runs) {
        const { messages, seconds } = await generator.run("flood", { ...load, port: server.port, share });
        // the first round only warms up
        if (round > 0) rates.push(messages / seconds);
      }
    }
    const reference = median(runs.at(-1)?.rates ?? []);
    printTable(`QoS 1 ingest, ${load.connections} publishers × ${load.inFlight} in flight, one QoS 1 subscriber`, [
      ["", "messages/s", "least", "most", "of Mosquitto", "budget"],
      ...runs.map(({ name, rates, server }) => [
        name,
        whole(median(rates)),
        whole(Math.min(...rates)),
        whole(Math.max(...rates)),
        fixed(median(rates) / reference, 2),
        server === gateway ? "≥ 0.50, aim 0.60" : "",
      ]),
    ]);
    console.log(`  ${await whatTheGatewaySays(gateway.url)}`);
  } finally {
    await Promise.all([gateway, aedes, mosquitto].map((server) => server.close()));
  }
}

/** Shows that the readings were judged, and that the disk was asked for as promised. */
async function whatTheGatewaySays(url: string): Promise<string> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^vitrine_${name} (\\d+)$`, "m").exec(metrics)?.[1]);
  const names = ["messages_total", "undecodable_total", "events_total", "storage_synchronous"];
  return `the gateway says: ${names.map((name) => `${name} ${whole(read(name))}`).join(", ")}`;
}
