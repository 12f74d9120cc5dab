/** What the process that tries a backend answers, as JSON on its file descriptor `PROBE_ANSWER`. */
import * as v from "valibot";

/** Not standard output: libraries print there what they like. */
export const PROBE_ANSWER = 3;

export const backendProbeSchema = v.strictObject({
  works: v.boolean(),
  /** What computes, or why not: one sentence. */
  detail: v.string(),
  /** What to do about it; "" when it works. */
  advice: v.string(),
  /** It says that it is a GPU, and computes on the CPU. */
  software: v.boolean(),
  /** Kernels multiply and add in one instruction. */
  relaxedSimd: v.boolean(),
});
export type BackendProbe = v.InferOutput<typeof backendProbeSchema>;

export function failedProbe(detail: string, advice: string): BackendProbe {
  return { works: false, detail, advice, software: false, relaxedSimd: false };
}
