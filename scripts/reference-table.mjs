// Prints how far every architecture is from Hugging Face transformers' numbers, and LoRA from PEFT's, quantity by quantity, on the backends that run
// here. Other arguments go to vitest, such as `-t wasm`. For WebGPU: MOS_REFERENCE_TABLE=1 node scripts/test-webgpu.mjs -t webgpu.
import { spawnSync } from "node:child_process";
import * as path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const { status } = spawnSync(
  process.execPath,
  [
    path.join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    ...["reference-models", "lora"].map((name) => `test/unit/training-host/model/${name}.test.ts`),
    ...["--reporter=dot", "--disable-console-intercept"],
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, MOS_REFERENCE_TABLE: "1" } },
);
process.exitCode = status ?? 1;
