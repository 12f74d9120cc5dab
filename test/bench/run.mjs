// Bundles and runs one benchmark: `node test/bench/run.mjs <name> [options]`.
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import * as esbuild from "esbuild";

const root = path.resolve(import.meta.dirname, "../..");
const cache = path.join(root, ".cache/bench");
const [name, ...options] = process.argv.slice(2);

await esbuild.build({
  entryPoints: [name, "engine-worker"].map((entry) => path.join(import.meta.dirname, `${entry}.ts`)),
  outdir: cache,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  mainFields: ["module", "main"],
  external: ["koffi", "webgpu", "@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"],
  sourcemap: true,
  // CommonJS packages inside of an ES module.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url); const __dirname = import.meta.dirname;",
  },
  define: {
    __DIST__: JSON.stringify(path.join(root, "dist")),
    __VERSION__: '"bench"',
    __ROOT__: JSON.stringify(root),
  },
  logLevel: "warning",
});
const { status } = spawnSync(
  process.execPath,
  ["--enable-source-maps", path.join(cache, `${name}.mjs`), ...options],
  {
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
