import { rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../../contracts/plan";
import { runFolderLayout } from "../../contracts/run-folder";
import { UserError } from "../../contracts/user-error";
import { Random } from "../random";
import { Breather } from "./breather";
import { ByteLevelBpeTrainer, type TokenizerFiles } from "./byte-level-bpe";
import { rowPieces } from "./formats/row-pieces";
import type { LoadProgress } from "./load-data";
import { findDataFile, readRows } from "./readers/data-file";
import { loadTokenizer, type Tokenizer } from "./tokenizer";

/** Beyond this much data a tokenizer is trained on a random part of the rows: more changes the merges little. */
const MOST_TRAINING_BYTES = 64 * 2 ** 20;

export type TokenizerConfig = Pick<Config, "seed" | "model" | "data">;

/**
 * The tokenizer of a run: the one that the model block names, else the checkpoint's own, else (model from scratch) one that is
 * trained on the training data and kept in `folder`, where a resumed run finds it again.
 */
export async function openRunTokenizer(
  config: TokenizerConfig,
  baseDirectory: string,
  folder: string,
  onProgress: (progress: LoadProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<Tokenizer> {
  const { tokenizer, path: model, scratch } = config.model;
  const location = tokenizer ?? model;
  if (location !== null) return loadTokenizer(path.resolve(baseDirectory, location));
  const file = path.join(folder, runFolderLayout.tokenizer);
  const trained = await stat(file).catch(() => null);
  if (trained === null) {
    const trainer = await countWords(config, baseDirectory, onProgress, signal);
    const breather = new Breather(signal);
    await saveTokenizer(folder, await trainer.train(scratch!.vocab, () => breather.breathe()));
  }
  return loadTokenizer(file);
}

async function countWords(
  config: TokenizerConfig,
  baseDirectory: string,
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal | undefined,
): Promise<ByteLevelBpeTrainer> {
  const files = await Promise.all(config.data.map((dataset) => findDataFile(dataset.path!, baseDirectory)));
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const random = new Random(config.seed, "tokenizer");
  const trainer = new ByteLevelBpeTrainer();
  const breather = new Breather(signal);
  let done = 0;
  for (const [index, dataset] of config.data.entries()) {
    const file = files[index]!;
    let rows = 0;
    for await (const row of readRows(file)) {
      const pieces = rowPieces(dataset.format, row, { template: null, specialTexts: [] });
      const chosen = total <= MOST_TRAINING_BYTES || random.next() * total < MOST_TRAINING_BYTES;
      for (const piece of pieces) if (chosen && "text" in piece) trainer.add(piece.text);
      onProgress({ dataset: dataset.name, share: (done + row.bytesRead) / total });
      if (++rows === dataset.limit) break;
      await breather.breathe();
    }
    done += file.size;
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
