// Bundles engine-step.ts and runs it: `node test/bench/engine-step.mjs [quickstart|a|b|c ...] [--cpu]`.
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import * as esbuild from "esbuild";

const root = path.resolve(import.meta.dirname, "../..");
const bundle = path.join(root, ".cache/bench/engine-step.mjs");
await esbuild.build({
  entryPoints: [path.join(import.meta.dirname, "engine-step.ts")],
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "esm",
  mainFields: ["module", "main"],
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname;",
  },
  define: { __DIST__: JSON.stringify(path.join(root, "dist")), __VERSION__: '"bench"' },
});
const { status } = spawnSync(process.execPath, [bundle, ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = status ?? 1;
