import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildVisionModels } from "./vision-models.ts";

// What `npm install` prepares: face models for the mirror and the built pages. The video worker is prepared at the first
// start, because a shop should not wait for it.
const root = fileURLToPath(new URL("../../", import.meta.url));

console.log("Vitrine: preparing the mirror's face models and the pages");
await buildVisionModels(fileURLToPath(new URL("../../mirror-ui/public/vision/", import.meta.url)));
execFileSync(
  process.execPath,
  [fileURLToPath(new URL("../../node_modules/vite/bin/vite.js", import.meta.url)), "build", "--logLevel", "warn"],
  {
    cwd: root,
    stdio: "inherit",
  },
);

// The first start should be as quick as the next: Node compiles and keeps what the gateway is made of.
const cache = fileURLToPath(new URL("../../node_modules/.cache/vitrine", import.meta.url));
const parts = ["gateway.ts", "commands/demo.ts", "commands/start.ts"].map(
  (file) => new URL(`../${file}`, import.meta.url),
);
execFileSync(
  process.execPath,
  ["--input-type=module", "-e", parts.map((part) => `await import("${part}");`).join("\n")],
  {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  },
);
