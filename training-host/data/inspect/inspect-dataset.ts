/** Looks at a dataset as far as an editor needs: can it be read, do its rows fit the format, how many are there, what are they. */
import * as fs from "node:fs";
import path from "node:path";
import type { DatasetInspection, DatasetQuestion } from "../../../contracts/data-inspection";
import type { DatasetFormat } from "../../../contracts/plan";
import { checkRow, describeRowProblem } from "../../../contracts/row-format";
import { UserError, type UserErrorReason } from "../../../contracts/user-error";
import type { ScannedRow } from "../rows/dataset-row";
import { type FoundFiles, findDataFiles, type RowLocation } from "../rows/find-data-files";
import { openRows, type RowSource } from "../rows/row-source";
import { hashRow } from "../survey/row-identity";
import { RowTable } from "../survey/row-table";
import { ColumnList, showRow } from "./describe-rows";
import { identityOfPath } from "./evidence";
import { cachedDataset } from "./hub-cache";

export interface InspectionPlace {
  /** Of indexes and of rows laid out, for folders in which nothing was run yet. */
  userCache: string;
  environment: NodeJS.ProcessEnv;
}

type Problem = NonNullable<DatasetInspection["problem"]>;

/** Rows whose columns are looked at. */
const ROWS_FOR_COLUMNS = 100;

/** @throws UserError "cancelled" when `signal` aborts; every other failure is part of the answer. */
export async function inspectDataset(
  question: DatasetQuestion,
  place: InspectionPlace,
  signal?: AbortSignal,
): Promise<DatasetInspection> {
  const nothing = {
    rows: null,
    bytes: 0,
    files: 0,
    columns: [],
    firstRow: null,
    checked: { rows: 0, malformed: 0, duplicates: 0 },
    contentHash: null,
    commit: null,
  };
  try {
    const { location, commit } = await locate(question, place, signal);
    const found = await findDataFiles(location);
    return { ...(await inspectFiles(question, found, location, place, signal)), commit };
  } catch (error) {
    if (!(error instanceof UserError) || error.reason === "cancelled") throw error;
    return { ...nothing, problem: problemOf(error), evidence: await evidenceOf(question, null) };
  }
}

/** What is asked about: the rows of some files. */
export type RowsQuestion = Pick<DatasetQuestion, "source" | "baseDirectory" | "mostBytes">;

/** @throws UserError of finding files, or "hub-unreachable" for what is not in the cache. */
export async function locate(
  { source, baseDirectory }: Pick<RowsQuestion, "source" | "baseDirectory">,
  { environment }: InspectionPlace,
  signal: AbortSignal | undefined,
): Promise<{ location: RowLocation; commit: string | null }> {
  if (source.kind === "path") return { location: { path: source.path, baseDirectory }, commit: null };
  const { files, commit } = await cachedDataset(source, environment, signal);
  return { location: { shown: source.repository, files }, commit };
}

async function inspectFiles(
  question: DatasetQuestion,
  found: FoundFiles,
  location: RowLocation,
  place: InspectionPlace,
  signal: AbortSignal | undefined,
): Promise<Omit<DatasetInspection, "commit">> {
  const bytes = found.files.reduce((sum, { size }) => sum + size, 0);
  const facts = { bytes, files: found.files.length, evidence: await evidenceOf(question, found) };
  const opened = await openFirst(question, found, location, place, signal);
  if (opened === null) {
    const checked = { rows: 0, malformed: 0, duplicates: 0 };
    return { ...facts, problem: null, rows: null, columns: [], firstRow: null, checked, contentHash: null };
  }
  const { source, isWhole } = opened;
  try {
    const rows = await inspectRows(source, question, signal);
    return {
      ...facts,
      ...rows,
      rows: isWhole ? source.size : null,
      contentHash: isWhole ? source.contentHash : null,
    };
  } finally {
    await source.close();
  }
}

/**
 * The rows of the files that have no more than `mostBytes` together; null: not even the first has.
 * @throws UserError as openRows does.
 */
