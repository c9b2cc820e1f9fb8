import { parseArgs } from "node:util";
import { createHeadless } from "../headless/headless.ts";
import type { Quality } from "../headless/quality.ts";
import { byLink, whepUrlOf } from "../headless/whep-link.ts";
import { silentLog } from "../log.ts";
import { trustOwnCa } from "./own-gateway.ts";
import { dataFolderOf, plain } from "./setting.ts";

/** What a friend would call good: the picture there within a second, moving, without stops. */
const good = { firstFrameMs: 1_000, framesPerSecond: 10, roundTripMs: 150, lossShare: 0.02 };

/** Watches a mirror's link like a friend's page, over real HTTP, and says how good the picture is. Exit code 1 when it is not. */
export async function run(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seconds: { type: "string", default: "5" }, data: { type: "string" } },
  });
  const [link = ""] = positionals;
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= 600)) throw plain("--seconds is a number above 0 and up to 600.");
  const whep = whepUrlOf(link);
  if (!whep) throw plain("vitrine probe needs a mirror's link, for example https://shop.local:8080/s/…");
  trustOwnCa(dataFolderOf(values.data));
  const headless = createHeadless({ log: silentLog });
  const result = await headless.probe(byLink(whep), seconds);
  if (!result.ok) {
    console.error(`No picture from ${whep.origin}: ${result.reason}`);
    if (/fetch failed/.test(result.reason)) console.error(unreachable);
  } else {
    console.log(`Watched ${whep.origin} for ${Math.round(result.quality.seconds)} s, as a friend's page does.`);
    for (const { ok, what } of judge(result.quality)) console.log(`${ok ? "  fine " : "  look "} ${what}`);
  }
  process.exitCode = result.ok && judge(result.quality).every(({ ok }) => ok) ? 0 : 1;
  headless.close();
}

const unreachable =
  "Is the gateway running, and does this computer reach it? One with its own certificate authority is trusted by NODE_EXTRA_CA_CERTS=ca.crt.";

/** One line each of picture, start, movement and line. */
export function judge(quality: Quality): { ok: boolean; what: string }[] {
  const { width, height, codec, protocol, address, relayed, firstFrameMs, framesPerSecond, freezes, frozenMs } =
    quality;
  const { bitsPerSecond, roundTripMs, lossShare } = quality;
  const stops =
    freezes === 0 ? "no stop" : `${freezes} ${freezes === 1 ? "stop" : "stops"}, ${Math.round(frozenMs)} ms`;
  const trip = roundTripMs === undefined ? "" : `, ${roundTripMs.toFixed(1)} ms there and back`;
  return [
    {
      ok: width > 0,
      what: `${width} × ${height} ${codec.replace("video/", "")} by ${protocol.toUpperCase()} from ${address}${relayed ? " through the relay" : ""}`,
    },
    { ok: firstFrameMs <= good.firstFrameMs, what: `first picture after ${Math.round(firstFrameMs)} ms` },
    {
      ok: framesPerSecond >= good.framesPerSecond && freezes === 0,
      what: `${framesPerSecond.toFixed(1)} pictures a second, ${stops}`,
    },
    {
      ok: lossShare <= good.lossShare && (roundTripMs ?? 0) <= good.roundTripMs,
      what: `${Math.round(bitsPerSecond / 1_000)} kbit/s, ${(lossShare * 100).toFixed(1)} % lost${trip}`,
    },
  ];
}
