/**
 * The first look at a dataset: every row is parsed, checked against the format and hashed; which of them are trained on, and
 * which held out, follows.
 */
import { createHash, type Hash } from "node:crypto";
import type { DatasetConfig } from "../../../contracts/plan";
import { checkRow, describeRowProblem } from "../../../contracts/row-format";
import { UserError } from "../../../contracts/user-error";
import type { ScannedRow } from "../rows/dataset-row";
import type { RowSource } from "../rows/row-source";
import { NumberList } from "./number-list";
import { hashRow, type RowHash, type Split, sideOf } from "./row-identity";
import { RowTable } from "./row-table";

export interface SurveyOptions {
  format: DatasetConfig["format"];
  /** null: all rows are for training. */
  split: Split | null;
  duplicates: DatasetConfig["duplicates"];
  /** First rows for training, and first held-out rows, of those that are left; null: all. */
  limit: number | null;
  samples: number | null;
}

export interface RowComplaint {
  reason: UserError["reason"];
  message: string;
  advice: string;
}

/** Rows that were chosen, in the file's order. */
export interface SelectedRows {
  /** Numbers in the source, ascending. */
  rows: Uint32Array;
  /** [2 x rows] `high` and `low` of each row's hash. */
  hashes: Uint32Array;
  /** SHA-256 over the rows' bytes: equal hash, equal rows. */
  contentHash: string;
}

export interface Survey {
  /** Rows that were looked at: fewer than there are when the limits were reached before. */
  looked: number;
  malformed: number;
  /** The first of them. */
  complaints: RowComplaint[];
  /** Rows with the same words as an earlier one, left out or not. */
  duplicates: number;
  train: SelectedRows;
  /** null: there is no split. */
  dev: SelectedRows | null;
}

const COMPLAINTS_KEPT = 3;

/** `beforeRow` gets each row before it is looked at, and is awaited when it is a promise. Throws what `RowSource.scan` does. */
export async function surveyRows(
  source: RowSource,
  options: SurveyOptions,
  beforeRow: (row: ScannedRow) => void | Promise<void> = () => {},
): Promise<Survey> {
  const { split } = options;
  const seen = new RowTable();
  const train = new Selection(options.limit);
  const dev = split === null ? null : new Selection(options.samples);
  const complaints: RowComplaint[] = [];
  const counts = { looked: 0, malformed: 0, duplicates: 0 };
  for await (const row of source.scan()) {
    const waiting = beforeRow(row);
    if (waiting !== undefined) await waiting;
    counts.looked++;
    const looked = lookAt(row, options);
    if ("reason" in looked) {
      counts.malformed++;
      if (complaints.length < COMPLAINTS_KEPT) complaints.push(looked);
      continue;
    }
    const hash = looked;
    const isDuplicate = seen.add(hash, row.index) !== null;
    if (isDuplicate) counts.duplicates++;
    if (isDuplicate && options.duplicates === "drop") continue;
    const side = split === null ? "train" : sideOf(hash, split);
    if (side !== "neither") (side === "dev" ? dev! : train).add(row, hash);
    if (train.isFull && (dev === null || dev.isFull)) break;
  }
  return { ...counts, complaints, train: train.finish(), dev: dev?.finish() ?? null };
}

function lookAt(row: ScannedRow, { format }: SurveyOptions): RowHash | RowComplaint {
  if (row.malformed !== null) {
    const { reason, message, advice } = row.malformed;
    return { reason, message, advice };
  }
  const problem = checkRow(format, row.value);
  if (problem !== null) {
    const reason = problem.column === null ? "bad-row" : "bad-column";
    return { reason, message: `${row.place}: ${describeRowProblem(problem)}.`, advice: "" };
  }
  try {
    return hashRow(format, row.value);
  } catch (error) {
    // Mapped columns hold any JSON, which is written as text.
    if (!(error instanceof RangeError)) throw error;
    const message = `${row.place}: the row's lists and objects lie too deep in each other.`;
    return { reason: "bad-row", message, advice: "" };
  }
}

class Selection {
  readonly #most: number;
  readonly #rows = new NumberList();
  readonly #hashes = new NumberList();
  readonly #content: Hash = createHash("sha256");

  constructor(most: number | null) {
    this.#most = most ?? Number.POSITIVE_INFINITY;
  }

  get isFull(): boolean {
    return this.#rows.length >= this.#most;
  }

  add(row: ScannedRow, hash: RowHash): void {
    if (this.isFull) return;
    this.#rows.push(row.index);
    this.#hashes.push(hash.high);
    this.#hashes.push(hash.low);
    this.#content.update(row.source).update("\n");
  }

  finish(): SelectedRows {
    return {
      rows: this.#rows.toArray(),
      hashes: this.#hashes.toArray(),
      contentHash: this.#content.digest("hex"),
    };
  }
}

/** Why a run with `malformed stop` does not start; null when no row is malformed. */
export function refusal({
  malformed,
  complaints,
}: Pick<Survey, "malformed" | "complaints">): UserError | null {
  const [first] = complaints;
  if (first === undefined) return null;
  const others = malformed === 1 ? "" : ` It is the first of ${malformed} rows that cannot be used.`;
  const advice = `${first.advice} With \`malformed skip\`, such rows are left out and counted.`.trim();
  return new UserError(first.reason, `${first.message}${others}`, advice);
}
