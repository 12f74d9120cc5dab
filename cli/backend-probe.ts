/** What the child process of `mos doctor` answers. */
import * as v from "valibot";

export const backendNames = ["wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

export const backendProbeSchema = v.strictObject({
  works: v.boolean(),
  /** What computes, or why not. */
  detail: v.string(),
  relaxedSimd: v.boolean(),
});
export type BackendProbe = v.InferOutput<typeof backendProbeSchema>;
