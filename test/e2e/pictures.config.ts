import { defineConfig } from "vitest/config";

/** Not a test: takes the pictures of the docs. See scripts/docs-pictures.mjs. */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({ test: { include: ["test/e2e/take-pictures.ts"], testTimeout: 180_000 } });
