import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { Lazy } from "./lazy.tsx";
import type { Page } from "./page.ts";

type Props = { page: Page; shop: Shop };

const load = () => import("./stock/stock.tsx");

/** Counting, the day and what is held: what stands behind the glass. */
export function StockPane(props: Props): JSX.Element {
  return (
    <Lazy load={load} quiet={true}>
      {({ Pane }) => <Pane {...props} />}
    </Lazy>
  );
}

/** The same, as it is read and touched. */
export function StockSheet(props: Props): JSX.Element {
  return <Lazy load={load}>{({ Sheet }) => <Sheet {...props} />}</Lazy>;
}

/** Fetched when the page has nothing better to do, so that counting opens without a line too. */
export function fetchStockPart(): void {
  setTimeout(() => void load().catch(() => undefined), fetchAfterMs);
}

const fetchAfterMs = 4_000;
