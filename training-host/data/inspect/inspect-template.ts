/** Writes the first rows as a run would: does the template take these conversations, with this tokenizer? */
import path from "node:path";
import type {
  DatasetInspection,
  TemplateInspection,
  TemplateQuestion,
} from "../../../contracts/data-inspection";
import { checkRow } from "../../../contracts/row-format";
import { UserError } from "../../../contracts/user-error";
import { type Rendering, renderingFor } from "../chat-template";
import { rowPieces } from "../formats/row-pieces";
import type { ScannedRow } from "../rows/dataset-row";
import { findDataFiles } from "../rows/find-data-files";
import { loadTokenizer, type Tokenizer } from "../tokenizer";
import { identityOfPath } from "./evidence";
import { cachedModel } from "./hub-cache";
import { evidenceOf, type InspectionPlace, locate, openFirst } from "./inspect-dataset";

type Evidence = DatasetInspection["evidence"];

/** @throws UserError "cancelled" when `signal` aborts; every other failure is part of the answer, or another inspection's. */
export async function inspectTemplate(
  question: TemplateQuestion,
  place: InspectionPlace,
  signal?: AbortSignal,
): Promise<TemplateInspection> {
  const { template, baseDirectory } = question;
  const problems: TemplateInspection["problems"] = [];
  let rendering: Rendering;
  let evidence: Evidence;
  try {
    const tokenizer = await openTokenizer(question, place, signal);
    evidence = await evidenceOfModel(question, tokenizer);
    rendering = await renderingFor(tokenizer, template, baseDirectory);
  } catch (error) {
    return { problems: problemOf(error, null), evidence: null };
  }
  for (const dataset of question.datasets) {
    const rows = { source: dataset.source, baseDirectory, mostBytes: question.mostBytes };
    try {
      const { location } = await locate(rows, place, signal);
      const found = await findDataFiles(location);
      const known = await evidenceOf(rows, found);
      evidence = evidence && known && [...evidence, ...known];
      const opened = await openFirst(rows, found, location, place, signal);
      if (opened === null) continue;
      try {
        await writeRows(opened.source.scan(0, question.mostRows), dataset.format, rendering);
      } finally {
        await opened.source.close();
      }
    } catch (error) {
      evidence = null;
      problems.push(...problemOf(error, dataset.name));
    }
  }
  return { problems, evidence };
}

async function openTokenizer(
  { tokenizer, baseDirectory }: TemplateQuestion,
  { environment }: InspectionPlace,
  signal: AbortSignal | undefined,
): Promise<Tokenizer> {
  if (tokenizer.kind === "path") return loadTokenizer(path.resolve(baseDirectory, tokenizer.path));
  return loadTokenizer((await cachedModel(tokenizer, environment, signal)).folder);
}

/** Rows that do not fit the format are another question's. @throws UserError "bad-template" */
async function writeRows(
  rows: AsyncIterable<ScannedRow>,
  format: TemplateQuestion["datasets"][number]["format"],
  rendering: Rendering,
): Promise<void> {
  for await (const row of rows) {
    if (row.malformed === null && checkRow(format, row.value) === null) rowPieces(format, row, rendering);
  }
}

/** What is missing, or not downloaded, is said where it is named. */
function problemOf(error: unknown, dataset: string | null): TemplateInspection["problems"] {
  if (!(error instanceof UserError) || error.reason === "cancelled") throw error;
  const { reason, message, advice } = error;
  const isOfTemplate = reason === "bad-template" || reason === "bad-row" || reason === "bad-tokenizer";
  return isOfTemplate ? [{ dataset, message: `${message} ${advice}`.trim() }] : [];
}

async function evidenceOfModel(
  { tokenizer, template, baseDirectory }: TemplateQuestion,
  { files }: Tokenizer,
): Promise<Evidence> {
  if (tokenizer.kind === "hub") return null;
  const paths = template.kind === "file" ? [...files, path.resolve(baseDirectory, template.path)] : files;
  return Promise.all(paths.map(async (file) => ({ path: file, identity: await identityOfPath(file) })));
}
