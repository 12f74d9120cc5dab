/** The largest difference from the reference, quantity by quantity and model by model: what `npm run reference` prints. */
import { expect } from "vitest";
import { type Measurement, worstOf } from "./reference-measurements";

export class ReferenceTable {
  private readonly measured = new Map<string, Measurement[]>();

  /** Fails where a quantity is further from the reference than it may be. */
  hold(model: string, measurements: readonly Measurement[]): void {
    expect(measurements.length).toBeGreaterThan(0);
    this.measured.set(model, [...(this.measured.get(model) ?? []), ...measurements]);
    for (const { quantity, difference, tolerance } of worstOf(measurements).values())
      expect(difference, quantity).toBeLessThanOrEqual(tolerance);
  }

  /** Where MOS_REFERENCE_TABLE is set: as Markdown. */
  print(backend: string): void {
    if (!process.env.MOS_REFERENCE_TABLE) return;
    const models = [...this.measured.keys()];
    const worst = models.map((model) => worstOf(this.measured.get(model)!));
    const tolerances = new Map(
      worst.flatMap((quantities) =>
        [...quantities].map(([name, { tolerance }]) => [name, tolerance] as const),
      ),
    );
    const shown = (value: number | undefined) =>
      value === undefined ? "" : value === 0 ? "0" : value.toExponential(1);
    const rows = [...tolerances].map(([quantity, tolerance]) => [
      quantity,
      shown(tolerance),
      ...worst.map((quantities) => shown(quantities.get(quantity)?.difference)),
    ]);
    const header = [`largest difference on ${backend}`, "tolerance", ...models];
    const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
    console.log(`\n${lines.join("\n")}\n`);
  }
}
