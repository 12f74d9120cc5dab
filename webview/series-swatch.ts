import { svgElement } from "./element";
import { type PointShape, seriesStyle } from "./series-style";
import type { Theme } from "./theme";

const WIDTH = 30;
const HEIGHT = 12;
const MIDDLE = HEIGHT / 2;

/** A piece of the line as charts draw it: colour, dashes and marker. Decoration beside a name. */
export function seriesSwatch(theme: Theme, palette: number): SVGSVGElement {
  const { color, dash, shape } = seriesStyle(theme, palette);
  return svgElement(
    "svg",
    {
      class: "swatch",
      width: WIDTH,
      height: HEIGHT,
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      "aria-hidden": "true",
      focusable: "false",
      stroke: color,
    },
    svgElement("line", {
      x1: 0,
      x2: WIDTH,
      y1: MIDDLE,
      y2: MIDDLE,
      "stroke-width": 2,
      "stroke-dasharray": dash.join(" ") || "none",
    }),
    svgElement("path", { d: marker(shape), fill: color, "stroke-width": 1.5 }),
  );
}

/** Radius 3 around the middle, as chart.js draws it. */
function marker(shape: PointShape): string {
  const x = WIDTH / 2;
  const y = MIDDLE;
  switch (shape) {
    case "circle":
      return `M${x - 3} ${y}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z`;
    case "triangle":
      return `M${x} ${y - 3.5}L${x + 3.2} ${y + 2.2}L${x - 3.2} ${y + 2.2}z`;
    case "rect":
      return `M${x - 2.5} ${y - 2.5}h5v5h-5z`;
    case "rectRot":
      return `M${x} ${y - 3.5}L${x + 3.5} ${y}L${x} ${y + 3.5}L${x - 3.5} ${y}z`;
    case "star":
      return `M${x} ${y - 4}v8M${x - 4} ${y}h8M${x - 3} ${y - 3}l6 6M${x + 3} ${y - 3}l-6 6`;
    case "cross":
      return `M${x} ${y - 4}v8M${x - 4} ${y}h8`;
    case "crossRot":
      return `M${x - 3} ${y - 3}l6 6M${x + 3} ${y - 3}l-6 6`;
  }
}
