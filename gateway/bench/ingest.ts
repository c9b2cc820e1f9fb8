import { decodeMicros, processorMicros } from "./decoding.ts";
import { fixed, median, printTable, whole } from "./figures.ts";
import type { Load } from "./load.ts";
import { startAedes, startGateway, startMosquitto } from "./servers.ts";

const rounds = 5;
/** As many connections as the shop has shelves: with accounts each is one device. */
const load = { seconds: 1.2, connections: 18, inFlight: 60 };

/** QoS 1 readings from the shop's shelves to one subscriber, by turns through each server, so that all meet the same weather. */
export async function measureIngest(generator: Load) {
  const gateway = await startGateway({ accounts: true });
  const open = await startGateway();
  const aedes = await startAedes();
  const mosquitto = await startMosquitto();
  const runs = [
    { name: "gateway, accounts checked, every reading changes a count", server: gateway, share: 1, accounts: true },
    { name: "gateway, accounts checked, 1 % of the readings do", server: gateway, share: 0.01, accounts: true },
    { name: "gateway, demo account, every reading changes a count", server: open, share: 1, accounts: false },
    { name: "bare aedes (in memory)", server: aedes, share: 1, accounts: false },
    { name: "Mosquitto (in memory, no accounts)", server: mosquitto, share: 1, accounts: false },
  ].map((run) => ({ ...run, rates: [] as number[], micros: [] as number[] }));

  try {
    for (let round = 0; round <= rounds; round++) {
      for (const { server, share, accounts, rates, micros } of runs) {
        const before = processorMicros(server.pid);
        const { messages, seconds } = await generator.run("flood", { ...load, port: server.port, share, accounts });
        // the first round only warms up
        if (round === 0) continue;
        rates.push(messages / seconds);
        micros.push((processorMicros(server.pid) - before) / messages);
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
    const decoding = decodeMicros();
    for (const { name, micros } of runs.slice(0, 2)) {
      const cost = median(micros);
      const share = fixed((decoding / cost) * 100, 1);
      console.log(
        `  ${name}: ${fixed(cost, 1)} µs of processor a message, ${fixed(decoding, 2)} of them decoding: ${share} % (budget ≤ 10)`,
      );
    }
    console.log(`  ${await whatTheGatewaySays(gateway.url)}`);
  } finally {
    await Promise.all([gateway, open, aedes, mosquitto].map((server) => server.close()));
  }
}

/** Shows that the readings were judged, and that the disk was asked for as promised. */
async function whatTheGatewaySays(url: string): Promise<string> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^vitrine_${name} (\\d+)$`, "m").exec(metrics)?.[1]);
  const names = ["messages_total", "undecodable_total", "events_total", "storage_synchronous"];
  return `the gateway says: ${names.map((name) => `${name} ${whole(read(name))}`).join(", ")}`;
}
