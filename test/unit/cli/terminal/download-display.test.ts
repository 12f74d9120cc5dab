import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chooseDownloadDisplay, progressText } from "../../../../cli/terminal/download-display";
import type { Output } from "../../../../cli/terminal/output";
import { chooseStyle } from "../../../../cli/terminal/style";
import type { DownloadMessage } from "../../../../contracts/download-protocol";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function display(json: boolean) {
  const lines: string[] = [];
  const errors: string[] = [];
  const style = chooseStyle(false, {});
  const output: Output = {
    out: (text) => void lines.push(text),
    err: (text) => void errors.push(text),
    outStyle: style,
    errStyle: style,
    terminal: null,
    columns: 80,
  };
  return { lines, errors, ...chooseDownloadDisplay(output, json) };
}

const progress = (
  done: number,
  secondsLeft: number | null = null,
): Extract<DownloadMessage, { type: "progress" }> => ({
  type: "progress",
  kind: "model",
  repository: "a/b",
  file: "model.safetensors",
  done,
  total: 2 ** 30,
  secondsLeft,
});

const downloaded: DownloadMessage = {
  type: "downloaded",
  kind: "dataset",
  repository: "a/rows",
  revision: "main",
  commit: "0123456789abcdef0123456789abcdef01234567",
  paths: ["/cache/one.jsonl", "/cache/two.jsonl"],
};

describe("a download on the terminal", () => {
  it("is a line per repository in a file or a pipe", () => {
    const { lines, errors, show, close } = display(false);
    for (const done of [2 ** 28, 2 ** 29, 2 ** 30]) show(progress(done));
    show({ type: "note", message: "It was cut." });
    show(downloaded);
    show({
      type: "failed",
      kind: "model",
      repository: "c/d",
      message: "It is gone.",
      advice: "Look elsewhere.",
    });
    close();
    expect(lines).toEqual([
      "a/b  768.0 MiB of 1.0 GiB to fetch ...",
      "a/rows at main (01234567) is in /cache/one.jsonl and 1 more file",
    ]);
    expect(errors).toEqual(["It was cut.", "error: It is gone.", "Look elsewhere."]);
  });

  it("has a bar, sizes, the time that is left, and the file", () => {
    expect(progressText(progress(2 ** 29, 12.3))).toBe(
      `a/b  ${"━".repeat(12)}${"─".repeat(12)}  512.0 MiB of 1.0 GiB, 12s left  model.safetensors`,
    );
  });

  it("tells the newest progress a few times a second, and the last before anything else", () => {
    const { lines, show, close } = display(true);
    for (let done = 0; done < 100; done++) show(progress(done));
    expect(lines.map((line) => JSON.parse(line).done)).toEqual([0]);
    vi.advanceTimersByTime(200);
    expect(lines.map((line) => JSON.parse(line).done)).toEqual([0, 99]);
    show(progress(200));
    show(downloaded);
    expect(lines.map((line) => JSON.parse(line).done)).toEqual([0, 99, 200, undefined]);
    show(progress(300));
    show(progress(400));
    close();
    expect(JSON.parse(lines.at(-1)!).done).toBe(400);
    expect(vi.getTimerCount()).toBe(0);
  });
});
