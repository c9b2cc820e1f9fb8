import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { packedTypeboxFolder, typeboxFiles } from "./typebox-files.ts";

/** Writes typebox in a few files, unless they are there; what these have in common is in further files, so that it is one. */
export async function packTypebox(folder = packedTypeboxFolder()) {
  if (existsSync(folder)) return;
  const input = Object.fromEntries(
    Object.entries(typeboxFiles).map(([name, file]) => [
      file.replace(".mjs", ""),
      fileURLToPath(import.meta.resolve(name)),
    ]),
  );
  mkdirSync(dirname(folder), { recursive: true });
  const beside = mkdtempSync(`${folder}-`);
  try {
    await build({
      configFile: false,
      logLevel: "warn",
      publicDir: false,
      ssr: { noExternal: true },
      build: {
        ssr: true,
        target: "esnext",
        outDir: beside,
        emptyOutDir: false,
        minify: false,
        rolldownOptions: { input, output: { entryFileNames: "[name].mjs", chunkFileNames: "shared-[name].mjs" } },
      },
    });
    // the service's user is not the one who installs
    chmodSync(beside, 0o755);
    // whole or not at all: a gateway may start meanwhile
    renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
