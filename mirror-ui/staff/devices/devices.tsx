import "./devices.css";
import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import type { Page } from "../page.ts";
import { usePolled } from "./asking.ts";
import { Fleet } from "./fleet.tsx";
import { readWhere } from "./where.ts";

type Props = { page: Page; shop: Shop };

/** The engineer's pages under /staff/devices. Others of the staff see how the devices are, and who can help. */
export function Devices({ page, shop }: Props): JSX.Element {
  const route = page.route.value;
  const where = readWhere(route.view === "devices" ? route.path : []);
  const me = usePolled<{ role: string }>("/api/v1/staff/me", 60_000);
  const engineer = me.value?.role === "engineer";
  const devices = [...page.devices.value.values()];
  switch (where.page) {
    default:
      return <Fleet page={page} shop={shop} devices={devices} engineer={engineer} />;
  }
}
