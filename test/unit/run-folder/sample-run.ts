/**
 * Makes runs for tests: deterministic, valid by the contracts, and shaped like real ones (losses fall with what was drawn,
 * probabilities follow the rewards, counts add up). Nothing in it is a measurement.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { canonicalJson } from "../../../contracts/canonical-json";
import type { Config, MixtureConfig, Plan, RewardName } from "../../../contracts/plan";
import {
  type DatasetFacts,
  type NewRunEvent,
  RUN_EVENT_VERSION,
  type RunEvent,
} from "../../../contracts/run-event";
import { type RunRecord, type RunResult, runFolderLayout } from "../../../contracts/run-folder";

export interface SampleDataset {
  name: string;
  /** Training examples. */
  size: number;
  heldOut: number;
  /** Mean tokens of an example, and those of them that are learned. */
  tokens: number;
  responseTokens: number;
  /** Held-out loss before training, and where it ends after endless training (nats per token). */
  startLoss: number;
  endLoss: number;
  /** Examples after which the loss has gone 63 % of the way. */
  timeConstant: number;
}

export type SampleMixture =
  | "difficulty"
  | "transferability"
  | "difficulty+transferability"
  | "uniform"
  | "proportional";

export interface SampleRunOptions {
  runId?: string;
  /** `experiment`, `experiment/ablation` or `experiment/sweep/key=value`. */
  name?: string;
  doc?: string;
  seed?: number;
  mixture?: SampleMixture;
  datasets?: readonly SampleDataset[];
  /** Planned optimizer steps. */
  steps?: number;
  /** Steps that were taken; fewer than `steps` for a run that did not finish. */
  done?: number;
  /** How the events end; "open" leaves them as a live or killed host does. */
  end?: "finish" | "stop" | "failure" | "open";
  batch?: number;
  updateEvery?: number;
  evaluateEvery?: number;
  /** ISO 8601; event times count from here. */
  created?: string;
  /** A resume event at this step. */
  resumedAt?: number;
}

export interface SampleRun {
  record: RunRecord;
  events: RunEvent[];
  /** There when the run finished. */
  result: RunResult | null;
}

/** The quickstart's four skills: unequal in size, length and difficulty. */
export const sampleDatasets: readonly SampleDataset[] = [
  {
    name: "arith",
    size: 2600,
    heldOut: 128,
    tokens: 63,
    responseTokens: 24,
    startLoss: 1.5,
    endLoss: 0.06,
    timeConstant: 420,
  },
  {
    name: "convert",
    size: 520,
    heldOut: 128,
    tokens: 46,
    responseTokens: 24,
    startLoss: 1.65,
    endLoss: 0.1,
    timeConstant: 500,
  },
  {
    name: "facts",
    size: 930,
    heldOut: 128,
    tokens: 23,
    responseTokens: 7,
    startLoss: 1.55,
    endLoss: 0.4,
    timeConstant: 1500,
  },
  {
    name: "copy",
    size: 6260,
    heldOut: 128,
    tokens: 26,
    responseTokens: 6,
    startLoss: 2.7,
    endLoss: 0.01,
    timeConstant: 260,
  },
];

const defaults = {
  name: "quickstart",
  doc: "Does the learned mixture beat a fixed one?",
  seed: 1,
  mixture: "difficulty" as SampleMixture,
  datasets: sampleDatasets,
  steps: 300,
  end: "finish" as NonNullable<SampleRunOptions["end"]>,
  batch: 16,
  updateEvery: 20,
  evaluateEvery: 50,
  created: "2026-01-02T03:04:05.000Z",
};

type Complete = typeof defaults & Omit<SampleRunOptions, keyof typeof defaults>;
type Settings = Complete & { done: number };

