import { defineConfig } from "vitest/config";

/** The packaged extension in the workbench: see scripts/test-e2e.mjs. */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    // The tests are one person's session: each goes on where the one before ended.
    fileParallelism: false,
    sequence: { concurrent: false },
    expect: { poll: { timeout: 30_000, interval: 100 } },
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
