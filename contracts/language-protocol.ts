/** Requests of our own between the editor and the language server, beside the standard protocol. */
import * as v from "valibot";
import { planSchema } from "./plan";

export const languageMethods = {
  /** PlansParams -> PlansResult: every run that the document asks for, resolved from the editor's current text. */
  plans: "mos/plans",
} as const;

export const plansParamsSchema = v.strictObject({
  uri: v.string(),
  /**
   * Experiments, ablations (`experiment/ablation`) or sweeps; empty: all of them. An experiment's name brings its variants,
   * with a slash behind it (`experiment/`) it does not.
   */
  names: v.array(v.string()),
  profile: v.nullable(v.string()),
});

export const plansResultSchema = v.strictObject({
  plans: v.array(planSchema),
  /** Errors that keep the plans from being made; then `plans` is empty. 1-based. */
  problems: v.array(
    v.strictObject({ file: v.string(), line: v.number(), column: v.number(), message: v.string() }),
  ),
});

export type PlansParams = v.InferOutput<typeof plansParamsSchema>;
export type PlansResult = v.InferOutput<typeof plansResultSchema>;
