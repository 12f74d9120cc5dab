/**
 * `npm run bench:generation`: how fast models write, beside PyTorch with the same weights and prompts: prompt tokens per second, and
 * tokens written per second for one answer and for several at a time. Every measurement is made by a process of its own, on one
 * thread and in processor time: what else the machine does disturbs that least.
 */
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { type BackendName, backendNames } from "../../contracts/backend";
import type { PackedBatch } from "../../training-host/data/packed-batch";
import { parameterCount } from "../../training-host/generation/loaded-model";
import type { CausalLm } from "../../training-host/model/causal-lm";
import { loadWithAdapter } from "../../training-host/model/checkpoint/load";
import { SequencePast } from "../../training-host/model/sequence-past";
import { openBackend } from "../../training-host/tensor/backends";
import { chosen, count, tellFailures } from "./choices";
import { describeMachine, loadWarning, markdownTable, plainTable, writeSection } from "./performance-page";
import { findTorchPython } from "./python-environment";
import { sizes } from "./sizes";
import { median } from "./statistics";
import { readBatches, readWorkload, writeWorkload } from "./workload";

const cache = path.join(__ROOT__, ".cache/bench");
const sizeNames = ["a", "b", "c"] as const;

interface Round {
  promptSeconds: number;
  /** Of each token after the first: of all answers together. */
  tokenSeconds: number[];
  /** Written, for every prompt. */
  ids: number[][];
}

interface Measurement {
  detail: string;
  rounds: Round[];
  /** Bytes of weights that a token's pass reads; only from our side. */
  weightBytes?: number;
}

interface Task {
  folder: string;
  batch: number;
  prompt: number;
  tokens: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: sizeNames.join() },
      backends: { type: "string", default: "wasm-blas,wasm" },
      batches: { type: "string", default: "1,8" },
      prompt: { type: "string", default: "96" },
      tokens: { type: "string", default: "32" },
      rounds: { type: "string", default: "3" },
      "torch-python": { type: "string" },
      write: { type: "boolean", default: false },
      /** What a process of its own measures. */
      backend: { type: "string" },
      folder: { type: "string" },
      batch: { type: "string" },
    },
  });
  const [prompt, tokens] = (["prompt", "tokens"] as const).map((name) => count(name, values[name])) as [
    number,
    number,
  ];
  if (values.backend !== undefined) {
    const task = { folder: values.folder!, prompt, tokens, batch: Number(values.batch) };
    console.log(JSON.stringify(await measure(values.backend as BackendName, task)));
    process.exit();
  }
  const python = findTorchPython(values["torch-python"], {
    cache,
    requirements: path.join(__ROOT__, "test/bench/requirements.txt"),
  });
  const warning = loadWarning();
  const backends = chosen("backends", values.backends, backendNames);
  const lines: string[][] = [];
  const details = new Set<string>();
  for (const size of chosen("sizes", values.sizes, sizeNames)) {
    const folder = await writeWorkload(cache, size, sizes[size]);
    for (const batch of values.batches.split(",").map((text) => count("batches", text))) {
      const task = { folder, batch, prompt, tokens };
      const found = compare(task, backends, python, count("rounds", values.rounds));
      for (const { detail } of found.values()) details.add(detail);
      lines.push(...linesOf(size, task, found));
      console.log(plainTable(header, lines.slice(-found.size)));
    }
  }
  const remarks = [
    `${describeMachine()}; one thread, processor time, prompts of ${prompt} tokens.`,
    `${[...details].join("; ")}. Medians.`,
    warning,
  ];
  const told = remarks.filter(Boolean).join(" ");
  console.log(`\n${plainTable(header, lines)}\n${told}`);
  if (values.write) writeSection("generation", `${markdownTable(header, lines)}\n\n${told}`);
}

const header = [
  "model",
  "answers",
  "computed by",
  "prompt tokens/s",
  "tokens/s",
  "weights read, GB/s",
  "beside PyTorch",
];

/** A B C A B C: whatever else the machine does meets all alike. */
function compare(
  task: Task,
  backends: readonly BackendName[],
  python: string,
  rounds: number,
): Map<string, Measurement> {
  const found = new Map<string, Measurement>();
  for (let round = 0; round < rounds; round++)
    for (const side of [...backends, "PyTorch"]) {
      const one = side === "PyTorch" ? measureTorch(python, task) : measureInProcess(side, task);
      const before = found.get(side);
      // The first round of a process warms it up.
      one.rounds.shift();
      if (before) before.rounds.push(...one.rounds);
      else found.set(side, one);
    }
  requireSameTokens(found);
  return found;
}

