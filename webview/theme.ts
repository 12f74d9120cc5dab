/**
 * Colours and fonts of the panels. The stylesheet (`panel.css`) maps VS Code's variables to `--mos-*` and gives each a default
 * for a page standing alone; canvases cannot use variables, so charts read the computed values here and again on each change.
 */
export interface Theme {
  highContrast: boolean;
  foreground: string;
  muted: string;
  grid: string;
  /** What charts stand on. */
  card: string;
  tooltipBackground: string;
  tooltipForeground: string;
  tooltipBorder: string;
  accent: string;
  warning: string;
  error: string;
  /** One after the other for datasets or runs; see `seriesStyle`. */
  series: readonly string[];
  fontFamily: string;
  /** Pixels. */
  fontSize: number;
}

const SERIES_VARIABLES = ["blue", "orange", "green", "purple", "red", "yellow"].map(
  (name) => `--mos-series-${name}`,
);

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const body = getComputedStyle(document.body);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    highContrast: isHighContrast(),
    foreground: read("--mos-foreground"),
    muted: read("--mos-muted"),
    grid: read("--mos-grid"),
    card: read("--mos-card"),
    tooltipBackground: read("--mos-tooltip-background"),
    tooltipForeground: read("--mos-tooltip-foreground"),
    tooltipBorder: read("--mos-tooltip-border"),
    accent: read("--mos-accent"),
    warning: read("--mos-warning"),
    error: read("--mos-error"),
    series: SERIES_VARIABLES.map(read),
    fontFamily: body.fontFamily,
    fontSize: Number.parseFloat(body.fontSize) || 13,
  };
}

/** VS Code changes classes and attributes of `body` and variables on `html` when the theme changes; a lone page, the system's setting. */
export function watchTheme(listener: (theme: Theme) => void): void {
  let before = JSON.stringify(readTheme());
  const check = () => {
    const theme = readTheme();
    const now = JSON.stringify(theme);
    if (now === before) return;
    before = now;
    listener(theme);
  };
  const observer = new MutationObserver(check);
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "style"] });
  for (const query of [
    "(prefers-color-scheme: dark)",
    "(prefers-contrast: more)",
    "(forced-colors: active)",
  ]) {
    matchMedia(query).addEventListener("change", check);
  }
}

function isHighContrast(): boolean {
  const { classList } = document.body;
  return (
    classList.contains("vscode-high-contrast") ||
    classList.contains("vscode-high-contrast-light") ||
    matchMedia("(prefers-contrast: more)").matches
  );
}
