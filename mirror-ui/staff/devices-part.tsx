import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { Lazy } from "./lazy.tsx";
import type { Page } from "./page.ts";

const load = () => import("./devices/devices.tsx");

/** The engineer's pages. */
export function DevicesPart(props: { page: Page; shop: Shop }): JSX.Element {
  return (
    <Lazy load={load} opening="Opening the devices.">
      {({ Devices }) => <Devices {...props} />}
    </Lazy>
  );
}
