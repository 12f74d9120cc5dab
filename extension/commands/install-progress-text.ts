import type { InstallMessage } from "../../contracts/install-protocol";

/** `Downloading TensorFlow, 34 % of 261 MiB, 12 s left`. */
export function installProgressText({
  step,
  done,
  total,
  secondsLeft,
}: Extract<InstallMessage, { type: "progress" }>): string {
  if (done === null || total === null) return step;
  const percent = Math.floor((100 * done) / total);
  const size = `${step}, ${percent} % of ${Math.round(total / 2 ** 20)} MiB`;
  return secondsLeft === null ? size : `${size}, ${durationText(secondsLeft)} left`;
}

/** Rounded up: that nothing is left is said when it is true. */
function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 100 ? `${whole} s` : `${Math.ceil(whole / 60)} min`;
}
