import type { MixtureConfig } from "../../contracts/plan";
import type { RunView } from "../../run-view/run-view";
import { ChartFigure } from "../accessibility/chart-figure";
import { mixtureChart } from "../charts/data/mixture-chart";
import type { Theme } from "../theme";
import { toggleGroup } from "../toggle-group";

export type MixtureLook = "lines" | "shares";

/** The scorer's probabilities over steps, as lines or as stacked shares. */
export function mixtureFigure(
  mixture: MixtureConfig,
  theme: Theme,
  look: MixtureLook,
  lookChanged: (look: MixtureLook) => void,
): ChartFigure {
  const toggle = toggleGroup(
    "Probabilities as",
    [
      { value: "lines", label: "Lines" },
      { value: "shares", label: "Shares" },
    ],
    look,
    lookChanged,
  );
  return new ChartFigure(
    {
      title: mixture.kind === "static" ? "Sampling probabilities (fixed)" : "Sampling probabilities",
      note: mixtureNote(mixture, look),
      empty: "The run has not started: its prior comes with its first record.",
      controls: [toggle],
    },
    theme,
  );
}

/** Sentence under the title. */
export function mixtureNote(mixture: MixtureConfig, look: MixtureLook): string {
  if (mixture.kind === "static") return "This mixture does not learn: every draw uses these probabilities.";
  if (mixture.scorer === null) return "Without a scorer the prior is kept.";
  const dotted = look === "lines" ? " Dotted: the prior." : "";
  return `Learned by the scorer, updated every ${mixture.update} steps.${dotted}`;
}

/** Instead of it until the first update. */
export function firstUpdateNote(view: RunView, mixture: MixtureConfig): string | null {
  if (mixture.kind === "static" || mixture.scorer === null || view.updates.length > 0) return null;
  return `The first update comes after step ${mixture.update}.`;
}

export function updateMixtureFigure(
  figure: ChartFigure,
  view: RunView,
  names: readonly string[],
  mixture: MixtureConfig,
  look: MixtureLook,
  hidden: ReadonlySet<string>,
): void {
  figure.setNote(firstUpdateNote(view, mixture) ?? mixtureNote(mixture, look));
  figure.update(mixtureChart(view, names, look === "shares"), hidden);
}
