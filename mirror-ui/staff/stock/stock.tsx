import "./stock.css";
import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import type { Page } from "../page.ts";
import { Plan } from "../plan.tsx";
import { ShelfPicture } from "../shelf-picture.tsx";
import { Count, countedPlace } from "./count.tsx";
import { DayPane, DaySheet } from "./day.tsx";
import { Held } from "./held.tsx";

type Props = { page: Page; shop: Shop };

/** What is read and touched: counting, what is held, or the day. */
export function Sheet({ page, shop }: Props): JSX.Element | null {
  switch (page.route.value.view) {
    case "count":
      return <Count page={page} shop={shop} />;
    case "held":
      return <Held page={page} shop={shop} />;
    case "day":
      return <DaySheet page={page} shop={shop} />;
    default:
      return null;
  }
}

/** What stands behind the glass: the shelf that is counted, the day's line, else the floor. */
export function Pane({ page, shop }: Props): JSX.Element {
  const { view } = page.route.value;
  if (view === "day") return <DayPane page={page} shop={shop} />;
  const place = countedPlace(page);
  const wide = page.wide.value;
  if (place) return <ShelfPicture view={place.view} wide={wide} framed={place.plate} near={!wide} />;
  return (
    <div class="plan-room">
      <Plan page={page} shop={shop} named={true} />
    </div>
  );
}
