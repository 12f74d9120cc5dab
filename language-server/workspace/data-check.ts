/** Checks that need files: data, models, tokenizers. Asynchronous, and never while typing: `mos check` and the server call it. */
import { stat } from "node:fs/promises";
import path from "node:path";
import type { Config, DatasetConfig, DatasetFormat, Prior } from "../../contracts/plan";
import type { CheckedDocument } from "../language/check";
import { travelProblem } from "../language/cross-checks";
import type { Diagnostic, DiagnosticCode, FileDiagnostic, Severity } from "../language/diagnostic";
import { locate } from "../language/file-diagnostics";
import type { Declaration } from "../language/references";
import { type Resolved, type ResolvedBlock, resolveBlock } from "../language/resolve";
import type { Range } from "../language/syntax-tree";
import type { DataFileChecks } from "./data-file-check";

/** Seen more often than this, examples are memorised rather than learned from. */
const MANY_EPOCHS = 4;

/** The problems that only the files show. @throws when `signal` aborts. */
export async function checkData(
  document: CheckedDocument,
  files: DataFileChecks,
  signal?: AbortSignal,
): Promise<FileDiagnostic[]> {
  const check = new DataCheck(document, files, signal);
  await check.all();
  const { path: file, tree } = document.program.entry;
  return check.problems.map((problem) => locate(problem, file, tree.lines));
}

class DataCheck {
  readonly problems: Diagnostic[] = [];
  private readonly directory: string;
  /** Rows by dataset, where they are known. */
  private readonly rows = new Map<string, number>();

  constructor(
    private readonly document: CheckedDocument,
    private readonly files: DataFileChecks,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.directory = path.dirname(document.program.entry.path);
  }

  async all(): Promise<void> {
    for (const declaration of this.document.program.entry.declarations) {
      this.signal?.throwIfAborted();
      if (declaration.kind === "dataset") await this.dataset(declaration);
      if (declaration.kind === "model") await this.model(declaration);
    }
    for (const resolved of this.document.experiments.values()) await this.experiment(resolved);
  }

  private async dataset(declaration: Declaration): Promise<void> {
    const block = resolveBlock("dataset", this.document.analysis.bound(declaration));
    if (!block) return;
    const format = block.values.format as unknown as DatasetFormat;
    for (const key of ["path", "dev"]) {
      const written = block.values[key];
      if (typeof written !== "string" || !format.kind || written.startsWith("env.")) continue;
      const facts = await this.files.check(this.absolute(written), written, format, this.signal);
      if (facts.problem)
        this.report(facts.problem.code, "error", placeOf(block, key, declaration), facts.problem.message);
      else if (key === "path" && facts.rows !== null) this.rows.set(declaration.name, facts.rows);
    }
  }

  private async model(declaration: Declaration): Promise<void> {
    const block = resolveBlock("model", this.document.analysis.bound(declaration));
    if (!block) return;
    const { path: folder, tokenizer } = block.values;
    if (typeof folder === "string" && !folder.startsWith("env.")) {
      const message = await this.modelProblem(folder);
      const maker = message && this.makerOf(folder);
      const place = placeOf(block, "path", declaration);
      if (maker) {
        const later = `The model folder \`${folder}\` will be there once \`${maker}\` has run, which exports it.`;
        this.report("model-missing", "information", place, later);
      } else if (message) this.report("model-missing", "error", place, message);
    }
    if (
      typeof tokenizer !== "string" ||
      tokenizer.startsWith("env.") ||
      (await exists(this.absolute(tokenizer)))
    )
      return;
    const message = `The tokenizer \`${tokenizer}\` does not exist; it was looked for at ${this.absolute(tokenizer)}.`;
    this.report("tokenizer-missing", "error", placeOf(block, "tokenizer", declaration), message);
  }

  /** The experiment of this file that writes the folder when it has run. */
  private makerOf(folder: string): string | null {
    for (const [name, { config }] of this.document.experiments) {
      const exported = config.export.safetensors?.path;
      if (exported !== undefined && this.absolute(exported) === this.absolute(folder)) return name;
    }
    return null;
  }

