import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { heatOf } from "./heat.ts";
import type { Page } from "./page.ts";
import { peopleWords, zoneName } from "./words.ts";

type Props = { page: Page; shop: Shop };

/** How many people are in the shop, and where most of them are. */
export function crowd(page: Page, shop: Shop): { total: number; most: string | undefined } {
  const zones = [...page.zones.value.values()];
  const total = zones.reduce((sum, { occupancy }) => sum + occupancy, 0);
  const fullest = zones.reduce<(typeof zones)[number] | undefined>(
    (best, zone) => (zone.occupancy > (best?.occupancy ?? 0) ? zone : best),
    undefined,
  );
  return { total, most: fullest && zoneName(fullest.zone, shop) };
}

/** The plan's blue in words and numbers. */
export function ZoneList({ page, shop }: Props): JSX.Element {
  const { total, most } = crowd(page, shop);
  const zones = shop.zones
    .map((zone) => ({ ...zone, people: page.zones.value.get(zone.id)?.occupancy ?? 0 }))
    .sort((a, b) => b.people - a.people || a.name.localeCompare(b.name));
  return (
    <section class="list">
      <h1 class="d f4">{page.wide.value ? "Where they are" : peopleWords(total, most)}</h1>
      <ul class="rows n">
        {zones.map(({ id, name, people }) => (
          <li key={id}>
            <div>
              <span class={`blue heat-${heatOf(people)}`} />
              <span class="grow">{name}</span>
              <b>{people}</b>
            </div>
          </li>
        ))}
      </ul>
      <p class="f1 qq">Baskets and heads are counted here, never faces.</p>
    </section>
  );
}

export function Legend(): JSX.Element {
  return (
    <div class="legend f1 q">
      <span>
        <span class="mark stop" />
        empty
      </span>
      <span>
        <span class="mark wait" />
        low
      </span>
      <span>
        <span class="mark fine" />
        full
      </span>
      <span>
        <span class="mark unseen" />
        not sure
      </span>
      <span class="end">
        few
        <span class="heatbar">
          {[1, 2, 3, 4].map((step) => (
            <i key={step} class={`heat-${step}`} />
          ))}
        </span>
        many
      </span>
    </div>
  );
}
