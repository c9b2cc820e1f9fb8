import { parseArgs } from "node:util";
import { mediaWorkerState, packOffline, prepareMediaWorker, takeOffline } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { onStop, plain } from "./setting.ts";

/** The video worker without a gateway: made now, brought as a file, or packed for a computer without internet. */
export async function run(args: string[]) {
  const { values } = parseArgs({
    args,
    options: { offline: { type: "string" }, pack: { type: "string" }, arch: { type: "string" } },
  });
  if (values.offline !== undefined && values.pack !== undefined) throw plain("--offline or --pack, not both.");
  if (values.arch !== undefined && !["x64", "arm64"].includes(values.arch)) throw plain("--arch is x64 or arm64.");
  if (values.arch !== undefined && values.pack === undefined) throw plain("--arch goes with --pack FILE.");
  try {
    if (values.offline !== undefined) await take(values.offline);
    else if (values.pack !== undefined) await pack(values.pack, values.arch);
    else await prepare();
  } catch (error) {
    throw plain(error instanceof Error ? error.message : String(error));
  }
}

async function take(file: string) {
  const { bin, version } = await takeOffline(file);
  console.log(`The video worker ${version} is in its place: ${bin}\nIt runs on this computer. Start the gateway.`);
}

async function pack(file: string, arch: string | undefined) {
  const { sum, version } = await packOffline(file, { ...(arch === undefined ? {} : { arch }), ...telling() });
  console.log(
    `The video worker ${version} for ${arch ?? process.arch} is in ${file}\nSHA-256 ${sum}, also in ${file}.sha256`,
  );
  console.log(`Carry both to the other computer and type there: npx vitrine media-worker --offline ${file}`);
}

async function prepare() {
  const { bin } = await prepareMediaWorker(telling());
  const { version } = await mediaWorkerState();
  console.log(`The video worker ${version} is ready: ${bin}`);
}

/** A line on stderr for each new kind of step and each tenth of it; Ctrl-C keeps what is done so far. */
function telling() {
  const stop = new AbortController();
  onStop(async () => stop.abort());
  let said = "";
  return {
    log: silentLog,
    signal: stop.signal,
    onStatus({ step, progress }: { step: string; progress: number }) {
      const key = `${step.replace(/[\d.]+/g, "")} ${Math.floor(progress * 10)}`;
      if (key !== said) console.error(`${String(Math.round(progress * 100)).padStart(3)} %  ${step}`);
      said = key;
    },
  };
}
