const hanger = "M0 22V10Q0 0 8 2Q13 6 6 12M0 22L-42 46H42Z";

/** A rail with three hangers and nothing on them, for a page that has nothing to show. Drawn into a room 390 wide. */
export function EmptyRail({ railY, floorY, height }: { railY: number; floorY: number; height: number }) {
  return (
    <>
      <rect y={floorY} width="390" height={height - floorY} fill="var(--floor-1)" />
      <path d={`M84 ${floorY}L306 ${floorY}L368 ${height - 14}L178 ${height - 14}Z`} fill="#6f7f78" opacity=".2" />
      <path
        d={`M64 ${railY}H326M84 ${railY}V${floorY}M306 ${railY}V${floorY}M60 ${floorY}H108M282 ${floorY}H330`}
        stroke="var(--ink)"
        stroke-width="3"
        fill="none"
      />
      <g fill="none" stroke="var(--ink-2)" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">
        <path d={hanger} transform={`translate(150 ${railY})`} />
        <path d={hanger} transform={`translate(196 ${railY}) rotate(-3)`} />
        <path d={hanger} transform={`translate(240 ${railY}) rotate(2)`} />
      </g>
    </>
  );
}
