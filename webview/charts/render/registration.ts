import {
  Chart,
  Filler,
  Interaction,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from "chart.js";
import annotation from "chartjs-plugin-annotation";
import zoom from "chartjs-plugin-zoom";
import { nearestOfEachSeries } from "./nearest-of-each-series";

/** Only what the panels draw, so that the bundle holds no other chart type. */
export function registerCharts(): void {
  Chart.register(
    Filler,
    LinearScale,
    LineController,
    LineElement,
    LogarithmicScale,
    PointElement,
    Tooltip,
    annotation,
    zoom,
  );
  Interaction.modes.nearestOfEachSeries = nearestOfEachSeries;
}
