/**
 * Draws the datasets of a batch (Algorithm 1, line 3: i ~ p_psi) in O(batch): Walker's alias table (Vose 1991) is rebuilt
 * only when the probabilities change.
 */
import type { Random } from "../random";

/** [N] cells of equal mass: cell i yields `names[i]` with probability `keep[i]`, else `names[alias[i]]`. */
interface AliasTable {
  readonly names: readonly string[];
  readonly keep: Float64Array;
  readonly alias: Int32Array;
}

export class Sampler {
  readonly #unit: "example" | "batch";
  readonly #random: Random;
  #table: AliasTable | null = null;

  /**
   * `unit`: what one draw covers: each example of a batch by itself (the authors' code), or the whole batch (the paper).
   * All state is in `random`, which belongs to this sampler alone.
   */
  constructor(unit: "example" | "batch", random: Random) {
    this.#unit = unit;
    this.#random = random;
  }

  /** From the next draw on. `p` is not negative and sums to 1. */
  setProbabilities(p: ReadonlyMap<string, number>): void {
    this.#table = aliasTable(p);
  }

  /** [batch] dataset names. Throws when no probabilities were set. */
  draw(batch: number): string[] {
    const table = this.#table;
    if (table === null) throw new Error("Sampler.draw was called before Sampler.setProbabilities.");
    if (this.#unit === "batch") return new Array<string>(batch).fill(this.#drawOne(table));
    return Array.from({ length: batch }, () => this.#drawOne(table));
  }

  #drawOne(table: AliasTable): string {
    const cell = this.#random.integer(table.names.length);
    const kept = this.#random.next() < table.keep[cell]!;
    return table.names[kept ? cell : table.alias[cell]!]!;
  }
}

function aliasTable(p: ReadonlyMap<string, number>): AliasTable {
  // Sorted, so that the order in which datasets are declared changes nothing that is drawn.
  const names = [...p.keys()].filter((name) => p.get(name) !== 0).sort();
  const keep = Float64Array.from(names, (name) => p.get(name)! * names.length);
  if (names.length === 0 || !keep.every((mass) => mass > 0 && mass < Number.POSITIVE_INFINITY)) {
    throw new RangeError("Sampler needs probabilities that are not negative, and one above 0.");
  }
  const alias = Int32Array.from(names, (_, cell) => cell);
  const under: number[] = [];
  const over: number[] = [];
  keep.forEach((mass, cell) => {
    (mass < 1 ? under : over).push(cell);
  });
  while (under.length > 0 && over.length > 0) {
    const poor = under.pop()!;
    const rich = over[over.length - 1]!;
    alias[poor] = rich;
    keep[rich] = keep[rich]! - (1 - keep[poor]!);
    if (keep[rich]! < 1) under.push(over.pop()!);
  }
  // What is left differs from 1 by rounding only.
  for (const cell of [...under, ...over]) keep[cell] = 1;
  return { names, keep, alias };
}
