/** A group of seeds in the JSON of `mos compare --json`: its result in numbers, with ids in place of whole runs. */
import type { GroupResult } from "./group-comparison";

export interface GroupSummary extends Omit<GroupResult, "group" | "counted" | "speedUps"> {
  readonly name: string;
  readonly label: string;
  readonly isStatic: boolean;
  /** Ids of all runs and their seeds, in the same order, and the ids of those that the numbers are over. */
  readonly runs: readonly string[];
  readonly seeds: readonly number[];
  readonly counted: readonly string[];
}

export function groupSummary({ group, counted, speedUps: _, ...numbers }: GroupResult): GroupSummary {
  const { name, label, isStatic, runs } = group;
  return {
    name,
    label,
    isStatic,
    runs: runs.map(({ view }) => view.id),
    seeds: runs.map(({ view }) => view.seed),
    counted: counted.map(({ view }) => view.id),
    ...numbers,
  };
}
