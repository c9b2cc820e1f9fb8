import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const page = (name: string) => fileURLToPath(new URL(`mirror-ui/${name}/index.html`, import.meta.url));

/** Builds the four pages. Everything they need is bundled or in public/: no page ever asks another host. */
export default defineConfig({
  root: "mirror-ui",
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    rollupOptions: {
      input: { mirror: page("mirror"), staff: page("staff"), phone: page("phone"), friend: page("friend") },
    },
  },
  server: { proxy: { "^/(api|mqtt|whip|whep|healthz|readyz)": { target: "http://127.0.0.1:8080", ws: true } } },
});
