/** Plans as `mos plan` prints them: every value of the resolved config with where it came from. Pure. */
import type { Origin, Plan } from "../../contracts/plan";
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

function configValues({ config, origins }: Plan): ConfigValue[] {
  const data = Object.fromEntries(config.data.map(({ name, ...dataset }) => [name, dataset]));
  return leaves({ ...config, data }, []).map(([path, value]) => {
    const address = path.join(".");
    return { address, text: valueText(value), origin: originText(originOf(address, origins)) };
  });
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

/** Values that are no records, with the way to them; names of datasets stay as they are, keys are spelled with hyphens. */
function leaves(value: unknown, path: readonly string[]): [readonly string[], unknown][] {
  if (!isRecord(value) || Object.keys(value).length === 0) return [[path, value]];
  const isOfNames = path.join(".") === "data" || path.join(".") === "mixture.prior.weights";
  const spelled = (key: string) => (isOfNames ? key : hyphenated(key));
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .flatMap(([key, member]) => leaves(member, isGroup(path, key) ? path : [...path, spelled(key)]));
}

/** In the language `steps`, `epochs` and `tokens` stand in `train` itself: exactly one of them is given. */
function isGroup(path: readonly string[], key: string): boolean {
  return path.length === 1 && path[0] === "train" && key === "duration";
}

/** Its own, or that of the statement that it is a part of. */
function originOf(address: string, origins: Plan["origins"]): Origin | null {
  for (let at = address; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const origin = origins[at];
    if (origin !== undefined) return origin;
  }
  return null;
}

function originText(origin: Origin | null): string {
  if (origin === null || origin.layer === "default") return "default";
  return origin.layer === "set" ? "--set" : `${origin.layer} ${origin.file}:${origin.line}`;
}

function valueText(value: unknown): string {
  if (value === null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function hyphenated(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
