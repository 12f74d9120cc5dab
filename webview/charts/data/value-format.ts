import { formatLoss, formatNumber, formatShare } from "../../number-format";
import type { ValueKind } from "./line-chart-data";

/** A value as tables and tooltips write it; `short` for the ticks of an axis. */
export function formatValue(value: number | null | undefined, kind: ValueKind, short = false): string {
  if (kind === "share") return formatShare(value, short ? 0 : 1);
  if (short) return typeof value === "number" ? String(Number(value.toPrecision(3))) : "";
  return kind === "loss" ? formatLoss(value) : formatNumber(value);
}
