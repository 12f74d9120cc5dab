/**
 * A survey on disk: one line of JSON, then the numbers. It is kept under a hash of everything it follows from; whatever is not
 * whole is made again. Synchronous: for worker threads.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { canonicalJson } from "../../../contracts/canonical-json";
import { makeFolders } from "../../../run-folder/make-folders";
import { explainWriteFailure } from "../../runs/write-failure";
import type { SelectedRows, Survey, SurveyOptions } from "./survey";

/** Increased when the same rows would give another survey than before. */
const SURVEY_VERSION = 1;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const selection = v.strictObject({ rows: count, contentHash: v.string() });

const headerSchema = v.strictObject({
  key: v.string(),
  looked: count,
  malformed: count,
  complaints: v.array(v.strictObject({ reason: v.string(), message: v.string(), advice: v.string() })),
  duplicates: count,
  train: selection,
  dev: v.nullable(selection),
  /** SHA-256 of all the rest: of the header, and of rows and hashes of the training rows and then of the held-out rows. */
  sha256: v.string(),
});

/** `contentHash`: of the row source. Places in messages name the file, so `shown` belongs to it. */
export function surveyFile(
  folder: string,
  source: { shown: string; contentHash: string },
  options: SurveyOptions,
): string {
  const { shown, contentHash } = source;
  const key = canonicalJson({ version: SURVEY_VERSION, shown, contentHash, ...options });
  return path.join(folder, `${createHash("sha256").update(key).digest("hex")}.survey`);
}

/** null when there is none, or none that is whole. */
export function readSurvey(file: string): Survey | null {
  try {
    const bytes = fs.readFileSync(file);
    const end = bytes.indexOf("\n");
    const header = v.parse(headerSchema, JSON.parse(bytes.toString("utf8", 0, end)));
    const numbers = bytes.subarray(end + 1);
    const { sha256: hash, ...rest } = header;
    const { key, train, dev, ...facts } = rest;
    if (key !== path.basename(file) || hash !== hashOf(rest, numbers)) return null;
    const values = new Uint32Array(numbers.length / 4);
    new Uint8Array(values.buffer).set(numbers);
    const takeTrain = take(values, 0, train);
    const takeDev = dev && take(values, 3 * train.rows, dev);
    return { ...facts, train: takeTrain, dev: takeDev } as Survey;
  } catch {
    return null;
  }
}

/** Throws UserError "disk-full" or "folder-unwritable". */
export function writeSurvey(file: string, survey: Survey): void {
  const { train, dev, ...facts } = survey;
  const numbers = Buffer.concat(
    [train, dev].flatMap((selected) => (selected ? [bytesOf(selected.rows), bytesOf(selected.hashes)] : [])),
  );
  const describe = (selected: SelectedRows) => ({
    rows: selected.rows.length,
    contentHash: selected.contentHash,
  });
  const header = {
    ...facts,
    key: path.basename(file),
    train: describe(train),
    dev: dev && describe(dev),
  };
  const line = JSON.stringify({ ...header, sha256: hashOf(header, numbers) });
  const beside = `${file}.${process.pid}-${process.hrtime.bigint()}.partial`;
  try {
    makeFolders(path.dirname(file));
    fs.writeFileSync(beside, Buffer.concat([Buffer.from(`${line}\n`), numbers]));
    fs.renameSync(beside, file);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw explainWriteFailure(error, file);
  }
}

function take(
  values: Uint32Array,
  from: number,
  { rows, contentHash }: v.InferOutput<typeof selection>,
): SelectedRows {
  if (from + 3 * rows > values.length) throw new RangeError("The survey has fewer numbers than rows.");
  return {
    rows: values.slice(from, from + rows),
    hashes: values.slice(from + rows, from + 3 * rows),
    contentHash,
  };
}

function bytesOf(numbers: Uint32Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function hashOf(header: object, numbers: Uint8Array): string {
  return createHash("sha256").update(canonicalJson(header)).update(numbers).digest("hex");
}
