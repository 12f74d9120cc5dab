import path from "node:path";
import { defineConfig } from "vitest/config";

/** The panels' bundles (dist/webview must be built) in a real browser. */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  root: path.resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/webview/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default"],
  },
});
