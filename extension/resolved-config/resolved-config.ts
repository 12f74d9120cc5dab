import type { Plan } from "../../contracts/plan";
import { noValueWord, originText, resolvedValues } from "../../run-view/resolved-values";

/** Origins stand in a column of their own unless that would be further right. */
const LONGEST_VALUE = 60;

/** The plan as a text to read: every value with where it came from, in the order of a `.mos` file. */
export function resolvedConfigText(plan: Plan): string {
  const rows = resolvedValues(plan).map(({ address, value, origin }) => ({
    left: `${address} = ${value === null ? noValueWord(address) : valueText(value)}`,
    right: originText(origin),
    block: address.split(".", 1)[0],
  }));
  const width = Math.min(LONGEST_VALUE, Math.max(...rows.map(({ left }) => left.length)));
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

function valueText(value: unknown): string {
  return value === null ? "none" : JSON.stringify(value);
}
