import type { Config, Plan } from "../../../contracts/plan";
import { type PlanOptions, type PlanResult, resolvePlans } from "../../../language-server/language/plan";

/** Resolves files that stand in memory; the entry is /work/file.mos. */
export function resolveText(
  text: string,
  options: Partial<PlanOptions> = {},
  others: Readonly<Record<string, string>> = {},
): PlanResult {
  const files: Record<string, string> = { ...others, "/work/file.mos": text };
  return resolvePlans("/work/file.mos", (path) => files[path] ?? null, {
    names: [],
    profile: null,
    set: [],
    environment: {},
    ...options,
  });
}

export function plansOf(...args: Parameters<typeof resolveText>): Plan[] {
  const { plans, diagnostics } = resolveText(...args);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    throw new Error(errors.map(({ line, message }) => `line ${line}: ${message}`).join("\n"));
  return plans;
}

export function planOf(...args: Parameters<typeof resolveText>): Plan {
  const [plan] = plansOf(...args);
  if (!plan) throw new Error("no plan");
  return plan;
}

export function configOf(...args: Parameters<typeof resolveText>): Config {
  return planOf(...args).config;
}

export function errorsOf(...args: Parameters<typeof resolveText>): string[] {
  return resolveText(...args)
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ message }) => message);
}

/** A whole file around the lines of an experiment's block. */
export function fileWith(experiment = "", rest = "", model = 'path "models/tiny"'): string {
  return `model tiny { ${model} }
dataset math { path "math.jsonl"; format alpaca; dev "math-dev.jsonl" }
dataset medicine { path "medicine.jsonl"; format alpaca; dev "medicine-dev.jsonl" }
experiment skills {
  model tiny
  data  [math, medicine]
${experiment}
}
${rest}`;
}
