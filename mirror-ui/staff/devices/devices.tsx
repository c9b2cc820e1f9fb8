import "./devices.css";
import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import type { Page } from "../page.ts";
import { usePolled } from "./asking.ts";
import { DevicePage } from "./device-sheet.tsx";
import { Fleet } from "./fleet.tsx";
import { Screen, Title } from "./screen.tsx";
import { hrefOf, readWhere } from "./where.ts";

type Props = { page: Page; shop: Shop };

/** The engineer's pages under /staff/devices. Others of the staff see how the devices are, and who can help. */
export function Devices({ page, shop }: Props): JSX.Element {
  const route = page.route.value;
  const where = readWhere(route.view === "devices" ? route.path : []);
  const me = usePolled<{ role: string }>("/api/v1/staff/me", 60_000);
  const engineer = me.value?.role === "engineer";
  const devices = [...page.devices.value.values()];
  switch (where.page) {
    case "device": {
      const device = page.devices.value.get(where.id);
      if (!device) return <NotHere page={page} shop={shop} id={where.id} />;
      return (
        <DevicePage {...{ page, shop, device, devices, engineer }} step={route.view === "devices" ? route.step : ""} />
      );
    }
    default:
      return <Fleet page={page} shop={shop} devices={devices} engineer={engineer} />;
  }
}

function NotHere({ page, shop, id }: Props & { id: string }): JSX.Element {
  return (
    <Screen page={page} shop={shop} back={{ href: hrefOf({ page: "fleet" }), name: "Devices" }}>
      <div class="list one">
        <Title big>No device is called {id}.</Title>
        <p class="q">It may have been forgotten, or the address was written down wrongly.</p>
      </div>
    </Screen>
  );
}