export async function openFirst(
  { baseDirectory, mostBytes }: RowsQuestion,
  found: FoundFiles,
  location: RowLocation,
  { userCache }: InspectionPlace,
  signal: AbortSignal | undefined,
): Promise<{ source: RowSource; isWhole: boolean } | null> {
  const first = withinBytes(found, mostBytes);
  if (first.length === 0) return null;
  const isWhole = first.length === found.files.length;
  const opened = isWhole ? location : { shown: found.shown, files: first.map(({ file }) => file) };
  const cacheFolder = cacheFolderOf(baseDirectory, userCache);
  return { source: await openRows(opened, { cacheFolder, signal }), isWhole };
}

/** The one that runs use, once there is one: to look at a file must not make folders beside it. */
function cacheFolderOf(baseDirectory: string, userCache: string): string {
  const ofRuns = path.join(baseDirectory, ".mos", "cache");
  return fs.existsSync(ofRuns) ? path.join(ofRuns, "rows") : userCache;
}

/** The first files that have no more than `most` bytes together. */
function withinBytes({ files }: FoundFiles, most: number): FoundFiles["files"] {
  let bytes = 0;
  const end = files.findIndex(({ size }) => {
    bytes += size;
    return bytes > most;
  });
  return end < 0 ? files : files.slice(0, end);
}

async function inspectRows(
  source: RowSource,
  { format, mostRows }: DatasetQuestion,
  signal: AbortSignal | undefined,
): Promise<Pick<DatasetInspection, "problem" | "columns" | "firstRow" | "checked">> {
  const checked = { rows: 0, malformed: 0, duplicates: 0 };
  const columns = new ColumnList();
  const seen = new RowTable();
  let firstRow: string | null = null;
  let problem: Problem | null = null;
  for await (const row of source.scan(0, Math.min(mostRows, source.size))) {
    if (signal?.aborted) throw new UserError("cancelled", "Looking at the data was cancelled.");
    if (row.malformed === null) {
      firstRow ??= showRow(row.value);
      if (checked.rows < ROWS_FOR_COLUMNS) columns.add(row.value);
    }
    checked.rows++;
    const found = rowProblem(row, format);
    if (found) checked.malformed++;
    else if (row.malformed === null && seen.add(hashRow(format, row.value), row.index) !== null)
      checked.duplicates++;
    problem ??= found;
  }
  return { problem, columns: columns.columns, firstRow, checked };
}

function rowProblem(row: ScannedRow, format: DatasetFormat): Problem | null {
  if (row.malformed !== null) return problemOf(row.malformed);
  const problem = checkRow(format, row.value);
  if (problem === null) return null;
  return { kind: "row", message: `${row.place}: ${describeRowProblem(problem)}.`, column: problem.column };
}

const kinds: Partial<Record<UserErrorReason, Problem["kind"]>> = {
  "file-missing": "missing",
  "file-empty": "empty",
  "bad-row": "row",
  "bad-column": "row",
  "hub-unreachable": "not-downloaded",
};

function problemOf({ reason, message, advice }: UserError): Problem {
  const kind = kinds[reason] ?? (reason.startsWith("hub-") ? "missing" : "unreadable");
  return { kind, message: `${message} ${advice}`.trim(), column: null };
}

/** One file, or the place where it was looked for; a pattern or a repository can find others the next time. */
export async function evidenceOf(
  { source, baseDirectory }: Pick<RowsQuestion, "source" | "baseDirectory">,
  found: FoundFiles | null,
): Promise<DatasetInspection["evidence"]> {
  if (source.kind === "hub") return null;
  const file = path.resolve(baseDirectory, source.path);
  const [only, ...others] = found?.files ?? [];
  if (only)
    return only.file === file && others.length === 0 ? [{ path: file, identity: only.identity }] : null;
  return /[*?[\]{}()!]/.test(source.path) ? null : [{ path: file, identity: await identityOfPath(file) }];
}
