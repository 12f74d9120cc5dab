import { canonicalJson } from "../contracts/canonical-json";
import type { Plan } from "../contracts/plan";
import { type ComparedRun, isStatic } from "../run-view/comparison";

/** Runs of one plan that differ in nothing but the seed. */
export interface RunGroup {
  /** Id of the first run: stays the same while the panel lives. */
  key: string;
  label: string;
  isStatic: boolean;
  /** Distinct seeds, in the order given. */
  runs: readonly ComparedRun[];
}

/** Groups in the order in which their first runs are given; a run made twice with one seed stands by itself. */
export function groupRuns(runs: readonly ComparedRun[]): RunGroup[] {
  const groups: ComparedRun[][] = [];
  for (const run of runs) {
    const group = groups.find(
      ([first, ...rest]) =>
        isSamePlan(first!.plan, run.plan) &&
        [first!, ...rest].every((other) => other.view.seed !== run.view.seed),
    );
    if (group) group.push(run);
    else groups.push([run]);
  }
  const labels = groupLabels(groups.map(([first]) => first!));
  return groups.map((group, i) => ({
    key: group[0]!.view.id,
    label: labels[i]!,
    isStatic: isStatic(group[0]!.plan),
    runs: group,
  }));
}

/** The same name and the same config but for the seed; a sweep over seeds names its points `.../seed=3`. */
function isSamePlan(a: Plan, b: Plan): boolean {
  if (nameWithoutSeed(a.name) !== nameWithoutSeed(b.name)) return false;
  return canonicalJson({ ...a.config, seed: 0 }) === canonicalJson({ ...b.config, seed: 0 });
}

export function nameWithoutSeed(name: string): string {
  const parts = name.split("/");
  const last = parts.pop()!;
  const kept = last.split(",").filter((setting) => !/^seed=\d+$/.test(setting));
  return [...parts, ...(kept.length > 0 ? [kept.join(",")] : [])].join("/");
}

/** Names without the experiment that they all share; what would be named alike is told by time, or plan, or run id. */
function groupLabels(firsts: readonly ComparedRun[]): string[] {
  const names = firsts.map(({ plan }) => nameWithoutSeed(plan.name));
  const shared = new Set(firsts.map(({ plan }) => plan.experiment)).size === 1;
  const short = names.map((name) =>
    shared && name.includes("/") ? name.slice(name.indexOf("/") + 1) : name,
  );
  return short.map((label, i) => {
    const namesakes = firsts.filter((_, other) => short[other] === label);
    return namesakes.length === 1 ? label : `${label} (${distinction(firsts[i]!, namesakes)})`;
  });
}

const distinctions: readonly ((run: ComparedRun) => string)[] = [
  ({ view }) => view.created.slice(0, 19).replace("T", " "),
  ({ plan }) => plan.hash.slice(0, 8),
  ({ view }) => view.id,
];

function distinction(run: ComparedRun, namesakes: readonly ComparedRun[]): string {
  const telling = distinctions.find((tell) => new Set(namesakes.map(tell)).size === namesakes.length);
  return (telling ?? distinctions.at(-1)!)(run);
}
