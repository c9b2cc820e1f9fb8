import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { AvailabilityDay, PlaceDay } from "#wire/stock-views.ts";
import type { Shop } from "#wire/views.ts";
import { Icon } from "../../look/icons.tsx";
import { clockTime, lasting } from "../../look/time.ts";
import { usePolled } from "../devices/asking.ts";
import type { Page } from "../page.ts";
import { placeHref } from "../route.ts";
import { listed, nameOf } from "../words.ts";
import { type DayLine, dayBox, dayShifted, drawDay, emptySpans, localDay, longestEmpty, openFor } from "./day-line.ts";

type Props = { page: Page; shop: Shop };

const everyMs = 60_000;
const placesShown = 12;
const quarterMs = 15 * 60_000;

function useDay(page: Page, shop: Shop) {
  const route = page.route.value;
  const today = localDay(page.now.value, shop.timeZone);
  const day = route.view === "day" ? (route.day ?? today) : today;
  const { value, trouble } = usePolled<AvailabilityDay>(`/api/v1/history/availability?day=${day}`, everyMs);
  const line = value && drawDay(value, openFor(shop.opens, shop.closes));
  return { today, day, value, trouble, line };
}

/** The day as a line over the opening hours: how much of what belongs on the shelves was there to buy. */
export function DayPane({ page, shop }: Props): JSX.Element {
  const { value, line } = useDay(page, shop);
  if (!value || !line) return <div class="day-pane" />;
  return (
    <div class="day-pane">
      <DayPicture key={value.day} value={value} line={line} shop={shop} />
    </div>
  );
}

function DayPicture({ value, line, shop }: { value: AvailabilityDay; line: DayLine; shop: Shop }): JSX.Element {
  const last = value.points.length - 1;
  const [at, setAt] = useState(last);
  const point = value.points[Math.min(at, last)];
  const { width, height } = dayBox;
  // The handle stands under the quarter it means, so its way is the whole day, and ends where the day has come to.
  const quarters = Math.max(last, Math.round((line.to - line.from) / quarterMs) - 1);
  const here = point ? ((point.at + quarterMs / 2 - line.from) / (line.to - line.from)) * width : 0;
  const said = point ? `${clockTime(point.at, shop)}: ${percent(point.available)} of the places had goods` : "";
  return (
    <figure class="day-chart">
      <figcaption class="label n">{said}</figcaption>
      <div class="drawn">
        <svg viewBox={`0 -6 ${width} ${height + 6}`} preserveAspectRatio="none" aria-hidden="true">
          <rect class="bare" y={-6} width={width} height={height + 6} />
          <path class="area" d={line.area} />
          {line.hours.map((hour) => (
            <path key={hour.at} class="hour" d={`M${hour.x * width} 0V${height}`} />
          ))}
          <path class="curve" d={line.path} />
          <path class="here" d={`M${here} 0V${height}`} />
        </svg>
        <span class="f0 n hi">all</span>
        <span class="f0 n lo">{percent(line.floor)}</span>
      </div>
      <div class="times f0 n" aria-hidden="true">
        {line.hours.map((hour) => (
          <span key={hour.at}>{clockTime(hour.at, shop).slice(0, 2)}</span>
        ))}
      </div>
      <input
        type="range"
        class="scrub"
        min={0}
        max={quarters}
        value={at}
        aria-label="Time of the day"
        aria-valuetext={said}
        onInput={(event) => {
          const to = Math.min(event.currentTarget.valueAsNumber, last);
          event.currentTarget.value = String(to);
          setAt(to);
        }}
      />
    </figure>
  );
}

const percent = (share: number) => `${Math.round(share * 100)}\u00a0%`;

