import type { JSX } from "preact";
import type { DeviceDetail, Shop } from "#wire/views.ts";
import { clockTime } from "../../look/time.ts";
import { chartSentence, chartSize, drawChart, type Series } from "./chart-line.ts";
import { valueWords } from "./value-words.ts";

const hourMs = 3_600_000;
/** More curves than this are a wall of lines; the plates and the battery come first. */
const mostCurves = 12;

/** The last hour of a device, one small chart for each thing it tells. */
export function Charts({ detail, now, shop }: { detail: DeviceDetail; now: number; shop: Shop }): JSX.Element {
  return (
    <section class="charts" aria-label="The last hour">
      {seriesOf(detail).map((series) => (
        <ChartOf key={series.name} series={series} now={now} shop={shop} />
      ))}
    </section>
  );
}

function seriesOf({ minutes, values }: DeviceDetail): Series[] {
  // Before its first word nothing is known, and a line at nought would say that it was silent.
  const first = minutes.findIndex(({ messages }) => messages > 0);
  const heard = first < 0 ? [] : minutes.slice(first);
  const messages: Series = {
    name: "Messages a minute",
    counts: true,
    points: heard.map((one) => [one.at, one.messages]),
  };
  const lost: Series = { name: "Lost a minute", counts: true, points: heard.map((one) => [one.at, one.lost]) };
  const measured = values.map(({ name, unit, points }): Series => ({ ...valueWords(name, unit), points }));
  const anyLost = heard.some((one) => one.lost > 0);
  return [messages, ...(anyLost ? [lost] : []), ...measured.slice(0, mostCurves)];
}

function ChartOf({ series, now, shop }: { series: Series; now: number; shop: Shop }): JSX.Element {
  const from = now - hourMs;
  const { path, area, top, bottom, last } = drawChart(series, from, now, shop.locale);
  const { width, height } = chartSize;
  const sentence = chartSentence(series, shop.locale);
  return (
    <figure class="chart">
      <figcaption class="f1">
        <b>{series.name}</b> <span class="q">{sentence}</span>
      </figcaption>
      <div class="drawn" aria-hidden="true">
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
          <path class="base" d={`M0 ${height - 0.5}H${width}`} />
          {area && <path class="area" d={area} />}
          <path class="curve" d={path} />
        </svg>
        <span class={`axis f0 n ${bottom === "" ? "mid" : "hi"}`}>{top}</span>
        <span class="axis f0 n lo">{bottom}</span>
        {last && <i class="end" style={{ insetBlockStart: `${(last.y / height) * 100}%` }} />}
      </div>
      <div class="times f0 qq n" aria-hidden="true">
        <span>{clockTime(from, shop)}</span>
        <span>{clockTime(from + hourMs / 2, shop)}</span>
        <span>now</span>
      </div>
    </figure>
  );
}
