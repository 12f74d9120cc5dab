import { kebabCase } from "../run-view/resolved-values";

/**
 * A value of the resolved config as the language writes it: `none` for null, `beta=0.9 start=first` for a statement's
 * properties, `[a, b]` for lists.
 */
export function configValueText(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return `[${value.map(configValueText).join(", ")}]`;
  if (typeof value === "object") return Object.entries(value).map(memberText).join(" ");
  return String(value);
}

function memberText([key, value]: [string, unknown]): string {
  const isGroup = value !== null && typeof value === "object" && !Array.isArray(value);
  return isGroup
    ? `${kebabCase(key)} { ${configValueText(value)} }`
    : `${kebabCase(key)}=${configValueText(value)}`;
}