/** Which day, the places that stood empty longest with their times, and all of it as a table. */
export function DaySheet({ page, shop }: Props): JSX.Element {
  const { today, day, value, trouble, line } = useDay(page, shop);
  const empty = longestEmpty(value?.places ?? []);
  return (
    <div class="list day">
      <div class="row sp top-row">
        <a class="b bare back" href="#shelves">
          <Icon name="arrow-left" />
          Shelves
        </a>
        <span class="row">
          <a class="b bare" href={placeHref("day", dayShifted(day, -1))} aria-label="The day before">
            <Icon name="chevron-left" />
          </a>
          {day < today && (
            <a class="b bare" href={placeHref("day", dayShifted(day, 1))} aria-label="The day after">
              <Icon name="chevron-right" />
            </a>
          )}
        </span>
      </div>
      <h1 class="d f4">{dayName(day, today, shop)}</h1>
      {trouble && !value && <p class="q">{troubleWords(trouble.status)}</p>}
      {!trouble && !value && <span class="wait-row long" />}
      {value && <p class="q">{line ? dayWords(value, line, shop) : nothingWords(value, day === today)}</p>}
      {value && empty.length > 0 && (
        <ul class="empties">
          {empty.slice(0, placesShown).map((place) => (
            <EmptyPlace
              key={`${place.shelf}/${place.plate}/${place.sku}`}
              page={page}
              shop={shop}
              place={place}
              line={line}
            />
          ))}
        </ul>
      )}
      {empty.length > placesShown && (
        <p class="f1 q">{empty.length - placesShown} more were empty for a shorter time.</p>
      )}
      {value && line && <HourTable value={value} shop={shop} />}
    </div>
  );
}

function dayName(day: string, today: string, shop: Shop): string {
  if (day === today) return "Today";
  if (day === dayShifted(today, -1)) return "Yesterday";
  const noon = new Date(`${day}T12:00:00Z`);
  return new Intl.DateTimeFormat(shop.locale, {
    weekday: "long",
    day: "numeric",
    month: "long",
    timeZone: "UTC",
  }).format(noon);
}

function troubleWords(status: number): string {
  if (status === 0) return "There is no line. The day stands here again when it is back.";
  return "Nothing is kept of that day.";
}

function nothingWords({ places }: AvailabilityDay, isToday: boolean): string {
  if (!isToday) return "Nothing was noted that day.";
  return places.length > 0
    ? "The line begins when the first quarter of an hour is over."
    : "Nothing is noted before the shop opens.";
}

/** "3 places stood empty. Fewest had goods at 17:15, 91 %." */
function dayWords({ places, points }: AvailabilityDay, { worst }: DayLine, shop: Shop): string {
  const count = places.filter(({ emptyMs }) => emptyMs > 0).length;
  const mean = points.reduce((sum, { available }) => sum + available, 0) / Math.max(1, points.length);
  if (count === 0) return "No place stood empty.";
  const first = count === 1 ? "One place stood empty." : `${count} places stood empty.`;
  const rest = worst ? ` Fewest had goods at ${clockTime(worst.at, shop)}, ${percent(worst.available)};` : "";
  return `${first}${rest} over the day it was ${percent(mean)}.`;
}

function EmptyPlace(props: Props & { place: PlaceDay; line: DayLine | undefined }): JSX.Element {
  const { page, shop, place, line } = props;
  const times = place.empty.map(([from, until]) =>
    until === null ? `since ${clockTime(from, shop)}` : `${clockTime(from, shop)} to ${clockTime(until, shop)}`,
  );
  return (
    <li>
      <a class="plain" href={placeHref("shelf", place.shelf)}>
        <span class="row sp">
          <b>
            {place.shelf}, {nameOf(place.sku, page.known(shop))}
          </b>
          <span class="n f1 st-stop">{emptyFor(place.emptyMs, shop)}</span>
        </span>
        {line && (
          <svg class="strip" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="track" width={1000} height={10} />
            {emptySpans(place, line, page.now.value).map(({ x, width }) => (
              <rect key={x} class="gone" x={x * 1000} width={Math.max(3, width * 1000)} height={10} />
            ))}
          </svg>
        )}
        <span class="f1 q n line">{listed(times, 3)}</span>
      </a>
    </li>
  );
}

function emptyFor(ms: number, shop: Shop): string {
  const words = lasting(ms, shop.locale);
  return words === "now" ? "under a minute" : words;
}

/** The line in numbers, hour by hour, for whoever would rather read. */
function HourTable({ value, shop }: { value: AvailabilityDay; shop: Shop }): JSX.Element {
  const hours = value.points.filter((_, index) => index % 4 === 0);
  return (
    <details>
      <summary class="f1">The day in numbers</summary>
      <table class="goods f1 n">
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" class="r">
              Places with goods, at the least
            </th>
          </tr>
        </thead>
        <tbody>
          {hours.map(({ at }) => (
            <tr key={at}>
              <td>{clockTime(at, shop)}</td>
              <td class="r">{percent(leastIn(value, at))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function leastIn({ points }: AvailabilityDay, from: number): number {
  const hour = points.filter(({ at }) => at >= from && at < from + 4 * quarterMs);
  return Math.min(...hour.map(({ available }) => available));
}
