/** Rows that stand in more than one place: in training and held-out data, or in several datasets. By the surveys' hashes. */
import type { RowSource, RowSourceDescription } from "./rows/row-source";
import { RowTable } from "./survey/row-table";
import type { SelectedRows } from "./survey/survey";
import { readSurvey } from "./survey/survey-file";

/** The training rows, or the held-out rows, of a dataset. */
export interface SurveyedSet {
  dataset: string;
  side: "train" | "heldOut";
  /** The survey on disk, and which of its two selections this is. */
  file: string;
  selection: "train" | "dev";
  description: RowSourceDescription;
}

export interface Overlap {
  /** Dataset whose rows these are. */
  dataset: string;
  /** Dataset whose training rows they equal. */
  train: string;
  rows: number;
  /** Place of the first of them. */
  first: string;
}

export interface OverlapReport {
  /** Held-out rows that are also trained on: their loss says nothing about what was learned. */
  heldOut: Overlap[];
  /** Training rows that are also an earlier dataset's. */
  shared: Overlap[];
}

/** Rows in the table at once: some 100 MB. With more rows, the hashes are gone through several times. */
const MOST_ROWS = 2 ** 22;

/** `open` gives the rows of a set, to tell where the first of them stands. `mostRows` is for tests. */
export async function findOverlap(
  sets: readonly SurveyedSet[],
  open: (description: RowSourceDescription) => RowSource,
  mostRows = MOST_ROWS,
): Promise<OverlapReport> {
  const train = sets.filter(({ side }) => side === "train");
  const heldOut = sets.filter(({ side }) => side === "heldOut");
  return {
    heldOut: await describe(findPairs(heldOut, train, mostRows), open),
    shared: await describe(findShared(train, mostRows), open),
  };
}

interface Found {
  set: SurveyedSet;
  train: string;
  rows: number;
  /** Row number in the set's source. */
  first: number;
}

/** Every held-out set with every training set. */
function findPairs(heldOut: readonly SurveyedSet[], train: readonly SurveyedSet[], most: number): Found[] {
  const found = new Map<string, Found>();
  for (const set of heldOut) {
    const own = numbersOf(set);
    for (const part of partsOf(own.rows.length, most)) {
      const table = new RowTable();
      // Equal rows follow each other: each of them counts.
      const next = new Int32Array(part.to - part.from).fill(-1);
      for (let at = part.from; at < part.to; at++) {
        const earlier = table.add(hashAt(own, at), at - part.from);
        if (earlier === null) continue;
        next[at - part.from] = next[earlier]!;
        next[earlier] = at - part.from;
      }
      for (const trained of train) {
        const counted = new Uint8Array(part.to - part.from);
        const other = numbersOf(trained);
        for (let at = 0; at < other.rows.length; at++) {
          const hit = table.get(hashAt(other, at));
          if (hit === null || counted[hit] === 1) continue;
          for (let row = hit; row !== -1; row = next[row]!) {
            counted[row] = 1;
            note(found, set, trained.dataset, own.rows[part.from + row]!);
          }
        }
      }
    }
  }
  return [...found.values()];
}

/** Each row with the first dataset that has it. */
function findShared(train: readonly SurveyedSet[], most: number): Found[] {
  const found = new Map<string, Found>();
  const total = train.reduce((sum, set) => sum + numbersOf(set).rows.length, 0);
  const passes = Math.max(1, Math.ceil(total / most));
  for (let pass = 0; pass < passes && train.length > 1; pass++) {
    const table = new RowTable();
    for (const [number, set] of train.entries()) {
      const own = numbersOf(set);
      for (let at = 0; at < own.rows.length; at++) {
        const hash = hashAt(own, at);
        if (hash.high % passes !== pass) continue;
        const earlier = table.add(hash, number);
        if (earlier !== null && earlier !== number) note(found, set, train[earlier]!.dataset, own.rows[at]!);
      }
    }
  }
  return [...found.values()];
}

function note(found: Map<string, Found>, set: SurveyedSet, train: string, row: number): void {
  const key = JSON.stringify([set.dataset, train]);
  const known = found.get(key);
  if (known === undefined) found.set(key, { set, train, rows: 1, first: row });
  else {
    known.rows++;
    known.first = Math.min(known.first, row);
  }
}

/** Of one set at a time: they may be larger than memory together. */
function numbersOf({ file, selection }: SurveyedSet): SelectedRows {
  const selected = readSurvey(file)?.[selection];
  if (!selected) throw new Error(`The survey ${file} is gone.`);
  return selected;
}

function hashAt({ hashes }: SelectedRows, at: number) {
  return { high: hashes[2 * at]!, low: hashes[2 * at + 1]! };
}

function* partsOf(rows: number, most: number): Generator<{ from: number; to: number }> {
  for (let from = 0; from < rows; from += most) yield { from, to: Math.min(rows, from + most) };
}

async function describe(
  found: readonly Found[],
  open: (description: RowSourceDescription) => RowSource,
): Promise<Overlap[]> {
  const overlaps: Overlap[] = [];
  for (const { set, train, rows, first } of found) {
    const { place } = await open(set.description).read(first);
    overlaps.push({ dataset: set.dataset, train, rows, first: place });
  }
  return overlaps;
}
