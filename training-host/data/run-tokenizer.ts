import { rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Config, DatasetConfig } from "../../contracts/plan";
import { runFolderLayout } from "../../contracts/run-folder";
import { UserError } from "../../contracts/user-error";
import { Random } from "../random";
import { ByteLevelBpeTrainer, type TokenizerFiles } from "./byte-level-bpe";
import { rowPieces } from "./formats/row-pieces";
import type { RowSource } from "./rows/row-source";

/** Beyond this much data a tokenizer is trained on a random part of the rows: more changes the merges little. */
const MOST_TRAINING_BYTES = 64 * 2 ** 20;

/** The rows of a dataset that are trained on. */
export interface TrainingRows {
  source: RowSource;
  /** Numbers in the source, ascending. */
  rows: Uint32Array;
  format: DatasetConfig["format"];
}

export interface TokenizerWork {
  onShare?: (share: number) => void;
  /** Told where each row stands before it is read; awaited when it gives a promise. */
  beforeRow?: (place: string) => void | Promise<void>;
  /** Awaited between pieces of the work. */
  breathe: () => Promise<void>;
}

/**
 * Where the tokenizer of a run is: the one that the model block names, else the checkpoint's own, else (model from scratch) one
 * that is trained on the training data and kept in `folder`, where a resumed run finds it again.
 */
export async function openRunTokenizer(
  config: Pick<Config, "seed" | "model">,
  baseDirectory: string,
  folder: string,
  data: readonly TrainingRows[],
  work: TokenizerWork,
): Promise<string> {
  const { tokenizer, path: model, scratch } = config.model;
  const location = tokenizer ?? model;
  if (location !== null) return path.resolve(baseDirectory, location);
  const file = path.join(folder, runFolderLayout.tokenizer);
  const trained = await stat(file).catch(() => null);
  if (trained === null) {
    const trainer = await countWords(config.seed, data, work);
    await saveTokenizer(folder, await trainer.train(scratch!.vocab, work.breathe));
  }
  return file;
}

async function countWords(
  seed: number,
  data: readonly TrainingRows[],
  { onShare, beforeRow, breathe }: TokenizerWork,
): Promise<ByteLevelBpeTrainer> {
  const total = data.reduce((sum, { source }) => sum + source.bytes, 0);
  const random = new Random(seed, "tokenizer");
  const trainer = new ByteLevelBpeTrainer();
  let done = 0;
  for (const { source, rows, format } of data) {
    let next = 0;
    for await (const row of source.scan()) {
      if (next === rows.length) break;
      if (row.index !== rows[next]) continue;
      next++;
      if (row.malformed !== null) throw row.malformed;
      await beforeRow?.(row.place);
      const chosen = total <= MOST_TRAINING_BYTES || random.next() * total < MOST_TRAINING_BYTES;
      const pieces = chosen ? rowPieces(format, row, { template: null, specialTexts: [] }) : [];
      for (const piece of pieces) if ("text" in piece) trainer.add(piece.text);
      onShare?.((done + row.bytesRead) / total);
      await breathe();
    }
    done += source.bytes;
  }
  return trainer;
}

/** Writes `tokenizer.json` last and under its name only when it is whole: where it is, everything is. */
export async function saveTokenizer(folder: string, { tokenizer, config }: TokenizerFiles): Promise<void> {
  const file = path.join(folder, runFolderLayout.tokenizer);
  try {
    await writeFile(path.join(folder, "tokenizer_config.json"), `${JSON.stringify(config, null, 2)}\n`);
    await writeFile(`${file}.partial`, `${JSON.stringify(tokenizer, null, 1)}\n`);
    await rename(`${file}.partial`, file);
  } catch (error) {
    throw cannotWrite(folder, error as NodeJS.ErrnoException);
  }
}

function cannotWrite(folder: string, { code }: NodeJS.ErrnoException): UserError {
  return code === "ENOSPC"
    ? new UserError(
        "disk-full",
        `There is no space left for the tokenizer in ${folder}.`,
        "Free some space, then resume the run.",
      )
    : new UserError(
        "folder-unwritable",
        `The tokenizer cannot be written to ${folder} (${code}).`,
        "Check the folder's permissions.",
      );
}
