import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { compile } from "./compile.ts";

/** As meson does it: a folder that was set up, or half, is left as it is. */
const meson = `#!/bin/sh
echo "meson $1" >> said
[ "$1" = setup ] || exit 0
[ -e build ] && { echo "Directory already configured."; exit 0; }
mkdir build && echo rules > build/build.ninja
`;
/** As ninja does it: fails on what a power cut spoilt, else makes what is missing. */
const ninja = `#!/bin/sh
echo ninja >> said
[ -e build/build.ninja ] || { echo "ninja: error: loading 'build.ninja'" >&2; exit 1; }
[ -e build/spoilt.o ] && { echo "spoilt.o: file not recognized" >&2; exit 1; }
echo "[278/278] Linking target mediasoup-worker"
printf '#!/bin/sh\\nexit 41\\n' > build/mediasoup-worker
`;
const strip = `#!/bin/sh
cp "$3" "$2" && chmod 755 "$2"
`;

/** A computer whose compilers are quick. */
async function workshop() {
  const folder = await mkdtemp(join(tmpdir(), "vitrine-compile-"));
  const [programs, worker] = [join(folder, "bin"), join(folder, "worker")];
  await mkdir(programs);
  await mkdir(worker);
  for (const [name, text] of Object.entries({ meson, ninja, strip })) {
    await writeFile(join(programs, name), text, { mode: 0o755 });
  }
  const before = process.env.PATH;
  process.env.PATH = `${programs}${delimiter}${before}`;
  onTestFinished(async () => {
    process.env.PATH = before;
    await rm(folder, { recursive: true, force: true });
  });
  const steps: string[] = [];
  const into = join(folder, "mediasoup-worker");
  return {
    build: join(worker, "build"),
    steps,
    into,
    said: async () => (await readFile(join(worker, "said"), "utf8")).trim().split("\n"),
    compile: () => compile({ worker, into, signal: undefined, onStep: (step) => steps.push(step) }),
  };
}

test("a build that was set up before goes on without being set up again", async () => {
  const shop = await workshop();
  await mkdir(shop.build);
  await writeFile(join(shop.build, "build.ninja"), "rules");
  await writeFile(join(shop.build, "made-before.o"), "code");
  await shop.compile();
  expect(await shop.said()).toEqual(["meson compile", "ninja"]);
  expect(existsSync(join(shop.build, "made-before.o"))).toBe(true);
  expect(shop.steps).toEqual(["Compiling the video worker, 278 of 278"]);
});

test("a set-up that a power cut left half done starts clean", async () => {
  const shop = await workshop();
  await mkdir(join(shop.build, "meson-private"), { recursive: true });
  await shop.compile();
  expect(await shop.said()).toEqual(["meson setup", "meson compile", "ninja"]);
  expect(existsSync(shop.into)).toBe(true);
});

test("what is left of an earlier build cannot be used: it is said, and built from the start, once", async () => {
  const shop = await workshop();
  await mkdir(shop.build);
  await writeFile(join(shop.build, "build.ninja"), "rules");
  await writeFile(join(shop.build, "spoilt.o"), "");
  await shop.compile();
  expect(await shop.said()).toEqual(["meson compile", "ninja", "meson setup", "meson compile", "ninja"]);
  expect(shop.steps[0]).toContain("building it from the start");
  expect(existsSync(shop.into)).toBe(true);
});
