/**
 * The cache that is shared with Python: what the real huggingface_hub has downloaded we find, and what we have downloaded it, and
 * transformers, find; `datasets` chooses the same training files. That Python can download from the tests' server at all shows that
 * the server speaks the Hub's API.
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { hubAccess } from "../../../training-host/hub/access";
import { resolveHubDataset, resolveHubModel } from "../../../training-host/hub/resolve";
import { temporaryFolder, Watched } from "../../hub/hub-fixture";
import { HubServer } from "../../hub/hub-server";
import { referenceFolder } from "../../unit/training-host/reference";

const MODEL = "someone/tiny";
const reference = path.join(referenceFolder, "models", "qwen2-tiny");
const wanted = [
  "config.json",
  "generation_config.json",
  "model.safetensors",
  "tokenizer.json",
  "tokenizer_config.json",
];

async function start() {
  const server = await HubServer.start();
  onTestFinished(() => server.stop());
  const files = Object.fromEntries(wanted.map((name) => [name, fs.readFileSync(path.join(reference, name))]));
  const commit = server.push("model", MODEL, { ...files, "README.md": "# Tiny", "pytorch_model.bin": "no" });
  const environment = { HF_ENDPOINT: server.endpoint, HF_HOME: temporaryFolder() };
  const access = (offline: boolean) =>
    hubAccess({ ...environment, ...(offline ? { HF_HUB_OFFLINE: "1" } : {}) });
  return { server, commit, environment, access };
}

/** What hub_cache.py prints, by its action. */
interface Found {
  version: string;
  folder: string;
  files: string[];
  architecture: string;
  parameters: number;
  tokens: number[];
  warnings: string[];
  repositories: unknown[];
  rows: unknown[];
}

async function python(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<Partial<Found>> {
  const script = path.join(import.meta.dirname, "hub_cache.py");
  const child = spawn(process.env.MOS_PYTHON!, [script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HF_HUB_DISABLE_PROGRESS_BARS: "1", HF_HUB_DISABLE_TELEMETRY: "1", ...environment },
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(out, err).toMatch(/^\{/m);
  return JSON.parse(out.trim().split("\n").at(-1)!);
}

it("finds without network what Python has downloaded, with its list of files and without", async () => {
  for (const args of [
    ["snapshot", MODEL],
    ["files", MODEL, ...wanted],
  ]) {
    const { environment, access, commit, server } = await start();
    const found = await python(environment, ...args);
    server.requests.length = 0;
    const { folder, commit: ours } = await resolveHubModel(MODEL, "main", access(true), new Watched());
    expect(server.requests).toEqual([]);
    expect(ours).toBe(commit);
    expect(found.folder ?? path.dirname(found.files![0]!)).toBe(folder);
    for (const name of wanted)
      expect(
        fs.readFileSync(path.join(folder, name)).equals(fs.readFileSync(path.join(reference, name))),
      ).toBe(true);
  }
});

it("fetches nothing again of what Python has downloaded", async () => {
  const { environment, access, server } = await start();
  await python(environment, "snapshot", MODEL);
  server.requests.length = 0;
  await resolveHubModel(MODEL, "main", access(false), new Watched());
  expect(server.asked(/resolve|cdn/)).toEqual([]);
});

it("is found by Python and transformers without network when we have downloaded it", async () => {
  const { environment, access, commit, server } = await start();
  server.push("dataset", "someone/rows", { "train.jsonl": '{"a": 1}\n' });
  const { folder } = await resolveHubModel(MODEL, "main", access(false), new Watched());
  await resolveHubDataset("someone/rows", "main", null, access(false), new Watched());
  // What a broken download leaves behind disturbs nobody.
  fs.writeFileSync(path.join(folder, "../../blobs", `${"0".repeat(64)}.mos.incomplete`), "part");
  server.requests.length = 0;
  const found = await python({ ...environment, HF_HUB_OFFLINE: "1" }, "look", MODEL, ...wanted);
  expect(server.requests).toEqual([]);
  expect(found.folder).toBe(folder);
  expect(found.files).toEqual(wanted.map((name) => path.join(folder, name)));
  expect(found).toMatchObject({ architecture: "qwen2", warnings: [] });
  expect(found.parameters!).toBeGreaterThan(10_000);
  expect(found.tokens!.length).toBeGreaterThan(0);
  expect(found.repositories).toEqual([
    { id: "someone/rows", type: "dataset", refs: ["main"], files: ["train.jsonl"] },
    { id: MODEL, type: "model", refs: ["main"], files: [...wanted].sort() },
  ]);
  expect(path.basename(folder)).toBe(commit);
  console.log(`huggingface_hub ${found.version}`);
});

it.each([
  [
    "names of shards",
    {
      "data/train-00000-of-00002.jsonl": "01",
      "data/train-00001-of-00002.jsonl": "2",
      "data/test-00000-of-00001.jsonl": "9",
    },
  ],
  ["names of files", { "train.jsonl": "12", "test.jsonl": "9" }],
  ["no names", { "one.jsonl": "1", "two.jsonl": "23" }],
  [
    "its card",
    {
      "a.jsonl": "12",
      "b.jsonl": "9",
      "README.md":
        "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: a.jsonl\n  - split: test\n    path: b.jsonl\n---\n# Rows\n",
    },
  ],
  [
    "its card's folder",
    {
      "one/train.jsonl": "12",
      "two/train.jsonl": "9",
      "README.md": "---\nconfigs:\n- config_name: default\n  data_dir: one\n---\n# Rows\n",
    },
  ],
])("takes the same rows of a dataset as Python's datasets does, by %s", async (_, files) => {
  const { environment, access, server } = await start();
  const asRows = (digits: string) =>
    [...digits].map((digit) => `${JSON.stringify({ number: Number(digit) })}\n`).join("");
  const contents = Object.entries(files).map(([name, content]) => [
    name,
    name.endsWith(".md") ? content : asRows(content),
  ]);
  server.push("dataset", "someone/rows", Object.fromEntries(contents));
  const found = await resolveHubDataset("someone/rows", "main", null, access(false), new Watched());
  const rows = found.files.flatMap((file) =>
    fs
      .readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
  expect((await python(environment, "rows", "someone/rows")).rows).toEqual(rows);
});
