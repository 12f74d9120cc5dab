import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { InstallMessage } from "../../../../contracts/install-protocol";
import { installProgressText } from "../../../../extension/commands/install-progress-text";
import { runInstaller } from "../../../../extension/commands/run-installer";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-installer-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** `source` in the place of `mos install tensorflow --json`. */
function run(source: string, signal = new AbortController().signal) {
  const script = path.join(folder, "installer.js");
  fs.writeFileSync(script, `const say = (message) => console.log(JSON.stringify(message));\n${source}`);
  const progress: InstallMessage[] = [];
  const result = runInstaller({
    executable: process.execPath,
    args: [script],
    environment: { FOLDER: folder },
    onProgress: (message) => progress.push(message),
    signal,
  });
  return { result, progress };
}

const installed: InstallMessage = {
  type: "installed",
  variant: "cpu",
  folder: "/storage/tensorflow/cpu",
  tensorflow: "2.21.0",
  gpu: false,
};
const progressed: InstallMessage = {
  type: "progress",
  step: "Downloading TensorFlow",
  done: 1,
  total: 2,
  secondsLeft: 3,
};

describe("the installer's process", () => {
  it("tells of its progress and its end", async () => {
    const { result, progress } = run(
      `say(${JSON.stringify(progressed)}); say(${JSON.stringify(installed)});`,
    );
    expect(await result).toEqual(installed);
    expect(progress).toEqual([progressed]);
  });

  it("fails with its own sentence and advice", async () => {
    const failed: InstallMessage = {
      type: "failed",
      message: "There is no compiler.",
      advice: "Install g++.",
    };
    const { result } = run(`say(${JSON.stringify(failed)}); process.exitCode = 3;`);
    await expect(result).rejects.toMatchObject({
      name: "UserError",
      message: failed.message,
      advice: failed.advice,
    });
  });

  it.each([
    [
      "with a complaint",
      'console.error("out of luck\\nat line 1"); process.exit(1)',
      "unexpectedly: out of luck",
    ],
    ["after progress only", `say(${JSON.stringify(progressed)})`, "unexpectedly."],
    ["with lines that are no messages", 'say({ type: "installed" })', "unexpectedly."],
  ])("is said to have ended unexpectedly %s", async (_, source, sentence) => {
    await expect(run(source).result).rejects.toThrow(sentence);
  });

  it("is ended when the user cancels, which is no failure", async () => {
    const cancellation = new AbortController();
    const { result } = run(
      `process.on("SIGTERM", () => process.exit(130));
       setInterval(() => {}, 1000);
       require("node:fs").writeFileSync(process.env.FOLDER + "/started", "");`,
      cancellation.signal,
    );
    await vi.waitUntil(() => fs.existsSync(path.join(folder, "started")), { timeout: 20_000 });
    cancellation.abort();
    expect(await result).toBeNull();
  });

  it("that cannot be started names the setting", async () => {
    const result = runInstaller({
      executable: path.join(folder, "no-node"),
      args: [],
      environment: {},
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    await expect(result).rejects.toMatchObject({ advice: expect.stringContaining("mos.node.path") });
  });
});

describe("the progress text", () => {
  it.each([
    [{ done: null, total: null, secondsLeft: null }, "Downloading"],
    [{ done: 0, total: 2 ** 28, secondsLeft: null }, "Downloading, 0 % of 256 MiB"],
    [{ done: 2 ** 27, total: 2 ** 28, secondsLeft: 11.2 }, "Downloading, 50 % of 256 MiB, 12 s left"],
    [{ done: 2 ** 27, total: 2 ** 28, secondsLeft: 130 }, "Downloading, 50 % of 256 MiB, 3 min left"],
  ])("%j is %s", (numbers, text) => {
    expect(installProgressText({ type: "progress", step: "Downloading", ...numbers })).toBe(text);
  });
});
