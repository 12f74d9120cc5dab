import { formatList } from "../../number-format";
import type { LineChartData } from "./line-chart-data";
import { formatValue } from "./value-format";

/** One sentence for who does not see the chart: what it shows, and where each line begins and ends. */
export function chartSummary(title: string, data: LineChartData): string {
  const lines = data.series.flatMap(({ label, points, faint }) => {
    const first = points.find((point) => point.y !== null);
    const last = points.findLast((point) => point.y !== null);
    return faint || !first || !last ? [] : [{ label, first, last }];
  });
  if (lines.length === 0) return `${title}: no values yet.`;
  const from = Math.min(...lines.map(({ first }) => first.x));
  const to = Math.max(...lines.map(({ last }) => last.x));
  const parts = lines.map(({ label, first, last }) => {
    const value = formatValue(last.y, data.valueKind);
    return first === last
      ? `${label} ${value}`
      : `${label} from ${formatValue(first.y, data.valueKind)} to ${value}`;
  });
  const span = from === to ? `at step ${to}` : `from step ${from} to ${to}`;
  return `${title}, ${span}: ${formatList(parts)}.`;
}
