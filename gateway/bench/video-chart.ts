import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fixed, percentile } from "./figures.ts";
import type { Glass } from "./video-glass.ts";
import type { ViewerCost } from "./video-viewers.ts";

export type VideoFigures = { glass?: Glass; viewers?: ViewerCost };

type Bar = { name: string; value: number; text: string; ours: boolean };
type Group = { title: string; bars: Bar[] };

const width = 720;
const left = 196;
const right = 84;
const rowHeight = 26;
const barHeight = 14;
const groupGap = 44;
const top = 34;

/** A drawing for the documentation: what was measured of latency, and of processor time beside Janus. */
export function writeVideoChart(file: string, { glass, viewers }: VideoFigures): void {
  const groups = [...(glass ? [latencyOf(glass)] : []), ...(viewers ? [costOf(viewers)] : [])];
  if (groups.length === 0) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, draw(groups));
  console.log(`\n${file} is drawn.`);
}

function latencyOf({ peer, gateway, mirror }: Glass): Group {
  const bar = (name: string, ages: number[], share: number, ours: boolean): Bar => {
    const value = percentile(ages, share);
    return { name, value, text: `${fixed(value, 0)} ms`, ours };
  };
  return {
    title: "From camera to screen, 640 × 480 at 30 frames a second",
    bars: [
      bar("peer to peer, median", peer, 0.5, false),
      bar("Vitrine, median", gateway, 0.5, true),
      bar("peer to peer, 95 %", peer, 0.95, false),
      bar("Vitrine, 95 %", gateway, 0.95, true),
      ...(mirror.length > 0 ? [bar("with the try-on, median", mirror, 0.5, true)] : []),
    ],
  };
}

function costOf({ gateway, janus }: ViewerCost): Group {
  const bar = (name: string, share: number, ours: boolean): Bar => {
    return { name, value: share, text: `${fixed(100 * share, 2)} %`, ours };
  };
  return {
    title: "Processor time of one viewer, 1 Mb/s, of one core",
    bars: [bar("Janus", janus, false), bar("Vitrine", gateway, true)],
  };
}

/** Colours are those of the look's tokens, by day and by night. */
const style = `
  .ground{fill:#FCFDFB}.title{fill:#12201C;font-weight:600}.name{fill:#43504B}.value{fill:#12201C}
  .other{fill:#A9B7B0}.ours{fill:#0A5A50}.axis{stroke:#D3DAD5}
  text{font:14px system-ui,"Segoe UI",sans-serif}
  @media (prefers-color-scheme:dark){
    .ground{fill:#18211E}.title,.value{fill:#EAF0EC}.name{fill:#B9C5BF}
    .other{fill:#4A5B55}.ours{fill:#74CDB9}.axis{stroke:#2C3834}
  }
`;

function draw(groups: Group[]): string {
  let y = top;
  const parts: string[] = [];
  for (const { title, bars } of groups) {
    const most = Math.max(...bars.map(({ value }) => value));
    parts.push(`<text class="title" x="24" y="${y}">${title}</text>`);
    y += 16;
    parts.push(`<path class="axis" d="M${left} ${y}v${bars.length * rowHeight}"/>`);
    for (const { name, value, text, ours } of bars) {
      const length = fixed(((width - left - right) * value) / most, 1);
      const base = y + rowHeight / 2 + 5;
      parts.push(
        `<text class="name" x="${left - 10}" y="${base}" text-anchor="end">${name}</text>`,
        `<rect class="${ours ? "ours" : "other"}" x="${left}" y="${y + (rowHeight - barHeight) / 2}" width="${length}" height="${barHeight}"/>`,
        `<text class="value" x="${fixed(left + Number(length) + 8, 1)}" y="${base}">${text}</text>`,
      );
      y += rowHeight;
    }
    y += groupGap;
  }
  const height = y - groupGap + 24;
  const label = groups.map(
    ({ title, bars }) => `${title}: ${bars.map(({ name, text }) => `${name} ${text}`).join(", ")}.`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label.join(" ")}">`,
    `<style>${style}</style>`,
    `<rect class="ground" width="${width}" height="${height}" rx="4"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}
