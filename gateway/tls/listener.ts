import { createServer, type SecureContextOptions, type TLSSocket } from "node:tls";
import type { Log } from "../log.ts";
import type { Certificates } from "./certificates.ts";

/** Whose client certificate a connection proved. */
export type Peer = { deviceId: string; serial: string };

export type TlsListenerOptions = {
  log: Log;
  certificates: Pick<Certificates, "current" | "clientCa" | "onChange">;
  host: string;
  /** 0 = any free port. */
  port: number;
  maxConnections: number;
  /** "http/1.1" for pages; left out for MQTT. */
  protocol?: string;
  /** Client certificates of our own CA: taken, or demanded. */
  clients?: "optional" | "required" | undefined;
  onConnection(socket: TLSSocket, peer: Peer | undefined): void;
};

const handshakeTimeoutMs = 10_000;

/** One TLS port, TLS 1.2 or later. A new certificate counts for new connections; those that are open stay open. */
export function createTlsListener(options: TlsListenerOptions) {
  const { log, certificates, clients } = options;
  const counters = { connections: 0, failed: 0 };
  const open = new Set<TLSSocket>();

  function context(): SecureContextOptions {
    const ca = certificates.clientCa();
    return {
      ...certificates.current(),
      minVersion: "TLSv1.2",
      ...(clients && ca !== undefined ? { ca } : {}),
    };
  }
  const server = createServer(
    {
      ...context(),
      handshakeTimeout: handshakeTimeoutMs,
      noDelay: true,
      ...(options.protocol === undefined ? {} : { ALPNProtocols: [options.protocol] }),
      // judged below: a refusal by the library would refuse those without a certificate too
      ...(clients ? { requestCert: true, rejectUnauthorized: false } : {}),
    },
    (socket) => {
      const judged = clients ? peerOf(socket) : { ok: true as const, peer: undefined };
      if (!judged.ok || (clients === "required" && judged.peer === undefined)) {
        counters.failed++;
        log.warn(
          { address: socket.remoteAddress, reason: judged.ok ? "no certificate" : judged.reason },
          "TLS refused",
        );
        return void socket.destroy();
      }
      counters.connections++;
      open.add(socket);
      socket.once("close", () => void open.delete(socket));
      options.onConnection(socket, judged.peer);
    },
  );
  server.maxConnections = options.maxConnections;
  server.on("tlsClientError", (error) => {
    counters.failed++;
    log.debug({ reason: error.message }, "TLS handshake failed");
  });
  certificates.onChange(() => server.setSecureContext(context()));

  return {
    async start(): Promise<{ port: number }> {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(options.port, options.host, resolve);
      });
      const address = server.address();
      return { port: typeof address === "object" && address ? address.port : 0 };
    },
    counters: () => ({ ...counters, open: open.size }),
    async close() {
      for (const socket of open) socket.destroy();
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Judged = { ok: true; peer: Peer | undefined } | { ok: false; reason: string };

/**
 * A certificate that was shown must be one of our CA, in time, and made for clients; OpenSSL has checked that. Whether it
 * was taken back is for access/ to say. A resumed session says "authorized" without any certificate: that is nobody.
 */
function peerOf(socket: TLSSocket): Judged {
  const { subject, serialNumber } = socket.getPeerCertificate();
  if (subject === undefined) return { ok: true, peer: undefined };
  if (!socket.authorized) return { ok: false, reason: String(socket.authorizationError) };
  const name: unknown = subject.CN;
  if (typeof name !== "string" || name === "") return { ok: false, reason: "the certificate names no device" };
  return { ok: true, peer: { deviceId: name, serial: serialNumber.toLowerCase() } };
}
