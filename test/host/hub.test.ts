/** Runs whose model and data are on the Hub: a server that speaks its API. Real host processes. */
import * as fs from "node:fs";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Config, Plan } from "../../contracts/plan";
import { HubServer } from "../hub/hub-server";
import {
  eventsOf,
  eventsOfType,
  freezeRun,
  runToEnd,
  startHost,
  temporaryFolder,
  until,
} from "./run-under-test";
import { tinyDataset, tinyPlan, writeTinyData } from "./tiny-experiment";

const TOKEN = "hf_secretOfTheRun";
const reference = path.resolve(import.meta.dirname, "../fixtures/reference/models/llama3-tiny");

let server: HubServer;
let folder: string;
let environment: NodeJS.ProcessEnv;
let commits: { model: string; rows: string };

beforeEach(async () => {
  server = await HubServer.start();
  folder = temporaryFolder((remove) => afterEach(remove));
  writeTinyData(folder);
  server.token = TOKEN;
  commits = { model: server.push("model", "someone/tiny", modelFiles()), rows: pushRows() };
  environment = {
    HF_ENDPOINT: server.endpoint,
    HF_HUB_CACHE: path.join(folder, "hub"),
    HF_TOKEN: TOKEN,
  };
});

afterEach(() => server.stop());

function modelFiles(): Record<string, Buffer> {
  const names = fs.readdirSync(reference);
  return Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(reference, name))]));
}

/** In two shards, one of them compressed by nobody. */
function pushRows(change = ""): string {
  const lines = fs.readFileSync(path.join(folder, "sums.jsonl"), "utf8").trim().split("\n");
  return server.push("dataset", "someone/sums", {
    "README.md": `# Sums ${change}`,
    "data/train-00000-of-00002.jsonl": `${lines.slice(0, 30).join("\n")}\n`,
    "data/train-00001-of-00002.jsonl": `${lines.slice(30).join("\n")}\n${change}`,
    "data/test-00000-of-00001.jsonl": "not even JSON\n",
  });
}

function hubPlan(changes: Partial<Config["train"]> = {}): Plan {
  const plain = tinyPlan(folder);
  return tinyPlan(folder, {
    train: { duration: { steps: 4 }, checkpoint: { steps: 2, keep: 2 }, ...changes },
    mixture: { update: 2, probe: 4, scorer: { kind: "logits", hidden: 8, inner: 2, lr: 0.01, travel: null } },
    config: {
      model: {
        ...plain.config.model,
        scratch: null,
        hub: { repository: "someone/tiny", revision: "main" },
      },
      data: [
        {
          ...tinyDataset("sums"),
          path: null,
          hub: { repository: "someone/sums", revision: "main", files: null },
        },
        tinyDataset("echoes"),
      ],
      eval: { every: null, samples: 2 },
    },
  });
}

/** Every file of the run's folder and of the caches beside it that holds the token. */
function filesWith(secret: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile())
    .filter((name) => fs.readFileSync(path.join(folder, name)).includes(secret));
}

describe("a run with a model and a dataset on the Hub", () => {
  it("fetches them, records their commits, and never writes the token; then it runs without network from the cache", async () => {
    const online = freezeRun(hubPlan());
    const first = await runToEnd(online, { environment });
    expect(first.output).not.toContain("error");
    expect(first.code).toBe(0);
    const [start] = eventsOfType(online, "start");
    const sources = [
      { kind: "model", repository: "someone/tiny", revision: "main", commit: commits.model },
      { kind: "dataset", repository: "someone/sums", revision: "main", commit: commits.rows },
    ];
    expect(start!.sources).toEqual(sources);
    expect(start!.datasets.map(({ name, size }) => [name, size])).toEqual([
      ["sums", 60],
      ["echoes", 24],
    ]);
    // The server gives nothing without it.
    expect(server.asked(/^hub/).every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(
      true,
    );
    expect(JSON.stringify(server.asked(/^cdn/))).not.toContain(TOKEN);
    expect(filesWith(TOKEN)).toEqual([]);
    expect(first.output).not.toContain(TOKEN);

    await server.stop();
    const offline = freezeRun(hubPlan());
    const second = await runToEnd(offline, { environment: { ...environment, HF_HUB_OFFLINE: "1" } });
    expect(second.code).toBe(0);
    expect(eventsOfType(offline, "start")[0]!.sources).toEqual(sources);
    const losses = (run: string) => eventsOfType(run, "step").map(({ loss }) => loss);
    expect(losses(offline)).toEqual(losses(online));
  });

  it("goes on with the commits that it began with, when the branches have moved on", async () => {
    const run = freezeRun(hubPlan({ duration: { steps: 400 } }));
    const host = startHost(run, { environment });
    await until(() => eventsOfType(run, "checkpoint").length > 0);
    host.process.kill("SIGTERM");
    expect((await host.ended).code).toBe(75);
    const moved = pushRows('{"prompt": "what is new ?", "answer": "this"}\n');
    server.requests.length = 0;
    const resumed = startHost(run, { environment });
    await until(() => eventsOf(run).at(-1)?.type === "step" && eventsOfType(run, "resume").length > 0);
    resumed.process.kill("SIGTERM");
    expect((await resumed.ended).code).toBe(75);
    expect(server.requests).toEqual([]);
    expect(eventsOfType(run, "start")[0]!.sources.map(({ commit }) => commit)).toEqual([
      commits.model,
      commits.rows,
    ]);
    expect(moved).not.toBe(commits.rows);
  });

  it.each([
    [
      "a token that is wrong",
      { HF_TOKEN: "hf_wrongToken" },
      /does not accept your token for the model "someone\/tiny" \(401\)/,
    ],
    [
      "nothing in the cache and no network",
      { HF_HUB_OFFLINE: "1" },
      /The model "someone\/tiny" at "main" is not in the cache .*\(HF_HUB_OFFLINE\)/,
    ],
  ])("fails in one sentence with %s", async (_, change, message) => {
    const run = freezeRun(hubPlan());
    const { code, output } = await runToEnd(run, { environment: { ...environment, ...change } });
    expect(code).toBe(3);
    const [failure] = eventsOfType(run, "failure");
    expect(failure!.message).toMatch(message);
    expect(failure!.advice).not.toBe("");
    expect(output + fs.readFileSync(path.join(run, "events.jsonl"), "utf8")).not.toMatch(
      /hf_wrongToken|hf_secret/,
    );
  });

  it("stops at once when it is asked to while it downloads", async () => {
    server.fail(/^cdn/, { stallAfter: 100_000 }, 9);
    const run = freezeRun(hubPlan());
    const host = startHost(run, { environment });
    await until(() => server.asked(/^cdn/).some(({ sent }) => sent > 0));
    host.process.kill("SIGTERM");
    expect((await host.ended).code).toBe(75);
    expect(eventsOf(run).map(({ type }) => type)).toEqual(["stop"]);
  });
});
