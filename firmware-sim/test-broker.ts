import { once } from "node:events";
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { onTestFinished } from "vitest";

/** The address of a true broker that takes everybody, until the test is over. */
export async function openBroker(): Promise<string> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    server.close();
  });
  const address = server.address();
  return `mqtt://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
}
