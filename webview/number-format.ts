/** Narrow no-break space: keeps a number and its unit on one line. */
const THIN = "\u202f";
const MISSING = "–";

/** A share in [0, 1] as percent, `38.1 %`. */
export function formatShare(share: number | null | undefined, digits = 1): string {
  if (!isNumber(share)) return MISSING;
  return `${(100 * share).toFixed(digits)}${THIN}%`;
}

/** A share in a sentence: whole percents, and one more digit below 10 %. */
export function formatShareInText(share: number): string {
  return formatShare(share, share < 0.0995 && share > 0 ? 1 : 0);
}

/** Nats per token, three decimals: losses stand below one another in tables. */
export function formatLoss(loss: number | null | undefined): string {
  if (!isNumber(loss)) return MISSING;
  return loss.toFixed(3);
}

/** A difference with its sign, a real minus and none for what rounds to zero. */
export function formatDifference(difference: number | null | undefined, digits = 3): string {
  if (!isNumber(difference)) return MISSING;
  const text = Math.abs(difference).toFixed(digits);
  if (Number(text) === 0) return `±${text}`;
  return `${difference < 0 ? "−" : "+"}${text}`;
}

/** Three significant digits, for values of any size (rewards, gradient norms). */
export function formatNumber(value: number | null | undefined): string {
  if (!isNumber(value)) return MISSING;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1000 || size < 0.001)
    return size >= 1e6 || size < 0.001 ? value.toExponential(2) : formatCount(value);
  return value.toPrecision(3);
}

export function formatEpochs(epochs: number | null | undefined): string {
  return isNumber(epochs) ? epochs.toFixed(2) : MISSING;
}

/** Whole numbers with thin spaces between the thousands, the same in every locale. */
export function formatCount(count: number | null | undefined): string {
  if (!isNumber(count)) return MISSING;
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
}

/** Seconds as `4.2 s`, `42 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number | null | undefined): string {
  if (!isNumber(seconds) || seconds < 0) return MISSING;
  if (seconds < 9.95) return `${seconds.toFixed(1)}${THIN}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${THIN}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}${THIN}min ${pad(whole % 60)}${THIN}s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)}${THIN}h ${pad(minutes % 60)}${THIN}min`;
}

/** `a`, `a and b`, `a, b and c`. */
export function formatList(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}

function pad(value: number): string {
  return value.toString().padStart(2, "0");
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Bytes as people compare them with their memory: `812 MiB`, `3.1 GiB`. */
export function formatBytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024
    ? `${Math.round(mebibytes)}${THIN}MiB`
    : `${(mebibytes / 1024).toFixed(1)}${THIN}GiB`;
}
