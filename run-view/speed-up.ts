/**
 * How much sooner than a baseline a run reaches the baseline's final held-out loss, on the fixed reference mixture. Training
 * losses would not do: each run's are of its own mixture (the paper's "2.2 times faster" is such a claim).
 */
import type { EvaluationView } from "./run-view";

export type SpeedUp =
  /** `factor` = baselineSteps / steps, both interpolated between evaluations. */
  | {
      readonly kind: "reached";
      readonly factor: number;
      readonly steps: number;
      readonly baselineSteps: number;
    }
  /** Not at any evaluation; `best` is the run's least reference loss. */
  | { readonly kind: "not-reached"; readonly target: number; readonly best: number }
  | { readonly kind: "baseline" }
  /** It cannot be told; why, in a few words. */
  | { readonly kind: "unknown"; readonly reason: string };

type Evaluations = readonly Pick<EvaluationView, "step" | "reference">[];

/** The run's steps to the baseline's final reference loss, against the steps that the baseline itself needs to get there. */
export function speedUp(run: Evaluations, baseline: Evaluations): SpeedUp {
  const target = finalReferenceLoss(baseline);
  if (target === null) return { kind: "unknown", reason: "the baseline has no held-out loss" };
  const losses = run.map(({ reference }) => reference.loss).filter((loss) => loss !== null);
  if (losses.length === 0) return { kind: "unknown", reason: "the run has no held-out loss" };
  const baselineSteps = stepsToReach(baseline, target);
  const steps = stepsToReach(run, target);
  if (steps === null) return { kind: "not-reached", target, best: Math.min(...losses) };
  if (steps === 0 || baselineSteps === null || baselineSteps === 0) {
    return { kind: "unknown", reason: "the loss was reached before the first step" };
  }
  return { kind: "reached", factor: baselineSteps / steps, steps, baselineSteps };
}

export function finalReferenceLoss(evaluations: Evaluations): number | null {
  return evaluations.at(-1)?.reference.loss ?? null;
}

/** The first step at which the reference loss is `target` or less, interpolated between evaluations; null: at none. */
export function stepsToReach(evaluations: Evaluations, target: number): number | null {
  let before: { step: number; loss: number } | null = null;
  for (const { step, reference } of evaluations) {
    const loss = reference.loss;
    if (loss === null) continue;
    if (loss <= target) {
      if (before === null) return step;
      return before.step + ((before.loss - target) / (before.loss - loss)) * (step - before.step);
    }
    before = { step, loss };
  }
  return null;
}
