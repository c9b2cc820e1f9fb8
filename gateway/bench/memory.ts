import { readFileSync } from "node:fs";
import { fixed, printTable } from "./figures.ts";
import type { Load } from "./load.ts";
import { startGateway } from "./servers.ts";

const devices = 500;
const seconds = 15;

/** Resident memory of the gateway's process (Linux), alone and with a department store's devices sending once a second. */
export async function measureMemory(generator: Load) {
  // the first start after an update compiles what every later one finds
  await (await startGateway({})).close();
  const gateway = await startGateway({ extraShelves: devices });
  try {
    const alone = residentMegabytes(gateway.pid);
    const { connected } = await generator.run("crowd", { port: gateway.port, connections: devices, seconds });
    const crowded = residentMegabytes(gateway.pid);
    await generator.run("leave", {});
    printTable("Resident memory of the gateway, without the video worker", [
      ["", "MB", "budget"],
      ["after the start", fixed(alone, 0), ""],
      [`with ${connected} devices, a reading a second each, after ${seconds} s`, fixed(crowded, 0), "≤ 190"],
    ]);
  } finally {
    await gateway.close();
  }
}

function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kilobytes) * 1_024) / 1e6;
}