  private async modelProblem(folder: string): Promise<string | null> {
    const absolute = this.absolute(folder);
    const facts = await stat(absolute).catch(() => null);
    if (!facts) return `The model folder \`${folder}\` does not exist; it was looked for at ${absolute}.`;
    if (!facts.isDirectory())
      return `\`${folder}\` is a file; name the folder that holds config.json and the weights.`;
    if (await exists(path.join(absolute, "config.json"))) return null;
    return `The folder \`${folder}\` has no config.json, so it is no model in the Hugging Face format.`;
  }

  /** What the sizes tell about a run. */
  private async experiment({ config, leaves, experiment }: Resolved): Promise<void> {
    const sizes = await this.sizesOf(config);
    if (!sizes) return;
    const at = leaves.get("data")?.source?.assignment.at ?? experiment.at;
    const steps = stepsOf(config, sizes);
    if (steps === null) return;
    this.checkEpochs(config, sizes, steps, at);
    const { mixture } = config;
    if ("steps" in config.train.duration || mixture.kind !== "scorer" || mixture.scorer === null) return;
    const place =
      leaves.get("mixture.update")?.source?.assignment.at ??
      leaves.get("train.epochs")?.source?.assignment.at ??
      experiment.at;
    if (steps < mixture.update) {
      const message = `The scorer is updated every ${mixture.update} steps, the run ends after about ${steps}: the mixture would never change.`;
      this.report("never-updates", "warning", place, message);
      return;
    }
    const problem = travelProblem(mixture, config.data.length, Math.floor(steps / mixture.update));
    if (problem) this.report(problem.code, "warning", place, problem.message);
  }

  private checkEpochs(config: Config, sizes: readonly number[], steps: number, at: Range): void {
    const shares = priorShares(config.mixture.prior, config.data, sizes);
    const draws = steps * config.train.batch.size;
    const often = config.data.flatMap(({ name }, index) => {
      const epochs = (draws * (shares[index] ?? 0)) / (sizes[index] ?? 1);
      return epochs > MANY_EPOCHS ? [`\`${name}\` ${epochs.toFixed(1)} times`] : [];
    });
    if (often.length === 0) return;
    const start = config.mixture.kind === "scorer" ? "With the prior's shares" : "With these shares";
    const message = `${start}, this run sees every row of ${often.join(", ")}; above ${MANY_EPOCHS}, rows are memorised. Train shorter or lower the share.`;
    this.report("data-many-epochs", "warning", at, message);
  }

  /** Rows that each dataset of a run uses; null when one is not known. */
  private async sizesOf(config: Config): Promise<number[] | null> {
    const sizes: number[] = [];
    for (const { name, path: written, format, limit } of config.data) {
      if (written === null) return null;
      const known =
        this.rows.get(name) ??
        (await this.files.check(this.absolute(written), written, format, this.signal)).rows;
      if (known === null) return null;
      sizes.push(Math.min(known, limit ?? known));
    }
    return sizes;
  }

  private absolute(written: string): string {
    return path.resolve(this.directory, written);
  }

  private report(code: DiagnosticCode, severity: Severity, { start, end }: Range, message: string): void {
    this.problems.push({ code, severity, message, start, end });
  }
}

function placeOf(block: ResolvedBlock, address: string, declaration: Declaration): Range {
  return block.leaves.get(address)?.source?.assignment.at ?? declaration.at;
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}

function stepsOf({ train }: Config, sizes: readonly number[]): number | null {
  if ("steps" in train.duration) return train.duration.steps;
  if (!("epochs" in train.duration)) return null;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return Math.ceil((train.duration.epochs * total) / train.batch.size);
}

/** Paper eq. 3 over weighted sizes, or the shares given. */
function priorShares(prior: Prior, data: readonly DatasetConfig[], sizes: readonly number[]): number[] {
  if ("weights" in prior) return data.map(({ name }) => prior.weights[name] ?? 0);
  const exponent = prior.temperature === "inf" ? 0 : 1 / prior.temperature;
  const powers = data.map(({ weight }, index) => (weight * (sizes[index] ?? 0)) ** exponent);
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
