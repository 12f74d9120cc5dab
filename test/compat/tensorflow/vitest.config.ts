import path from "node:path";
import { defineConfig } from "vitest/config";

const root = path.resolve(import.meta.dirname, "../../..");

/** On native TensorFlow: scripts/test-tensorflow.mjs installs it. */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  root,
  define: { __DIST__: JSON.stringify(path.join(root, "dist")), __VERSION__: JSON.stringify("0.0.0-test") },
  test: {
    include: [
      "test/compat/tensorflow/**/*.test.ts",
      // The same numbers of Hugging Face transformers and PyTorch as on the other backends.
      "test/unit/training-host/model/reference-models.test.ts",
      "test/unit/training-host/training/adamw.test.ts",
    ],
    env: { MOS_TEST_BACKENDS: "tensorflow" },
    server: { deps: { inline: [/@tensorflow/] } },
    setupFiles: ["test/property-seed.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    reporters: ["default"],
  },
});
