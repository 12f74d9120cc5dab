import path from "node:path";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;

export default defineConfig({
  // The bundles find their neighbours (wasm files, the host's entry) in dist; so do the sources under test.
  define: { __DIST__: JSON.stringify(path.join(root, "dist")), __VERSION__: JSON.stringify("0.0.0-test") },
  test: {
    include: ["test/unit/**/*.test.ts", "test/language-server/**/*.test.ts", "test/host/**/*.test.ts"],
    // Node cannot load TensorFlow.js's ES modules, whose imports lack extensions; the bundler can.
    server: { deps: { inline: [/@tensorflow/] } },
    // What the hosts under test remember of this machine is theirs, not the user's.
    env: { MOS_CACHE: path.join(root, ".cache/mos") },
    setupFiles: ["test/property-seed.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine may need long for what usually takes milliseconds.
    expect: { poll: { timeout: 30_000, interval: 10 } },
    reporters: ["default"],
  },
});
