import type { IncomingMessage } from "node:http";

/** A host as browsers send it: name or address, maybe a port. Anything else must not reach a header of ours. */
const plainHost = /^([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i;

/**
 * What every answer carries. Scripts, styles, pictures and connections come from the gateway itself and nowhere else;
 * `'wasm-unsafe-eval'` lets the mirror's tracker compile, and workers obey the policy their own script came with.
 */
export function securityHeaders(request: IncomingMessage): Record<string, string> {
  const host = request.headers.host ?? "";
  // 'self' covers WebSockets in current browsers; older Safari wants them spelt out.
  const sockets = plainHost.test(host) ? ` ws://${host} wss://${host}` : "";
  // The mirror looks at who stands before it, staff at barcodes; nobody else's page has a use for a camera.
  const isMirror = /^\/mirror\//.test(request.url ?? "");
  const mayLook = isMirror || /^\/staff([/?#]|$)/.test(request.url ?? "");
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "img-src 'self' data: blob:",
      "font-src 'self'",
      `connect-src 'self'${sockets}`,
      "media-src 'self' blob:",
      "worker-src 'self' blob:",
      "manifest-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ].join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": `camera=${allowed(mayLook)}, microphone=${allowed(isMirror)}, geolocation=(), usb=()`,
    "cross-origin-opener-policy": "same-origin",
  };
}

const allowed = (here: boolean) => (here ? "(self)" : "()");
