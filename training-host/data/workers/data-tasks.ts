/** What is asked of a data worker, and what it answers; all of it structured-cloneable. */
import type { Config, DatasetConfig, TemplateConfig } from "../../../contracts/plan";
import type { EncodedRows } from "../examples/encode-rows";
import type { OverlapReport, SurveyedSet } from "../overlap";
import type { RowLocation } from "../rows/find-data-files";
import type { RowSourceDescription } from "../rows/row-source";
import type { Survey, SurveyOptions } from "../survey/survey";
import type { Tokenizer } from "../tokenizer";

/** Row numbers in memory that all threads share. */
export type SharedRows = Uint32Array<SharedArrayBuffer>;

/** The rows of one dataset to train on, or to hold out. */
export interface RowSelection {
  description: RowSourceDescription;
  rows: SharedRows;
  format: DatasetConfig["format"];
}

export interface SurveySummary extends Pick<Survey, "looked" | "malformed" | "complaints" | "duplicates"> {
  /** Where the survey lies, hashes and all. */
  file: string;
  train: { rows: SharedRows; contentHash: string };
  dev: { rows: SharedRows; contentHash: string } | null;
}

/** What the main thread needs to know of a tokenizer that the workers have loaded. */
export interface OpenedTokenizer
  extends Pick<Tokenizer, "vocabSize" | "bosId" | "eosId" | "contentHash" | "files"> {
  /** Where it was loaded from. */
  location: string;
  /** Jinja source of the chat template; null: conversations are written plainly. */
  template: string | null;
}

/** What turns a dataset's rows into examples. Sent to each worker once. */
export interface EncodingSetup extends RowSelection {
  length: number;
  malformed: DatasetConfig["malformed"];
  tokenizer: string;
  template: string | null;
}

/** Every kind of task: what is given, and what comes back. */
export interface DataTasks {
  /** Finds and indexes the files. */
  open: { give: { location: RowLocation; cacheFolder: string }; get: RowSourceDescription };
  survey: {
    give: { description: RowSourceDescription; folder: string; options: SurveyOptions };
    get: SurveySummary;
  };
  overlap: { give: { sets: SurveyedSet[] }; get: OverlapReport };
  tokenizer: {
    give: {
      config: { seed: number; model: Config["model"] };
      /** Of datasets, for a tokenizer that is trained. */
      data: RowSelection[];
      template: TemplateConfig;
      baseDirectory: string;
      runFolder: string;
    };
    get: OpenedTokenizer;
  };
  /** The examples at `indices` of the setup's rows, ascending. */
  encode: { give: { setup: string; indices: Uint32Array }; get: EncodedRows };
}

export type DataTaskName = keyof DataTasks;

export interface DataRequest<Name extends DataTaskName = DataTaskName> {
  id: number;
  name: Name;
  give: DataTasks[Name]["give"];
  /** Goes before others, and in between the rows of one. */
  urgent: boolean;
}

/** What the main thread sends. */
export type ToDataWorker = DataRequest | { setup: string; encoding: EncodingSetup };

/** A failure in the user's words, or (reason null) a fault of ours. */
export interface DataFailure {
  reason: string | null;
  message: string;
  advice: string;
  stack: string;
}

/** What a worker sends. */
export type FromDataWorker =
  | { id: number; share: number }
  | { id: number; get: DataTasks[DataTaskName]["get"] }
  | { id: number; failure: DataFailure };
