import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    // The tests are one person's session: each goes on where the one before ended.
    fileParallelism: false,
    sequence: { concurrent: false },
    bail: 0,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