/** Numbers that are compared must be of the same work. Untrained models have near ties, where the last bits decide. */
function requireSameTokens(found: ReadonlyMap<string, Measurement>): void {
  const tokens = [...found].map(([side, { rounds }]) => ({ side, ids: rounds[0]!.ids.map((ids) => ids[0]) }));
  const expected = tokens.at(-1)!.ids.join();
  const other = tokens.find(({ ids }) => ids.join() !== expected);
  if (other)
    throw new Error(`${other.side} writes other tokens than PyTorch: ${other.ids.join()}, not ${expected}`);
}

function linesOf(size: string, { batch, prompt }: Task, found: ReadonlyMap<string, Measurement>): string[][] {
  const speeds = new Map(
    [...found].map(([side, { rounds, weightBytes }]) => {
      const seconds = median(rounds.flatMap(({ tokenSeconds }) => tokenSeconds));
      return [
        side,
        {
          prompt: (batch * prompt) / median(rounds.map(({ promptSeconds }) => promptSeconds)),
          tokens: batch / seconds,
          read: weightBytes === undefined ? "" : (weightBytes / seconds / 1e9).toFixed(1),
        },
      ] as const;
    }),
  );
  const torch = speeds.get("PyTorch")!;
  return [...speeds].map(([side, { prompt, tokens, read }]) => [
    size,
    String(batch),
    side,
    prompt.toFixed(0),
    tokens.toFixed(tokens < 100 ? 1 : 0),
    read,
    side === "PyTorch"
      ? ""
      : `prompts ${(prompt / torch.prompt).toFixed(2)}, tokens ${(tokens / torch.tokens).toFixed(2)}`,
  ]);
}

function measureInProcess(backend: string, task: Task): Measurement {
  const options = Object.entries({ ...task, backend }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  return answerOf(process.execPath, [process.argv[1]!, ...options]);
}

function measureTorch(python: string, { folder, batch, prompt, tokens }: Task): Measurement {
  const script = path.join(__ROOT__, "test/bench/generation_worker.py");
  return answerOf(python, [script, folder, ...[batch, prompt, tokens, ROUNDS_PER_PROCESS].map(String)]);
}

function answerOf(command: string, args: readonly string[]): Measurement {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`measuring failed: ${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Measurement;
}

const ROUNDS_PER_PROCESS = 6;

async function measure(name: BackendName, { folder, batch, prompt, tokens }: Task): Promise<Measurement> {
  const backend = await openBackend(name, 1);
  const model = await loadWithAdapter(folder, null, backend);
  const prompts = readBatches(folder, readWorkload(folder))
    .flat()
    .slice(0, batch)
    .map(({ ids }) => ids.slice(0, prompt));
  if (prompts.length < batch) throw new Error(`the workload has ${prompts.length} prompts only`);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS_PER_PROCESS; round++)
    rounds.push(await writeTokens(model, prompts, tokens));
  // The embedding's rows are looked up; as a tied head it is read whole.
  const weightBytes = 4 * parameterCount(model.decoder);
  return { detail: backend.detail, rounds, weightBytes };
}

async function writeTokens(model: CausalLm, prompts: readonly Int32Array[], tokens: number): Promise<Round> {
  const pasts = prompts.map(() => new SequencePast(model.decoder, model.backend.operations));
  const pass = async (rows: readonly Int32Array[]) => {
    const starts = Int32Array.of(
      0,
      ...rows.map(
        (
          (end) =>
          ({ length }: Int32Array) =>
            (end += length)
        )(0),
      ),
    );
    const batch: PackedBatch = {
      ids: Int32Array.from(rows.flatMap((ids) => [...ids])),
      positions: Int32Array.from(rows.flatMap((ids, s) => [...ids.keys()].map((at) => pasts[s]!.rows + at))),
      starts,
    };
    const used = process.cpuUsage();
    const logits = await model.logits(
      batch,
      starts.slice(1).map((end) => end - 1),
      pasts,
    );
    const V = logits.length / rows.length;
    const ids = rows.map((_, row) => largest(logits.subarray(row * V, (row + 1) * V)));
    const { user, system } = process.cpuUsage(used);
    return { ids, seconds: (user + system) / 1e6 };
  };
  let { ids, seconds: promptSeconds } = await pass(prompts);
  const written = ids.map((id) => [id]);
  const tokenSeconds: number[] = [];
  for (let step = 1; step < tokens; step++) {
    const next = await pass(ids.map((id) => Int32Array.of(id)));
    ids = next.ids;
    tokenSeconds.push(next.seconds);
    for (const [row, id] of ids.entries()) written[row]!.push(id);
  }
  for (const past of pasts) past.dispose();
  return { promptSeconds, tokenSeconds, ids: written };
}

function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

void tellFailures(main);
