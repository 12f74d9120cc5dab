import type { Theme } from "./theme";

export const pointShapes = ["circle", "triangle", "rect", "rectRot", "star", "cross", "crossRot"] as const;
export type PointShape = (typeof pointShapes)[number];

/** Lengths of line and gap, pixels. Five patterns and six colours have no common divisor: thirty series differ in both. */
const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2]];

/** What tells a series from the others: never colour alone. */
export interface SeriesStyle {
  color: string;
  dash: readonly number[];
  shape: PointShape;
}

/** `index`: place of the dataset in its plan, or of the run in the comparison; it never changes while the panel is open. */
export function seriesStyle(theme: Theme, index: number): SeriesStyle {
  return {
    color: theme.series[index % theme.series.length]!,
    dash: dashes[index % dashes.length]!,
    shape: pointShapes[index % pointShapes.length]!,
  };
}

const opaque = new Map<string, string>();

/** A colour with an opacity in [0, 1], for canvases. A canvas turns every notation of a theme's opaque colour into `#rrggbb`. */
export function translucent(color: string, opacity: number): string {
  let hex = opaque.get(color);
  if (hex === undefined) {
    const context = document.createElement("canvas").getContext("2d");
    if (context) context.fillStyle = color;
    hex = String(context?.fillStyle ?? color);
    opaque.set(color, hex);
  }
  const alpha = Math.round(opacity * 255)
    .toString(16)
    .padStart(2, "0");
  return /^#[0-9a-f]{6}$/.test(hex) ? `${hex}${alpha}` : hex;
}
