import type { Config, DatasetConfig } from "../../contracts/plan";
import { type DataFile, findDataFile } from "./readers/data-file";
import { type TokenizedDataset, tokenizeDataset } from "./tokenized-dataset";
import type { Tokenizer } from "./tokenizer";

export interface LoadedData {
  /** In the order of `config.data`. */
  train: TokenizedDataset[];
  /** By dataset name; only the datasets that have a `dev` file. */
  heldOut: Map<string, TokenizedDataset>;
}

export interface LoadProgress {
  /** The dataset being read. */
  dataset: string;
  /** Of all the bytes of all the files; 0..1. */
  share: number;
}

/** What is needed of a plan's config. */
export type DataConfig = Pick<Config, "data"> & {
  train: Pick<Config["train"], "length">;
  eval: Pick<Config["eval"], "samples">;
};

/**
 * Reads and tokenizes the training and held-out files of a run. All files are looked for before the first is read. Of the
 * held-out files, the first `eval.samples` rows are used. Throws UserError: see tokenizeDataset and findDataFile.
 */
export async function loadData(
  config: DataConfig,
  baseDirectory: string,
  tokenizer: Tokenizer,
  onProgress: (progress: LoadProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<LoadedData> {
  const jobs = await findFiles(config, baseDirectory);
  const total = jobs.reduce((sum, job) => sum + job.file.size, 0);
  const loaded: LoadedData = { train: [], heldOut: new Map() };
  let done = 0;
  for (const { dataset, file, heldOut } of jobs) {
    const tokenized = await tokenizeDataset(file, tokenizer, {
      name: dataset.name,
      format: dataset.format,
      length: config.train.length,
      limit: heldOut ? config.eval.samples : dataset.limit,
      template: "model",
      onBytes: (bytes) => onProgress({ dataset: dataset.name, share: (done + bytes) / total }),
      signal,
    });
    if (heldOut) loaded.heldOut.set(dataset.name, tokenized);
    else loaded.train.push(tokenized);
    done += file.size;
    onProgress({ dataset: dataset.name, share: done / total });
  }
  return loaded;
}

interface Job {
  dataset: DatasetConfig;
  file: DataFile;
  heldOut: boolean;
}

async function findFiles(config: DataConfig, baseDirectory: string): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const dataset of config.data) {
    jobs.push({ dataset, file: await findDataFile(dataset.path!, baseDirectory), heldOut: false });
    if (dataset.dev === null) continue;
    jobs.push({ dataset, file: await findDataFile(dataset.dev, baseDirectory), heldOut: true });
  }
  return jobs;
}
