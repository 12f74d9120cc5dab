/** What may stand at the top of a file. These statements name things, so their shape is checked by code, not by the table. */
export interface TopLevelKind {
  readonly name: string;
  readonly doc: string;
  readonly example: string;
}

export const topLevelKinds: readonly TopLevelKind[] = [
  { name: "mos", doc: "Version of the language, on the first line.", example: "mos 1" },
  {
    name: "import",
    doc: "Brings blocks and constants of another file in by name; the path is relative to this file.",
    example: 'import "./models.mos" { tiny }',
  },
  { name: "let", doc: "A constant. `--set name=value` replaces it.", example: "let seq = 2048" },
  {
    name: "model",
    doc: "A model to train: a folder with a checkpoint, one on the Hugging Face Hub, or random weights.",
    example: 'model tiny { path "models/tiny" }',
  },
  {
    name: "dataset",
    doc: "Examples that teach one skill: files here, or on the Hugging Face Hub.",
    example: 'dataset math { path "data/math.jsonl"; format alpaca }',
  },
  {
    name: "experiment",
    doc: "One run: a model, datasets, and how they are mixed and trained.",
    example: "experiment skills { model tiny; data [math, medicine] }",
  },
  {
    name: "ablation",
    doc: "An experiment with a few keys replaced.",
    example: "ablation no-ema of skills { mixture.ema off }",
  },
  {
    name: "ablate",
    doc: "The paper's grid over an experiment: each reward with and without EMA, and the static mixtures of temperature 1, 10 and inf.",
    example: "ablate rewards of skills",
  },
  {
    name: "sweep",
    doc: "An experiment at every combination of some values.",
    example: "sweep seeds of skills { vary seed 1..5 }",
  },
  {
    name: "profile",
    doc: "Replacements for all experiments of the file, chosen with `--profile`.",
    example: "profile smoke { train.steps 10 }",
  },
];

/** Keys of `sweep` beside addresses. */
export const sweepKeys: readonly TopLevelKind[] = [
  {
    name: "vary",
    doc: "An address and the values to try: a list, or a range of whole numbers.",
    example: "vary mixture.scorer.hidden [16, 64]",
  },
  {
    name: "exclude",
    doc: "Leaves out the combinations that have all of these values.",
    example: "exclude hidden=256 temperature=1",
  },
  { name: "parallel", doc: "Runs of the sweep at the same time.", example: "parallel 2" },
];

export const removeKey: TopLevelKind = {
  name: "remove",
  doc: "Takes a reward or an export of the experiment away.",
  example: "remove mixture.reward.difficulty",
};
