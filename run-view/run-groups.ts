/** Runs that differ in nothing but their seed, taken together. */
import { canonicalJson } from "../contracts/canonical-json";
import type { Plan } from "../contracts/plan";
import { type ComparedRun, isStatic } from "./comparison";

export interface RunGroup {
  /** Id of the first run: stays the same while runs are added. */
  readonly key: string;
  /** The plan's name without the seed, and the same without the experiment that all groups share; no two groups have one alike. */
  readonly name: string;
  readonly label: string;
  readonly isStatic: boolean;
  /** Distinct seeds, in the order given. */
  readonly runs: readonly ComparedRun[];
}

/** Groups in the order in which their first runs are given; a run made twice with one seed stands by itself. */
export function groupRuns(runs: readonly ComparedRun[]): RunGroup[] {
  const groups: { meaning: string; runs: ComparedRun[] }[] = [];
  for (const run of runs) {
    const meaning = meaningWithoutSeed(run.plan);
    const group = groups.find(
      (one) => one.meaning === meaning && one.runs.every(({ view }) => view.seed !== run.view.seed),
    );
    if (group) group.runs.push(run);
    else groups.push({ meaning, runs: [run] });
  }
  const firsts = groups.map((group) => group.runs[0]!);
  const names = toldApart(
    firsts.map(({ plan }) => nameWithoutSeed(plan.name)),
    firsts,
  );
  const labels = toldApart(shortNames(firsts), firsts);
  return groups.map((group, i) => ({
    key: firsts[i]!.view.id,
    name: names[i]!,
    label: labels[i]!,
    isStatic: isStatic(firsts[i]!.plan),
    runs: group.runs,
  }));
}

/** Equal for plans of the same name and the same config but for the seed. */
function meaningWithoutSeed({ name, config }: Plan): string {
  return canonicalJson([nameWithoutSeed(name), { ...config, seed: 0 }]);
}

/** A sweep over seeds names its points `.../seed=3`. */
export function nameWithoutSeed(name: string): string {
  const parts = name.split("/");
  const last = parts.pop()!;
  const kept = last.split(",").filter((setting) => !/^seed=\d+$/.test(setting));
  return [...parts, ...(kept.length > 0 ? [kept.join(",")] : [])].join("/");
}

/** Without the experiment, when all share it. */
function shortNames(firsts: readonly ComparedRun[]): string[] {
  const names = firsts.map(({ plan }) => nameWithoutSeed(plan.name));
  const shared = new Set(firsts.map(({ plan }) => plan.experiment)).size === 1;
  return names.map((name) => (shared && name.includes("/") ? name.slice(name.indexOf("/") + 1) : name));
}

/** What would be named alike is told by time, or plan, or run id. */
function toldApart(names: readonly string[], firsts: readonly ComparedRun[]): string[] {
  return names.map((name, i) => {
    const namesakes = firsts.filter((_, other) => names[other] === name);
    return namesakes.length === 1 ? name : `${name} (${distinction(firsts[i]!, namesakes)})`;
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
