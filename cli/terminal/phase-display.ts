/** Shows how far a model's loading or evaluation has come: a line that changes, on a terminal only. */
import type { ModelMessageOf, ModelPhase } from "../../contracts/model-protocol";
import { track } from "./bar";
import { LiveRegion } from "./live-region";
import { formatDuration, formatPercent } from "./numbers";
import type { Output } from "./output";

export interface PhaseDisplay {
  /** null: nothing goes on. */
  show(progress: ModelMessageOf<"progress"> | null): void;
  close(): void;
}

const TRACK_COLUMNS = 24;

const names: Readonly<Record<ModelPhase, string>> = {
  downloading: "Downloading the model",
  loading: "Loading the model",
  "reading-data": "Reading the data",
  evaluating: "Evaluating",
};

export function choosePhaseDisplay(output: Output, quiet: boolean): PhaseDisplay {
  if (quiet || output.terminal === null) return { show: () => {}, close: () => {} };
  const { terminal } = output;
  // Opened while something goes on only: a region hides the cursor.
  let region: LiveRegion | null = null;
  const close = () => {
    region?.show([]);
    region?.close();
    region = null;
  };
  return {
    show: (progress) => {
      if (progress === null) return close();
      region ??= new LiveRegion(terminal);
      region.show([phaseText(progress)]);
    },
    close,
  };
}

/** `Evaluating  ━━━━━────  42%, 12s left`. */
export function phaseText({ phase, share, secondsLeft }: ModelMessageOf<"progress">): string {
  if (share === null) return `${names[phase]} ...`;
  const left = secondsLeft === null || share === 1 ? "" : `, ${formatDuration(secondsLeft)} left`;
  return `${names[phase]}  ${track(share, TRACK_COLUMNS)}  ${formatPercent(share)}${left}`;
}
