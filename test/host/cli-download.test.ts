/** `mos download` as a person or a script uses it, against a server that speaks the Hub's API. */
import * as fs from "node:fs";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DownloadMessage } from "../../contracts/download-protocol";
import { noise } from "../hub/hub-fixture";
import { HubServer } from "../hub/hub-server";
import { type Finished, mos, startMos } from "./mos-command";
import { temporaryFolder, until } from "./run-under-test";

const TOKEN = "hf_secretOfTheTest";
const weights = noise(400_000);

let server: HubServer;
let folder: string;

beforeEach(async () => {
  server = await HubServer.start();
  folder = temporaryFolder((remove) => afterEach(remove));
  server.push("model", "someone/tiny", { "config.json": "{}", "model.safetensors": weights });
  server.push("dataset", "someone/rows", { "train.jsonl": '{"prompt": "a", "answer": "b"}\n' });
  vi.stubEnv("HF_ENDPOINT", server.endpoint);
  vi.stubEnv("HF_HUB_CACHE", path.join(folder, "cache"));
  vi.stubEnv("HF_TOKEN", TOKEN);
  server.token = TOKEN;
  server.cache = path.join(folder, "cache");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});

function messages({ stdout }: Finished): DownloadMessage[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as DownloadMessage);
}

describe("mos download", () => {
  it("fetches what a file names, and says so in JSON lines; then everything is there without network", async () => {
    fs.writeFileSync(
      path.join(folder, "hub.mos"),
      `mos 1
model base { hub "someone/tiny" }
dataset rows {
  hub "someone/rows" revision="main"
  format columns prompt="prompt" answer="answer"
}
experiment "one" { model base; data [rows]; train { steps 1 } }
experiment "two" { model base; data [rows]; seed 2; train { steps 1 } }
`,
    );
    const online = await mos(["download", "hub.mos", "--json"], folder);
    expect(online.code).toBe(0);
    const downloaded = messages(online).filter((message) => message.type === "downloaded");
    expect(downloaded.map(({ kind, repository, revision }) => [kind, repository, revision])).toEqual([
      ["model", "someone/tiny", "main"],
      ["dataset", "someone/rows", "main"],
    ]);
    expect(fs.readFileSync(path.join(downloaded[0]!.paths[0]!, "model.safetensors")).equals(weights)).toBe(
      true,
    );
    expect(
      messages(online)
        .filter(({ type }) => type === "progress")
        .at(-1),
    ).toMatchObject({ file: "train.jsonl" });
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const offline = await mos(["download", "hub.mos", "--json"], folder);
    expect(messages(offline).filter(({ type }) => type === "downloaded")).toEqual(downloaded);
    expect(JSON.stringify([online, offline])).not.toContain(TOKEN);
  });

  it("fetches one model or dataset, and says where it is", async () => {
    const model = await mos(["download", "--model", "someone/tiny"], folder);
    expect([model.stderr, model.code]).toEqual(["", 0]);
    expect(model.stdout).toMatch(
      /^someone\/tiny {2}390\.6 KiB of 390\.6 KiB to fetch \.\.\.\nsomeone\/tiny at main \([0-9a-f]{8}\) is in .*snapshots/,
    );
    const dataset = await mos(["download", "--dataset", "someone/rows", "--files", "*.jsonl"], folder);
    expect(dataset.stdout).toMatch(/^someone\/rows .*\nsomeone\/rows at main .*train\.jsonl\n$/);
  });

  it("tells by its exit code what went wrong, in one sentence with advice", async () => {
    const missing = await mos(["download", "--model", "someone/nothing", "--revision", "v1"], folder);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(
      /^error: There is no model "someone\/nothing" at 127\.0\.0\.1:\d+ \(404\), or it is private\.\nCheck the name/,
    );
    vi.stubEnv("HF_TOKEN", "hf_wrong");
    const refused = await mos(["download", "--model", "someone/tiny", "--json"], folder);
    expect(refused.code).toBe(1);
    expect(messages(refused).at(-1)).toMatchObject({
      type: "failed",
      repository: "someone/tiny",
      message: expect.stringContaining("(401)"),
    });
    await server.stop();
    const unreachable = await mos(["download", "--model", "someone/tiny"], folder);
    expect(unreachable.code).toBe(3);
    expect(unreachable.stderr).toContain("nobody answers there");
    for (const args of [[], ["--model", "a/b", "--files", "*"]])
      expect((await mos(["download", ...args], folder)).code).toBe(2);
    expect((await mos(["download", "absent.mos"], folder)).code).toBe(1);
  });

  it("may be started twice at the same time: each file comes once", async () => {
    server.fail(/^cdn/, { cutAfter: 300_000 });
    const both = await Promise.all(
      [1, 2].map(() => mos(["download", "--model", "someone/tiny", "--json"], folder)),
    );
    expect(both.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    const sent = server.asked(/^cdn/).reduce((sum, request) => sum + request.sent, 0);
    expect(sent).toBe(weights.length);
  });

  it("ends at Ctrl-C with what has arrived kept, and goes on from there", async () => {
    server.fail(/^cdn/, { stallAfter: 350_000 });
    const first = startMos(["download", "--model", "someone/tiny", "--json"], folder);
    await until(() => first.printed().includes("model.safetensors"));
    first.process.kill("SIGINT");
    const { code } = await first.finished;
    expect(code).toBe(130);
    const second = await mos(["download", "--model", "someone/tiny"], folder);
    expect(second.code).toBe(0);
    const [whole, rest] = server.asked(/^cdn/);
    expect(whole!.headers.range).toBeUndefined();
    expect(Number(/bytes=(\d+)-/.exec(rest!.headers.range!)![1])).toBeGreaterThan(0);
  });
});
