import path from "node:path";
import { defineConfig } from "vitest/config";

const root = path.resolve(import.meta.dirname, "../..");

/** On a WebGPU adapter: scripts/test-webgpu.mjs provides one. */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  root,
  define: { __DIST__: JSON.stringify(path.join(root, "dist")), __VERSION__: JSON.stringify("0.0.0-test") },
  test: {
    include: ["test/webgpu/**/*.test.ts"],
    server: { deps: { inline: [/@tensorflow/] } },
    setupFiles: ["test/property-seed.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    reporters: ["default"],
  },
});
