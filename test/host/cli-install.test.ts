import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mos } from "./mos-command";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-install-"));
  // An npm that finds nothing: the test downloads nothing.
  fs.writeFileSync(path.join(folder, "npm"), "#!/bin/sh\necho 'npm error no such package' >&2\nexit 1\n", {
    mode: 0o755,
  });
  vi.stubEnv("PATH", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true, force: true });
});

const into = () => path.join(folder, "into");
const MESSAGE = "@tensorflow/tfjs-node@4.22.0 could not be downloaded: no such package.";

describe("mos install tensorflow", () => {
  it("fails with a sentence and advice", async () => {
    const { code, stdout, stderr } = await mos(["install", "tensorflow", "--into", into()], folder);
    expect(code).toBe(3);
    expect(stdout).toBe("Downloading the addon's source ...\n");
    expect(stderr).toContain(`error: ${MESSAGE}\nCheck the network`);
    expect(fs.readdirSync(into())).toEqual([]);
  });

  it("fails with a JSON line", async () => {
    const { code, stdout } = await mos(["install", "tensorflow", "--json", "--into", into()], folder);
    expect(code).toBe(3);
    const messages = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(messages.map(({ type }) => type)).toEqual(["progress", "failed"]);
    expect(messages[1]).toMatchObject({ message: MESSAGE });
  });

  it("knows nothing else to install", async () => {
    const { code, stderr } = await mos(["install", "pytorch"], folder);
    expect(code).toBe(2);
    expect(stderr).toContain("tensorflow");
  });
});
