import { createServer, type IncomingHttpHeaders } from "node:http";
import { CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import { onTestFinished } from "vitest";

/** "hang": takes the message and says nothing. A text is where it redirects to. */
export type Answer = number | "hang" | { redirect: string };
export type Message = { id: string; headers: IncomingHttpHeaders; body: string; path: string };

/** Another system that is told what happens: a real HTTP server, which keeps everything that comes. */
export async function openReceiver(answer: (message: Message, count: number) => Answer = () => 204) {
  const messages: Message[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const { headers, url = "" } = request;
      const message = { id: String(headers["webhook-id"]), headers, body, path: url };
      messages.push(message);
      const said = answer(message, messages.length);
      if (said === "hang") return;
      if (typeof said === "object") return void response.writeHead(307, { location: said.redirect }).end();
      response.writeHead(said).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}/hook`, port, messages, ids: () => messages.map(({ id }) => id) };
}

/** By the library of the specification's authors, as a receiver would. Throws when the signature is not the secret's. */
export function verify({ body, headers }: Message, secret: string): void {
  new Webhook(secret).verify(body, Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, String(v)])));
}

/** By the CloudEvents SDK, which checks it against the specification. */
export function parse({ body, headers }: Message) {
  const event = HTTP.toEvent<Record<string, unknown>>({ headers, body });
  if (Array.isArray(event)) throw new Error("one event was expected, not a batch");
  return new CloudEvent(event);
}
