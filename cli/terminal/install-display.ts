/** Shows an installation while it goes on: a line that changes on a terminal, a line per step elsewhere, or JSON lines. */
import type { InstallMessage } from "../../contracts/install-protocol";
import { track } from "./bar";
import { LiveRegion } from "./live-region";
import { formatBytes, formatDuration } from "./numbers";
import type { Output } from "./output";

export interface InstallDisplay {
  show(message: InstallMessage): void;
  close(): void;
}

const TRACK_COLUMNS = 30;

export function chooseInstallDisplay(output: Output, json: boolean): InstallDisplay {
  if (json) return { show: (message) => output.out(JSON.stringify(message)), close: () => {} };
  const region = output.terminal && new LiveRegion(output.terminal);
  let step = "";
  return {
    show: (message) => {
      if (message.type !== "progress")
        return region ? region.print(endText(message)) : output.out(endText(message));
      if (region) return region.show([progressText(message)]);
      if (message.step !== step) output.out(`${message.step} ...`);
      step = message.step;
    },
    close: () => {
      region?.show([]);
      region?.close();
    },
  };
}

type Message<Type> = Extract<InstallMessage, { type: Type }>;

/** `Downloading TensorFlow  ━━━━━────  88.2 MiB of 261.3 MiB, 12s left`. */
export function progressText({ step, done, total, secondsLeft }: Message<"progress">): string {
  if (done === null || total === null) return `${step} ...`;
  const left = secondsLeft === null ? "" : `, ${formatDuration(secondsLeft)} left`;
  return `${step}  ${track(done / total, TRACK_COLUMNS)}  ${formatBytes(done)} of ${formatBytes(total)}${left}`;
}

function endText(message: Message<"installed"> | Message<"failed">): string {
  return message.type === "failed" ? message.message : installedText(message);
}

function installedText({ variant, tensorflow, folder, gpu }: Message<"installed">): string {
  const installed = `TensorFlow ${tensorflow} is installed in ${folder}`;
  if (variant === "cpu") return `${installed}, and computes: launch.backend tensorflow.`;
  if (gpu) return `${installed}, and computes on the GPU: launch.backend tensorflow-gpu.`;
  return `${installed}, and loads, but finds no GPU on this machine.`;
}
