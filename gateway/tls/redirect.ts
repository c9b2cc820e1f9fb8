/** As `require` gets it: `import` reads all that node:http exports and so loads fetch and WebSocket, which nobody here uses. */
const { createServer } = process.getBuiltinModule("node:http");

/** The plain HTTP port beside HTTPS: hands out the CA's certificate, says that it is alive, and redirects the rest. */
export function createRedirect(options: {
  host: string;
  /** 0 = any free port. */
  port: number;
  httpsPort(): number;
  caPem(): string | undefined;
}) {
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8 * 1024 }, (request, response) => {
    const path = request.url ?? "/";
    const caPem = options.caPem();
    if (path === "/healthz") return void response.setHeader("content-type", "application/json").end('{"ok":true}');
    if (path === "/ca.crt" && caPem !== undefined) {
      return void response.setHeader("content-type", "application/x-x509-ca-cert").end(caPem);
    }
    const host = /^([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i.exec(request.headers.host ?? "")?.[1];
    if (host === undefined || !path.startsWith("/")) return void response.writeHead(400).end();
    // kept by no browser for ever: the shop may go back to plain pages
    response.writeHead(307, { location: `https://${host}:${options.httpsPort()}${path}` }).end();
  });
  server.maxConnections = 200;
  return {
    async start(): Promise<{ port: number }> {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(options.port, options.host, resolve);
      });
      const address = server.address();
      return { port: typeof address === "object" && address ? address.port : 0 };
    },
    async close() {
      server.closeAllConnections();
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
