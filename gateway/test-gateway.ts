import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import { pagesFolder } from "./commands/setting.ts";
import { shopOnFreePorts } from "./drills/drill-config.ts";
import { createGateway, type GatewayOptions } from "./gateway.ts";
import { silentLog } from "./log.ts";

/** The shipped shop on free ports. */
export const shopConfig = (env: Record<string, string> = {}) => shopOnFreePorts(env);

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The true gateway, as `vitrine demo` runs it, without the simulator; closed when the test ends. */
export async function bootGateway(options: Partial<GatewayOptions> = {}) {
  const loaded = options.loaded ?? shopConfig();
  const dataFolder = options.dataFolder ?? temporaryFolder();
  const gateway = await createGateway({
    demo: true,
    host: "127.0.0.1",
    pagesFolder,
    log: silentLog,
    ...options,
    loaded,
    dataFolder,
  });
  onTestFinished(() => gateway.close());
  const { url, mqttUrl, mqttPort } = await gateway.start();

  async function mqtt(clientId: string, more: IClientOptions = {}): Promise<MqttClient> {
    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
      clientId,
      username: "demo",
      password: "demo",
      reconnectPeriod: 0,
      ...more,
    });
    onTestFinished(() => client.endAsync(true));
    return client;
  }

  async function api<T>(
    method: string,
    path: string,
    { body, token, headers }: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
  ) {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const value: T = text === "" ? undefined : JSON.parse(text);
    return { status: response.status, value };
  }

  return { gateway, loaded, dataFolder, url, mqttUrl, mqttPort, mqtt, api };
}

export type Booted = Awaited<ReturnType<typeof bootGateway>>;

/** AD structures of a basket's iBeacon, as a receiver hears them. */
export function basketAdvert(baskets: { uuid: string; major: number }, minor: number): string {
  const hex = (value: number) => value.toString(16).padStart(4, "0");
  return `0201061aff4c000215${baskets.uuid.replaceAll("-", "")}${hex(baskets.major)}${hex(minor)}c5`;
}
