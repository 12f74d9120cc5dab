import path from "node:path";
import { defineConfig } from "vitest/config";

const root = path.resolve(import.meta.dirname, "../../..");

/** Against Hugging Face's own libraries: scripts/test-transformers.mjs installs them. */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  root,
  define: { __DIST__: JSON.stringify(path.join(root, "dist")), __VERSION__: JSON.stringify("0.0.0-test") },
  test: {
    include: ["test/compat/python/**/*.test.ts"],
    server: { deps: { inline: [/@tensorflow/] } },
    setupFiles: ["test/property-seed.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ["default"],
  },
});
