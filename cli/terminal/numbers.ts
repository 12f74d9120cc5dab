/** Numbers as `mos` prints them. A dash stands for one that is not known or was not finite. */
export const UNKNOWN = "-";

export function formatLoss(loss: number | null | undefined): string {
  return loss === null || loss === undefined ? UNKNOWN : loss.toFixed(4);
}

/** With its sign, and none for what rounds to zero. */
export function formatDifference(difference: number): string {
  const text = Math.abs(difference).toFixed(4);
  if (Number(text) === 0) return text;
  return `${difference < 0 ? "-" : "+"}${text}`;
}

/** A share of 0..1 in whole percent. */
export function formatPercent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

export function formatProbability(p: number | undefined): string {
  return p === undefined ? UNKNOWN : p.toFixed(3);
}

/** Groups of three digits, whatever the locale: output is read by scripts, too. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `8.3s`, `1m 05s`, `2h 07m`, `3d 04h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/** Bytes in binary units. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