/** A run that took `done` of its `steps`, with every kind of event that such a run has. */
export function sampleRun(options: SampleRunOptions = {}): SampleRun {
  const given = { ...defaults, ...options };
  const settings: Settings = { ...given, done: Math.min(given.done ?? given.steps, given.steps) };
  const plan = samplePlan(settings);
  const record: RunRecord = {
    version: 1,
    runId: settings.runId ?? `${stamp(settings.created)}-${plan.id}`,
    created: settings.created,
    product: "0.1.0",
    plan,
  };
  const simulation = new Simulation(settings, plan);
  const events = simulation.run();
  const finished = events.at(-1)?.type === "finish";
  return { record, events, result: finished ? simulation.result(record) : null };
}

/** Runs that a comparison would hold: the learned mixture, an ablation of its reward, and both static baselines. */
export function sampleComparison(options: SampleRunOptions = {}): SampleRun[] {
  const variants: [string, SampleMixture][] = [
    ["quickstart", "difficulty"],
    ["quickstart/transferability", "transferability"],
    ["quickstart/uniform", "uniform"],
    ["quickstart/proportional", "proportional"],
  ];
  return variants.map(([name, mixture], index) =>
    sampleRun({ ...options, name, mixture, created: `2026-01-02T03:04:0${index}.000Z` }),
  );
}

export function samplePlan(options: SampleRunOptions = {}): Plan {
  const settings = { ...defaults, ...options };
  const config = sampleConfig(settings);
  const hash = createHash("sha256").update(canonicalJson(config)).digest("hex");
  const [experiment] = settings.name.split("/");
  return {
    version: 1,
    id: `${settings.name.replace(/[^A-Za-z0-9.-]+/g, "-")}-${hash.slice(0, 8)}`,
    name: settings.name,
    experiment: experiment!,
    doc: settings.doc,
    hash,
    overrides: settings.name.includes("/") ? { mixture: settings.mixture } : {},
    config,
    origins: {
      seed: { layer: "experiment", file: "quickstart.mos", line: 12 },
      "train.steps": { layer: "experiment", file: "quickstart.mos", line: 27 },
      "train.clip": { layer: "default" },
    },
    file: "/workspace/quickstart.mos",
    baseDirectory: "/workspace",
  };
}

/** Writes the run's folder as a host leaves it (without checkpoints); returns the folder. */
export function writeSampleRun(runsDirectory: string, run: SampleRun): string {
  const folder = path.join(runsDirectory, run.record.runId);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, runFolderLayout.plan), JSON.stringify(run.record, null, 2));
  fs.writeFileSync(path.join(folder, runFolderLayout.events), run.events.map(eventLine).join(""));
  fs.writeFileSync(path.join(folder, runFolderLayout.probabilities), probabilityLog(run));
  if (run.result) {
    fs.writeFileSync(path.join(folder, runFolderLayout.result), JSON.stringify(run.result, null, 2));
  }
  return folder;
}

/** The event as a line of `events.jsonl`. */
export function eventLine(event: RunEvent): string {
  return `${JSON.stringify(event)}\n`;
}

