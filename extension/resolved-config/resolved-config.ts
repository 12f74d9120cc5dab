import type { Config, Origin, Plan } from "../../contracts/plan";

/** A value of the resolved config with its address in the language's spelling. */
interface ResolvedValue {
  readonly address: string;
  readonly value: unknown;
}

/** The plan as a text to read: every value with where it came from, in the order of the plan. */
export function resolvedConfigText(plan: Plan): string {
  const values = resolvedValues(plan.config);
  const rows = values.map(({ address, value }) => ({
    left: `${address} = ${valueText(value)}`,
    right: originText(originOf(address, plan.origins)),
    block: address.split(".", 1)[0],
  }));
  const width = Math.min(60, Math.max(...rows.map(({ left }) => left.length)));
  const lines = rows.flatMap(({ left, right, block }, index) => {
    const line = `${left.padEnd(width)}  // ${right}`;
    return index > 0 && block !== rows[index - 1]!.block ? ["", line] : [line];
  });
  return [...heading(plan), "", ...lines, ""].join("\n");
}

function heading(plan: Plan): string[] {
  const doc = plan.doc === "" ? [] : plan.doc.split("\n").map((line) => `/// ${line}`);
  const overrides = Object.entries(plan.overrides).map(
    ([address, value]) => `//   ${address} = ${valueText(value)}`,
  );
  return [
    ...doc,
    `// ${plan.name}, resolved: every value and where it comes from`,
    `// ${plan.file}`,
    `// plan ${plan.id}, hash ${plan.hash}`,
    ...(overrides.length > 0 ? ["// replaced:", ...overrides] : []),
  ];
}

/** In the order of a `.mos` file; datasets by name. */
function resolvedValues({ seed, model, data, ...rest }: Config): ResolvedValue[] {
  const datasets = Object.fromEntries(data.map(({ name, ...dataset }) => [name, dataset]));
  return leaves({ seed, model, data: datasets, ...rest }, []);
}

/** Values that are no records, with the way to them. */
function leaves(value: unknown, path: readonly string[]): ResolvedValue[] {
  if (!isRecord(value) || Object.keys(value).length === 0) return [{ address: addressOf(path), value }];
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .flatMap(([key, member]) => leaves(member, [...path, key]));
}

/** Where the plan groups what the language does not: `train.duration.steps` is written `train.steps`. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/^train\.duration\./, "train."],
  [/^model\.name$/, "model"],
  [/^model\.scratch\.architecture$/, "model.scratch.kind"],
];

function addressOf(path: readonly string[]): string {
  const isUsersName = (index: number) =>
    index > 0 && ["data", "mixture.prior.weights"].includes(path.slice(0, index).join("."));
  const address = path.map((key, index) => (isUsersName(index) ? key : kebabCase(key))).join(".");
  return spellings.reduce((text, [from, to]) => text.replace(from, to), address);
}

/** The value's own origin, or that of the statement that it is a part of. */
function originOf(address: string, origins: Plan["origins"]): Origin | undefined {
  for (let at = address; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const origin = origins[at];
    if (origin) return origin;
  }
  return undefined;
}

function originText(origin: Origin | undefined): string {
  if (!origin || origin.layer === "default") return "default";
  if (origin.layer === "set") return "--set";
  return `${origin.layer}, ${origin.file}:${origin.line}`;
}

function valueText(value: unknown): string {
  if (value === null) return "none";
  return JSON.stringify(value);
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
