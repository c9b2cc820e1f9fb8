import type { ComponentChildren } from "preact";
import { drawing } from "../look/drawings.ts";

/** The room in daylight: two flat walls, a rail. Drawn on 390 by 312, the pane of the phone pages. */
export function Room({ children }: { children?: ComponentChildren }) {
  return (
    <div class="pane room">
      <svg viewBox="0 0 390 312" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
        <path d="M0 0H210L390 312H0Z" fill="var(--wall-1)" />
        {children}
      </svg>
    </div>
  );
}

type ThingProps = { picture: string; colour?: string | undefined; children?: ComponentChildren };

/** A thing where it belongs: garments hang from the rail, everything else stands on a board. */
export function ThingInRoom({ picture, colour, children }: ThingProps) {
  const { width, height, hangs, body } = drawing(picture, colour);
  const scale = hangs ? 292 / height : Math.min(230 / width, 176 / height);
  const place = hangs
    ? { x: 175 - (width * scale) / 2, y: 26 }
    : { x: 165 - (width * scale) / 2, y: 236 - height * scale };
  return (
    <div class="pane room">
      <svg viewBox="0 0 390 312" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
        <path d="M0 0H210L390 312H0Z" fill="var(--wall-1)" />
        {hangs ? (
          <>
            <path d="M0 26H390" stroke="var(--ink)" stroke-width="2" />
            <path d="M118 27m92 40l64 170l34 78h-130l-20-88z" fill="#12201C" opacity=".2" />
          </>
        ) : (
          <>
            <rect y="236" width="390" height="76" fill="var(--floor-1)" />
            <path d="M0 236H390" stroke="var(--ink)" stroke-width="2" />
            <path
              d={`M${place.x + width * scale * 0.1} 237h${width * scale * 0.85}l70 40h-${width * scale * 0.95}z`}
              fill="#12201C"
              opacity=".16"
            />
          </>
        )}
        <svg
          x={place.x}
          y={place.y}
          width={width * scale}
          height={height * scale}
          viewBox={`0 0 ${width} ${height}`}
          dangerouslySetInnerHTML={{ __html: body }}
        />
      </svg>
      {children}
    </div>
  );
}

/** What hangs at the door: three garments of the shop, as far from the start of the rail as given. */
const greeting = [
  { picture: "knit-oat", x: 34 },
  { picture: "coat-quay", x: 126 },
  { picture: "shirt-sage", x: 222 },
];

export function FullRail() {
  const size = 0.95;
  return (
    <>
      <path d="M0 34H390" stroke="var(--ink)" stroke-width="2" />
      {greeting.map(({ picture, x }) => {
        const { width, height, body } = drawing(picture);
        return (
          <svg
            key={picture}
            x={x}
            y={34}
            width={width * size}
            height={height * size}
            viewBox={`0 0 ${width} ${height}`}
            dangerouslySetInnerHTML={{ __html: body }}
          />
        );
      })}
    </>
  );
}
