import { formatList } from "../../number-format";
import type { LineChartData } from "./line-chart-data";
import { formatValue } from "./value-format";

/** One sentence for who does not see the chart: what it shows, and where each line begins and ends. */
export function chartSummary(title: string, data: LineChartData): string {
  const parts = data.series.flatMap((series) => {
    if (series.faint) return [];
    const known = series.points.filter((point) => point.y !== null);
    const first = known[0];
    const last = known.at(-1);
    if (!first || !last) return [];
    const value = formatValue(last.y, data.valueKind);
    if (first === last) return [`${series.label} ${value}`];
    return [`${series.label} from ${formatValue(first.y, data.valueKind)} to ${value}`];
  });
  if (parts.length === 0) return `${title}: no values yet.`;
  const xs = data.series.flatMap((series) => series.points.map((point) => point.x));
  const [from, to] = [min(xs), max(xs)];
  const span = from === to ? `at step ${to}` : `from step ${from} to ${to}`;
  return `${title}, ${span}: ${formatList(parts)}.`;
}

/** Not Math.min(...xs): spreading hundreds of thousands of numbers overflows the stack. */
function min(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

function max(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}
