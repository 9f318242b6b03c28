import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Stable names, because the public pages' tokens.css asks for the same files. */
const FONTS: Record<string, string> = {
  "fonts/literata-latin.woff2": "literata/files/literata-latin-wght-normal.woff2",
  "fonts/literata-latin-ext.woff2": "literata/files/literata-latin-ext-wght-normal.woff2",
  "fonts/atkinson-latin.woff2":
    "atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2",
  "fonts/atkinson-latin-ext.woff2":
    "atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2",
  // The fonts' licence asks that its text lies beside them.
  "fonts/literata-licence.txt": "literata/LICENSE",
  "fonts/atkinson-licence.txt": "atkinson-hyperlegible-next/LICENSE",
};

function fonts(): Plugin {
  const read = (path: string) => readFileSync(here(`./node_modules/@fontsource-variable/${path}`));
  return {
    name: "donecast-fonts",
    configureServer(server) {
      for (const [name, path] of Object.entries(FONTS)) {
        server.middlewares.use(`/studio/${name}`, (_request, response) => {
          response.setHeader("Content-Type", name.endsWith(".txt") ? "text/plain; charset=utf-8" : "font/woff2");
          response.end(read(path));
        });
      }
    },
    generateBundle() {
      for (const [fileName, path] of Object.entries(FONTS)) {
        this.emitFile({ type: "asset", fileName, source: read(path) });
      }
    },
  };
}

const server = process.env.DONECAST_API ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/studio/",
  plugins: [react(), tailwindcss(), fonts()],
  resolve: { alias: { "@": here("./src") } },
  build: {
    target: "es2022",
    manifest: true,
    // The fonts keep their address in tokens.css; nothing else is asked for by absolute path.
    rolldownOptions: { external: [/^\/studio\/fonts\//] },
  },
  server: {
    fs: { allow: [here("."), here("../src/donecast/site/static")] },
    proxy: Object.fromEntries(["/api", "/shows", "/listen", "/covers"].map((path) => [path, server])),
  },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://localhost/studio/" } },
    setupFiles: ["./src/testing/set-up.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
    testTimeout: 30_000,
    // The browser's build, as people get it: the one for Node cannot read a File.
    alias: { "tus-js-client": here("./node_modules/tus-js-client/lib.esm/browser/index.js") },
    restoreMocks: true,
  },
});
