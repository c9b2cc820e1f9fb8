import "./devices.css";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Shop } from "#wire/views.ts";
import type { Page } from "../page.ts";
import { Adopt } from "./adopt.tsx";
import { usePolled } from "./asking.ts";
import { Audit } from "./audit.tsx";
import { DevicePage } from "./device-sheet.tsx";
import { createDrafts } from "./drafts.ts";
import { Fleet } from "./fleet.tsx";
import { Inbox } from "./inbox.tsx";
import { TopicPage } from "./inbox-topic.tsx";
import { ofTheShop } from "./naming.ts";
import { RolloutPage } from "./rollout-page.tsx";
import { Rollouts } from "./rollouts.tsx";
import { Screen, Title, Waiting } from "./screen.tsx";
import { hrefOf, readWhere } from "./where.ts";

type Props = { page: Page; shop: Shop };

/** The engineer's pages under /staff/devices. Others of the staff see how the devices are, and who can help. */
export function Devices({ page, shop }: Props): JSX.Element {
  const route = page.route.value;
  const where = readWhere(route.view === "devices" ? route.path : []);
  const me = usePolled<{ role: string }>("/api/v1/staff/me", 60_000);
  const engineer = me.value?.role === "engineer";
  const drafts = useMemo(createDrafts, []);
  const step = route.view === "devices" ? route.step : "";
  const devices = ofTheShop([...page.devices.value.values()]);
  const forEngineers = where.page !== "fleet" && where.page !== "device";
  if (forEngineers && !engineer) return <AskAnEngineer page={page} shop={shop} known={me.value !== undefined} />;
  switch (where.page) {
    case "fleet":
      return <Fleet page={page} shop={shop} devices={devices} engineer={engineer} />;
    case "device": {
      const device = page.devices.value.get(where.id);
      if (!device) return <NotHere page={page} shop={shop} id={where.id} />;
      const adoption = drafts.adoption.value;
      return <DevicePage {...{ page, shop, device, devices, engineer, step, adoption }} key={device.id} />;
    }
    case "adopt":
      return <Adopt {...{ page, shop, devices, step, drafts }} id={where.id} key={where.id} />;
    case "inbox":
      return <Inbox page={page} shop={shop} />;
    case "topic":
      return <TopicPage {...{ page, shop, step, drafts }} topic={where.topic} key={where.topic} />;
    case "rollouts":
      return <Rollouts page={page} shop={shop} step={step} />;
    case "rollout":
      return <RolloutPage {...{ page, shop, devices }} id={where.id} />;
    case "audit":
      return <Audit page={page} shop={shop} />;
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

function AskAnEngineer({ page, shop, known }: Props & { known: boolean }): JSX.Element {
  return (
    <Screen page={page} shop={shop} back={{ href: hrefOf({ page: "fleet" }), name: "Devices" }}>
      <div class="list one">
        {known ? (
          <>
            <Title big>Ask an engineer</Title>
            <p class="q">Only engineers may look in here, because what is said here changes what the shop counts.</p>
          </>
        ) : (
          <Waiting words="The page is on its way." />
        )}
      </div>
    </Screen>
  );
}
