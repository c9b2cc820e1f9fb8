import { createServer } from "node:net";
import { Aedes } from "aedes";

// aedes as it comes, everything in memory. Prints where it listens.
const aedes = await Aedes.createBroker({ concurrency: 20_000 });
const server = createServer({ noDelay: true }, aedes.handle);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === "object" ? address?.port : 0 }));
});
