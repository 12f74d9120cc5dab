const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A share of 0..1 as a bar of `width` columns, to an eighth of one; the rest is blank. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = Math.floor(eighths / 8);
  return ("█".repeat(full) + EIGHTHS[eighths % 8]!).padEnd(width, " ");
}

/** A share as a line that is thick up to it: `━━━━━────`. */
export function track(share: number, width: number): string {
  const done = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "━".repeat(done) + "─".repeat(width - done);
}
