import path from "node:path";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const root = path.resolve(import.meta.dirname, "../..");

/** Its files run one after the other, in one process if they are not `isolate`d. */
function project(name: string, order: number, isolate: boolean): TestProjectInlineConfiguration {
  return {
    root,
    define: { __DIST__: JSON.stringify(path.join(root, "dist")), __VERSION__: JSON.stringify("0.0.0-test") },
    test: {
      name,
      include: [`test/webgpu/${name}/*.test.ts`],
      server: { deps: { inline: [/@tensorflow/] } },
      setupFiles: ["test/property-seed.ts"],
      pool: "forks",
      maxWorkers: 1,
      isolate,
      sequence: { groupOrder: order },
      testTimeout: 300_000,
      hookTimeout: 60_000,
    },
  };
}

/**
 * On a WebGPU adapter: scripts/test-webgpu.mjs provides one. What computes shares a process, and with it the shaders, whose
 * compilation takes longest; what loses its GPU has another.
 */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  root,
  test: {
    reporters: ["default"],
    projects: [project("computing", 0, false), project("device", 1, true), project("host", 2, true)],
  },
});
