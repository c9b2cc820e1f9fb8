import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { Lazy } from "./lazy.tsx";
import type { Page } from "./page.ts";

const load = () => import("./planogram/planogram.tsx");

/** Where everything belongs, and where a manager says so. */
export function PlanogramPart(props: { page: Page; shop: Shop }): JSX.Element {
  return (
    <Lazy load={load} opening="Opening the planogram.">
      {({ PlanogramPage }) => <PlanogramPage {...props} />}
    </Lazy>
  );
}
