import type { Plan } from "../../contracts/plan";
import { originText, resolvedValues } from "../../run-view/resolved-values";
import { configValueText } from "../config-value-text";

export interface ConfigEntry {
  /** In the language's spelling: `train.optimizer.weight-decay`. */
  address: string;
  value: string;
  /** Where the value came from: "default", or the layer with file and line. */
  origin: string;
}

/** Every resolved value of the plan by address. Null values are left out: they mean "not used". */
export function configEntries(plan: Plan): ConfigEntry[] {
  return resolvedValues(plan)
    .filter(({ value }) => value !== null)
    .map(({ address, value, origin }) => ({
      address,
      value: configValueText(value),
      origin: originText(origin),
    }));
}
