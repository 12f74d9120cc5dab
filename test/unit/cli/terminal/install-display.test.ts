import { describe, expect, it } from "vitest";
import { chooseInstallDisplay, progressText } from "../../../../cli/terminal/install-display";
import type { Output } from "../../../../cli/terminal/output";
import { chooseStyle } from "../../../../cli/terminal/style";
import type { InstallMessage } from "../../../../contracts/install-protocol";

function display(json: boolean) {
  const lines: string[] = [];
  const style = chooseStyle(false, {});
  const output: Output = {
    out: (text) => void lines.push(text),
    err: () => {},
    outStyle: style,
    errStyle: style,
    terminal: null,
    columns: 80,
  };
  return { lines, ...chooseInstallDisplay(output, json) };
}

const progress = (step: string, done: number | null): Extract<InstallMessage, { type: "progress" }> => ({
  type: "progress",
  step,
  done,
  total: done === null ? null : 2 ** 28,
  secondsLeft: done ? 12.3 : null,
});

const installed = { type: "installed", folder: "/data/tensorflow", tensorflow: "2.21.0" } as const;

describe("an installation on the terminal", () => {
  it("is a line per step in a file or a pipe", () => {
    const { lines, show, close } = display(false);
    for (const message of [
      progress("Downloading", 0),
      progress("Downloading", 99),
      progress("Building", null),
    ])
      show(message);
    show({ ...installed, variant: "cpu", gpu: false });
    close();
    expect(lines).toEqual([
      "Downloading ...",
      "Building ...",
      "TensorFlow 2.21.0 is installed in /data/tensorflow, and computes: launch.backend tensorflow.",
    ]);
  });

  it.each([
    [true, /computes on the GPU/],
    [false, /finds no GPU on this machine/],
  ])("says whether there is a GPU: %s", (gpu, sentence) => {
    const { lines, show } = display(false);
    show({ ...installed, variant: "gpu", gpu });
    expect(lines[0]).toMatch(sentence);
  });

  it("has a bar, sizes and the time that is left", () => {
    expect(progressText(progress("Downloading", 2 ** 27))).toBe(
      `Downloading  ${"━".repeat(15)}${"─".repeat(15)}  128.0 MiB of 256.0 MiB, 12s left`,
    );
    expect(progressText(progress("Building", null))).toBe("Building ...");
  });

  it("is JSON lines for a program", () => {
    const { lines, show } = display(true);
    show(progress("Downloading", 7));
    expect(JSON.parse(lines[0]!)).toEqual(progress("Downloading", 7));
  });
});
