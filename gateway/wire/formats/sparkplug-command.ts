/** What the gateway says to a Sparkplug node: be born again [tck-id-operational-behavior-data-commands-rebirth-name]. */
export function rebirthCommand({ group, node }: { group: string; node: string }, nowMs: number) {
  const timestamp = varint(nowMs);
  const metric = Buffer.concat([
    textField(1, "Node Control/Rebirth"),
    Buffer.from([tag(3, 0)]),
    timestamp,
    Buffer.from([tag(4, 0), booleanType, tag(14, 0), 1]),
  ]);
  const payload = Buffer.concat([Buffer.from([tag(1, 0)]), timestamp, Buffer.from([tag(2, 2), metric.length]), metric]);
  return { topic: `spBv1.0/${group}/NCMD/${node}`, payload };
}

const booleanType = 11;
const tag = (field: number, wire: number) => field * 8 + wire;

function textField(field: number, text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([Buffer.from([tag(field, 2), bytes.length]), bytes]);
}

/** Seven bits a byte, the lowest first; whole numbers up to 2^53. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}
