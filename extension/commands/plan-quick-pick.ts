import type { Plan } from "../../contracts/plan";

/** A `vscode.QuickPickItem` over some of a file's plans. */
export interface PlanItem {
  readonly label: string;
  readonly description: string;
  readonly detail?: string;
  readonly plans: readonly Plan[];
}

/** For each experiment one item that stands for all its runs, when there are several, then one for each of them. */
export function runnableItems(plans: readonly Plan[]): PlanItem[] {
  return byExperiment(plans).flatMap((group) => {
    const singles = group.map(singleItem);
    return group.length > 1 ? [wholeItem(group), ...singles] : singles;
  });
}

/** One item for each plan. */
export function planItems(plans: readonly Plan[]): PlanItem[] {
  return plans.map(singleItem);
}

function wholeItem(group: readonly Plan[]): PlanItem {
  const { experiment, doc } = group.find((plan) => plan.name === plan.experiment) ?? group[0]!;
  return {
    label: `$(run-all) ${experiment}`,
    description: `all ${group.length} runs`,
    ...detailOf(doc),
    plans: group,
  };
}

function singleItem(plan: Plan): PlanItem {
  const changes = Object.entries(plan.overrides).map(([address, value]) => `${address} ${textOf(value)}`);
  const isVariant = plan.name !== plan.experiment;
  return {
    label: `$(play) ${plan.name}`,
    description: isVariant ? changes.join(", ") : "as written",
    ...detailOf(plan.doc),
    plans: [plan],
  };
}

function byExperiment(plans: readonly Plan[]): Plan[][] {
  const groups = new Map<string, Plan[]>();
  for (const plan of plans) groups.set(plan.experiment, [...(groups.get(plan.experiment) ?? []), plan]);
  return [...groups.values()];
}

function detailOf(doc: string): { detail?: string } {
  return doc === "" ? {} : { detail: doc.split("\n", 1)[0]! };
}

/** `null` is how a plan says `none` and `off`. */
function textOf(value: unknown): string {
  if (value === null) return "off";
  return typeof value === "string" ? value : JSON.stringify(value);
}
