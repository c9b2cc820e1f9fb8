import { existsSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packedTypeboxFolder, typeboxFiles } from "./install/typebox-files.ts";

// To be loaded first, as vitrine.js does, or by `--import`: what is imported after it, in this thread, has typebox from the
// few files that install/pack-typebox.ts made, where there are any. As it comes it is 683 modules, and Node keeps more of
// each than is in it: 13 MB, and a tenth of a second at every start.
const folder = packedTypeboxFolder();
const files = Object.entries(typeboxFiles).map(([name, file]) => ({ name, path: join(folder, file) }));
if (files.every(({ path }) => existsSync(path))) {
  const urls = new Map(files.map(({ name, path }) => [name, pathToFileURL(path).href]));
  registerHooks({
    resolve(specifier, context, next) {
      const url = urls.get(specifier);
      return url === undefined ? next(specifier, context) : { url, format: "module", shortCircuit: true };
    },
  });
}
