/** Plans as `mos plan` prints them: every value of the resolved config with where it came from. Pure. */
import type { Plan } from "../../contracts/plan";
import { noValueWord, originText, resolvedValues } from "../../run-view/resolved-values";
import type { Style } from "./style";
import { table } from "./table";
import { truncate } from "./text-width";

const LONGEST_VALUE = 60;

/** The first plan of an experiment whole; each other one of it as what differs from that. */
export function planPages(plans: readonly Plan[], width: number, style: Style): string[] {
  const firsts = new Map<string, Plan>();
  const lines = plans.flatMap((plan, index) => {
    const base = firsts.get(plan.experiment);
    if (base === undefined) firsts.set(plan.experiment, plan);
    return [...(index === 0 ? [] : [""]), ...planPage(plan, base ?? null, style)];
  });
  return lines.map((line) => truncate(line, width));
}

function planPage(plan: Plan, base: Plan | null, style: Style): string[] {
  const values = configValues(plan);
  const shown = base === null ? values : differingFrom(values, configValues(base));
  const overrides = Object.keys(plan.overrides);
  return [
    `${style.bold(plan.name)}  ${style.dim(plan.id)}`,
    ...(plan.doc === "" ? [] : plan.doc.split("\n").map((line) => style.dim(line))),
    ...(overrides.length > 0 ? [`overrides ${overrides.join(", ")}`] : []),
    ...(base === null ? [] : [style.dim(`The values that differ from ${base.name}:`)]),
    ...valueTable(shown, style),
  ];
}

function valueTable(values: readonly ConfigValue[], style: Style): string[] {
  const rows = values.map(({ address, text, origin }) => [
    address,
    truncate(text, LONGEST_VALUE),
    style.dim(origin),
  ]);
  const [, ...lines] = table(
    [
      { title: "", align: "left" },
      { title: "", align: "left" },
      { title: "", align: "left" },
    ],
    rows,
  );
  return lines.map((line) => `  ${line}`);
}

interface ConfigValue {
  /** In the language's spelling. */
  address: string;
  text: string;
  origin: string;
}

function configValues(plan: Plan): ConfigValue[] {
  return resolvedValues(plan).map(({ address, value, origin }) => ({
    address,
    text: value === null ? noValueWord(address) : valueText(value),
    origin: originText(origin),
  }));
}

/** What is new or has another value; and what is gone, as `none`. */
function differingFrom(values: readonly ConfigValue[], base: readonly ConfigValue[]): ConfigValue[] {
  const before = new Map(base.map((value) => [value.address, value.text]));
  const here = new Set(values.map(({ address }) => address));
  const gone = base.filter(({ address }) => !here.has(address));
  return [
    ...values.filter(({ address, text }) => before.get(address) !== text),
    ...gone.map(({ address }) => ({ address, text: "none", origin: "" })),
  ];
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