function probabilityLog(run: SampleRun): string {
  const start = run.events.find((event) => event.type === "start");
  const prior = Object.fromEntries(start?.datasets.map(({ name, prior }) => [name, prior]) ?? []);
  const lines = [{ step: 0, ...prior }];
  for (const event of run.events) if (event.type === "update") lines.push({ step: event.step, ...event.p });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function sampleConfig(settings: Complete): Config {
  return {
    seed: settings.seed,
    model: {
      name: "base",
      path: "models/base",
      hub: null,
      scratch: null,
      tokenizer: null,
      template: { kind: "own" },
      lora: null,
    },
    data: settings.datasets.map(({ name }) => ({
      name,
      path: `data/${name}.jsonl`,
      hub: null,
      format: { kind: "columns", prompt: "prompt", answer: "answer", system: null },
      dev: `data/${name}.dev.jsonl`,
      split: null,
      duplicates: "keep",
      malformed: "stop",
      weight: 1,
      limit: null,
      license: "MIT",
    })),
    mixture: mixtureConfig(settings.mixture, settings.updateEvery),
    train: {
      duration: { steps: settings.steps },
      batch: { size: settings.batch, micro: settings.batch, order: "drawn" },
      length: 128,
      activations: "keep",
      optimizer: { kind: "adamw", lr: 1e-3, weightDecay: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      clip: 1,
      schedule: { kind: "linear", warmup: { fraction: 0.1 }, end: 0.05 },
      checkpoint: { steps: 100, keep: 2 },
    },
    eval: { every: settings.evaluateEvery, samples: null },
    launch: { kind: "local", parallel: 2, backend: "auto", threads: null },
    export: {},
  };
}

function mixtureConfig(mixture: SampleMixture, update: number): MixtureConfig {
  if (mixture === "uniform") return { kind: "static", prior: { temperature: "inf" }, unit: "example" };
  if (mixture === "proportional") return { kind: "static", prior: { temperature: 1 }, unit: "example" };
  const reward: Extract<MixtureConfig, { kind: "scorer" }>["reward"] = {};
  for (const name of rewardNames(mixture)) {
    if (name === "difficulty") {
      reward.difficulty = { weight: 1, tokens: "response", outliers: "winsorise" };
    } else reward.transferability = { weight: 1 };
  }
  return {
    kind: "scorer",
    prior: { temperature: "inf" },
    scorer: { kind: "logits", hidden: 64, inner: 20, lr: 5e-3, travel: null },
    update,
    probe: 32,
    reward,
    ema: { beta: 0.9, start: "first" },
    floor: 0,
    unit: "example",
  };
}

function rewardNames(mixture: SampleMixture): RewardName[] {
  if (mixture === "uniform" || mixture === "proportional") return [];
  return mixture.split("+") as RewardName[];
}

/** Plays the run: what is drawn lowers the losses, the losses make the rewards, the rewards move the probabilities. */
class Simulation {
  private readonly random: () => number;
  private readonly events: RunEvent[] = [];
  private readonly names: string[];
  private readonly drawn: Record<string, number>;
  private readonly tokens: Record<string, number>;
  private p: Record<string, number>;
  private smoothed: Record<string, number> | null = null;
  private readonly sumP: Record<string, number>;
  private clock: number;

  constructor(
    private readonly settings: Settings,
    private readonly plan: Plan,
  ) {
    this.random = mulberry32(settings.seed);
    this.names = settings.datasets.map(({ name }) => name);
    this.drawn = this.record(() => 0);
    this.tokens = this.record(() => 0);
    this.sumP = this.record(() => 0);
    this.p = this.prior();
    this.clock = Date.parse(settings.created);
  }

  run(): RunEvent[] {
    const { done, steps, updateEvery, evaluateEvery, resumedAt } = this.settings;
    this.start();
    this.evaluate(0);
    for (let step = 1; step <= done; step++) {
      if (resumedAt !== undefined && step === resumedAt + 1) {
        this.emit({ type: "resume", step: resumedAt, ...machine });
      }
      this.train(step);
      if (this.isLearned && step % updateEvery === 0 && step < steps) this.update(step);
      if (step % evaluateEvery === 0 || step === steps) this.evaluate(step);
      if (step % 100 === 0) {
        this.emit({ type: "checkpoint", step, path: `${runFolderLayout.checkpoints}/step-${step}` });
      }
    }
    this.finish();
    return this.events;
  }

  result(record: RunRecord): RunResult {
    const { steps } = this.settings;
    return {
      version: 1,
      runId: record.runId,
      planHash: this.plan.hash,
      steps,
      p: this.p,
      averageP: this.record((name) => this.sumP[name]! / steps),
      seconds: this.seconds,
      overheadSeconds: this.overheadSeconds,
      peakMemory: 400 * 2 ** 20,
    };
  }

  private get isLearned(): boolean {
    return this.plan.config.mixture.kind === "scorer";
  }

  private get seconds(): number {
    return (this.clock - Date.parse(this.settings.created)) / 1000;
  }

  private get overheadSeconds(): number {
    return this.events.reduce((sum, event) => (event.type === "update" ? sum + event.seconds : sum), 0);
  }

  private start(): void {
    const prior = this.prior();
    const datasets = this.settings.datasets.map(
      (dataset): DatasetFacts => ({
        name: dataset.name,
        size: dataset.size,
        heldOut: dataset.heldOut,
        tokens: dataset.size * dataset.tokens,
        responseTokens: dataset.size * dataset.responseTokens,
        truncated: 0,
        dropped: 0,
        malformed: 0,
        duplicates: 0,
        prior: prior[dataset.name]!,
      }),
    );
    this.emit({
      type: "start",
      step: 0,
      version: RUN_EVENT_VERSION,
      ...machine,
      planHash: this.plan.hash,
      steps: this.settings.steps,
      batch: this.settings.batch,
      sources: [],
      parameters: 869_504,
      datasets,
    });
  }

  private train(step: number): void {
    const perDataset: Record<
      string,
      { loss: number; examples: number; tokens: number; responseTokens: number }
    > = {};
    for (const [name, examples] of this.draw()) {
      const dataset = this.dataset(name);
      this.drawn[name]! += examples;
      this.tokens[name]! += examples * dataset.tokens;
      perDataset[name] = {
        loss: this.loss(dataset) * (0.9 + 0.2 * this.random()),
        examples,
        tokens: examples * dataset.tokens,
        responseTokens: examples * dataset.responseTokens,
      };
    }
    for (const name of this.names) this.sumP[name]! += this.p[name]!;
    const shares = Object.values(perDataset);
    const learned = shares.reduce((sum, share) => sum + share.responseTokens, 0);
    this.clock += 60;
    this.emit({
      type: "step",
      step,
      loss: shares.reduce((sum, share) => sum + share.loss * share.responseTokens, 0) / learned,
      perDataset,
      learningRate: 1e-3 * Math.min(1, step / 30) * (1 - (0.95 * step) / this.settings.steps),
      gradientNorm: 0.5 + this.random(),
      seconds: 0.06,
    });
  }

  private update(step: number): void {
    const raw = Object.fromEntries(
      rewardNames(this.settings.mixture).map((reward) => [
        reward,
        this.record((name) => this.reward(reward, this.dataset(name))),
      ]),
    );
    const combined = this.record((name) => mean(Object.values(raw).map((reward) => reward[name]!)));
    const before = this.smoothed ?? combined;
    const reward = this.record((name) => 0.9 * combined[name]! + 0.1 * before[name]!);
    this.smoothed = reward;
    const travel = this.follow(reward);
    this.clock += 300;
    const error = this.record((name) => 0.08 * reward[name]!);
    this.emit({
      type: "update",
      step,
      p: { ...this.p },
      raw,
      reward,
      error,
      travel,
      clamped: [],
      skipped: null,
      drawn: { ...this.drawn },
      epochs: this.epochs(),
      tokens: { ...this.tokens },
      seconds: 0.3,
    });
    if (step === 2 * this.settings.updateEvery) {
      const noisy = this.names.at(-1)!;
      this.emit({
        type: "alert",
        step,
        kind: "noisy-reward",
        dataset: noisy,
        message: `The reward of ${noisy} is uncertain: its standard error is more than half of it.`,
      });
    }
  }

  /** Moves the logits towards the fixed point of the scorer, p = R / sum R, by at most 0.1 each. */
  private follow(reward: Record<string, number>): number {
    const sum = Object.values(reward).reduce((a, b) => a + b, 0);
    let travel = 0;
    const weights = this.record((name) => {
      const distance = Math.log(reward[name]! / sum / this.p[name]!);
      const move = Math.max(-0.1, Math.min(0.1, distance));
      travel = Math.max(travel, Math.abs(move));
      return this.p[name]! * Math.exp(move);
    });
    this.p = normalised(weights);
    return travel;
  }

  private reward(name: RewardName, dataset: SampleDataset): number {
    const noise = 0.95 + 0.1 * this.random();
    if (name === "transferability") return (0.7 - 0.02 * this.names.indexOf(dataset.name)) * noise;
    return Math.exp(this.loss(dataset) - dataset.startLoss) * noise;
  }

  private evaluate(step: number): void {
    const perDataset = Object.fromEntries(
      this.settings.datasets.map((dataset) => {
        const loss = this.loss(dataset);
        const tokens = dataset.heldOut * dataset.responseTokens;
        return [dataset.name, { loss, perplexity: Math.exp(loss), tokens }];
      }),
    );
    this.clock += 600;
    const reference = { loss: mean(Object.values(perDataset).map(({ loss }) => loss)) };
    this.emit({ type: "evaluation", step, perDataset, reference, seconds: 0.6 });
  }

  private finish(): void {
    const step = this.settings.done;
    switch (this.settings.end) {
      case "finish":
        if (step < this.settings.steps) return;
        this.emit({
          type: "finish",
          step,
          seconds: this.seconds,
          overheadSeconds: this.overheadSeconds,
          peakMemory: 400 * 2 ** 20,
          drawn: { ...this.drawn },
          epochs: this.epochs(),
          tokens: { ...this.tokens },
        });
        return;
      case "stop":
        this.emit({ type: "checkpoint", step, path: `${runFolderLayout.checkpoints}/step-${step}` });
        this.emit({ type: "stop", step, reason: "A client asked for it." });
        return;
      case "failure":
        this.emit({
          type: "failure",
          step,
          message: `The loss of step ${step} is not a number.`,
          advice: "Lower the learning rate.",
        });
        return;
      case "open":
        return;
    }
  }

  /** One dataset per example, by p; how many of each. */
  private draw(): Map<string, number> {
    const drawn = new Map<string, number>();
    for (let example = 0; example < this.settings.batch; example++) {
      const name = this.drawName();
      drawn.set(name, (drawn.get(name) ?? 0) + 1);
    }
    return drawn;
  }

  private drawName(): string {
    let left = this.random();
    for (const name of this.names) {
      left -= this.p[name]!;
      if (left < 0) return name;
    }
    return this.names.at(-1)!;
  }

  private loss(dataset: SampleDataset): number {
    const way = Math.exp(-this.drawn[dataset.name]! / dataset.timeConstant);
    return dataset.endLoss + (dataset.startLoss - dataset.endLoss) * way;
  }

  private prior(): Record<string, number> {
    const isUniform = this.settings.mixture !== "proportional";
    return normalised(this.record((name) => (isUniform ? 1 : this.dataset(name).size)));
  }

  private epochs(): Record<string, number> {
    return this.record((name) => this.drawn[name]! / this.dataset(name).size);
  }

  private dataset(name: string): SampleDataset {
    return this.settings.datasets.find((dataset) => dataset.name === name)!;
  }

  private record(of: (name: string) => number): Record<string, number> {
    return Object.fromEntries(this.names.map((name) => [name, of(name)]));
  }

  private emit(event: NewRunEvent): void {
    const numbered = { seq: this.events.length, time: new Date(this.clock).toISOString(), ...event };
    this.events.push(numbered as RunEvent);
  }
}

const machine = {
  backend: "wasm",
  detail: "own wasm kernels, relaxed SIMD",
  threads: 2,
  passedOver: [{ backend: "wasm-blas", reason: "There is no BLAS library." }],
  node: "v20.19.0",
  product: "0.1.0",
  host: "sample",
  pid: 4242,
};

function normalised(weights: Record<string, number>): Record<string, number> {
  const sum = Object.values(weights).reduce((a, b) => a + b, 0);
  return Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, weight / sum]));
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** `2026-01-02T03:04:05.000Z` as `20260102-030405`. */
function stamp(time: string): string {
  return time.slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
}

/** The mulberry32 generator: 32 bits of state are plenty for sample data. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}
