import type { JSX } from "preact";
import type { Device, Shop } from "#wire/views.ts";
import type { Page } from "../page.ts";
import { ShelfPicture } from "../shelf-picture.tsx";
import type { ShelfView } from "../shelf-state.ts";
import { itemName } from "../words.ts";
import { healthLine } from "./condition.ts";
import { DevicePlan } from "./device-plan.tsx";
import type { Adoption } from "./drafts.ts";
import { linkOf } from "./fleet.tsx";
import { placeWords } from "./naming.ts";
import { Screen, Title } from "./screen.tsx";
import { hrefOf } from "./where.ts";

type Props = {
  page: Page;
  shop: Shop;
  devices: Device[];
  adoption: Adoption;
  live: { plates: { plate: number }[] };
};

/** It belongs to the shop now: what it counts is said here while somebody stands beside it. */
export function AdoptDone({ page, shop, devices, adoption, live }: Props): JSX.Element {
  const { id, place, plates, name } = adoption;
  const device = devices.find((one) => one.id === id);
  const view = place?.at === "shelf" ? page.shelves.value.find(({ shelf }) => shelf.id === place.id) : undefined;
  const waiting = devices.find((one) => one.state === "pending" && one.id !== id);
  const picture = view ? (
    <ShelfPicture view={view} wide={page.wide.value} />
  ) : (
    <div class="plan-room">
      <DevicePlan page={page} shop={shop} devices={devices} framed={place} />
    </div>
  );
  return (
    <Screen
      page={page}
      shop={shop}
      back={{ href: hrefOf({ page: "fleet" }), name: "Devices" }}
      asking
      paneSize={view ? "tall" : "high"}
      pane={picture}
      foot={
        <div class="fit">
          <a class="b go" href={hrefOf({ page: "device", id })}>
            To its page
          </a>
          {waiting && (
            <a class="b" href={linkOf(waiting)}>
              The next new one
            </a>
          )}
        </div>
      }
    >
      <div class="list one">
        <Title big>{name ?? id} is in place</Title>
        <p class="q">
          {place && `${placeWords(place, shop)}. `}
          {device && healthLine(device, { now: page.now.value, shop })}
        </p>
        {view && (
          <Counting page={page} view={view} plates={Object.values(plates ?? {})} all={live.plates.length === 0} />
        )}
      </div>
    </Screen>
  );
}

function Counting(props: { page: Page; view: ShelfView; plates: number[]; all: boolean }): JSX.Element {
  const { page, view, plates, all } = props;
  const shown = view.plates.filter(({ plate }) => all || plates.length === 0 || plates.includes(plate));
  return (
    <ul class="rows n" aria-label="What it counts">
      {shown.map(({ plate, count, item, sku, state }) => (
        <li key={plate}>
          <div>
            <span class={`mark ${state}`} />
            <span class="grow" role="status">
              {count === undefined
                ? `Plate ${plate} has not counted yet. Lift one piece and put it back.`
                : `Plate ${plate} counts ${count} × ${item ? itemName(item, page.stock.value) : sku}.`}
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}
