import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Client } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";

/** MQTT over WebSocket, at /mqtt of an HTTP server. */
export function createWebSockets(options: {
  maxPacketBytes: number;
  maxConnections: number;
  handle(stream: Duplex, request: IncomingMessage): Client;
  tooLarge(client: Client, what: string): void;
}) {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxPacketBytes,
    handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
  });
  sockets.on("connection", (socket, request) => {
    const client = options.handle(createWebSocketStream(socket), request);
    socket.on("error", (error) => {
      const limit = "code" in error && error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
      if (limit) options.tooLarge(client, "a WebSocket message");
    });
  });

  return {
    /** `admit` may refuse the upgrade (wrong origin, wrong host). */
    attach(server: HttpServer, admit: (request: IncomingMessage) => boolean) {
      server.on("upgrade", (request, socket, head) => {
        const isFull = sockets.clients.size >= options.maxConnections;
        if (request.url?.split("?")[0] !== "/mqtt" || isFull || !admit(request)) {
          socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
          return;
        }
        sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit("connection", webSocket, request));
      });
    },

    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
